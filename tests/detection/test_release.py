"""What a release must hold before a count may stand on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_yard import write_release

from yardwatch.detection.network import open_network
from yardwatch.detection.release import Release, list_releases, load_release
from yardwatch.errors import BadRelease


def test_the_release_in_use_is_the_one_that_current_toml_names(tmp_path: Path) -> None:
    write_release(tmp_path, "older")
    write_release(tmp_path, "newer")
    assert load_release(tmp_path).name == "newer"
    assert load_release(tmp_path, "older").name == "older"


def test_an_unknown_release_lists_the_known_ones(tmp_path: Path) -> None:
    write_release(tmp_path, "one")
    write_release(tmp_path, "two")
    with pytest.raises(BadRelease, match=r"no model release 'three'.*known: one, two"):
        load_release(tmp_path, "three")


def test_a_name_that_climbs_out_of_the_folder_is_unknown(tmp_path: Path) -> None:
    write_release(tmp_path / "outside", "evil")
    write_release(tmp_path / "models", "good")
    with pytest.raises(BadRelease, match="known: good"):
        load_release(tmp_path / "models", "../outside/evil")


def test_changed_weights_are_not_the_weights_that_were_measured(tmp_path: Path) -> None:
    home = write_release(tmp_path)
    weights = bytearray((home / "model.onnx").read_bytes())
    weights[-1] ^= 1
    (home / "model.onnx").write_bytes(weights)
    with pytest.raises(BadRelease, match=r"model\.onnx: sha256 is .* the manifest says"):
        load_release(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("freight_", "wagon_", "classes: no class starts with 'freight'"),
        ('"coach"]', '"freight_box"]', "classes: a name stands there twice"),
        ('bands = ["red", "green", "blue"]', "bands = []", "bands: "),
        ("gsd_range_m = [0.3, 1.2]", "gsd_range_m = [1.2, 0.3]", "gsd_range_m: the lower end 1.2 must be below"),
        ("pixel_m = 0.5", "pixel_m = 0", "pixel_m: "),
        ("score_threshold = 0.3", "score_threshold = 30", "score_threshold: "),
        ("suppression_iou = 0.3\n", "", "suppression_iou: Field required"),
        ("recall = 0.93", "recall = 93", r"quality\.1\.recall: "),
        ("gsd_m = [0.3, 0.6]", "gsd_m = [0.3, 0.9]", "quality: the bands .* overlap"),
        ("gsd_m = [0.3, 0.6]", "gsd_m = [0.6, 0.3]", r"quality\.1\.gsd_m: the lower end 0.6 must be below"),
        ('weights = "model.onnx"', 'weights = "../model.onnx"', "weights: "),
        ('name = "test-1"', 'name = "test-2"', "name: says 'test-2' in a folder named 'test-1'"),
        ("tile_px = 320", "tile_px = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_manifest_is_named_by_file_and_field(tmp_path: Path, before: str, after: str, message: str) -> None:
    write_release(tmp_path, change=lambda text: text.replace(before, after))
    with pytest.raises(BadRelease, match=rf"manifest\.toml: {message}"):
        load_release(tmp_path)


@pytest.mark.parametrize("text", [None, "", "release = 3", "release =", 'release = "gone"'])
def test_a_current_toml_that_names_no_release_says_what_to_write(tmp_path: Path, text: str | None) -> None:
    write_release(tmp_path)
    (tmp_path / "current.toml").unlink()
    if text is not None:
        (tmp_path / "current.toml").write_text(text)
    with pytest.raises(BadRelease, match=r"current\.toml"):
        load_release(tmp_path)


def test_missing_weights_are_a_bad_release(tmp_path: Path) -> None:
    (write_release(tmp_path) / "model.onnx").unlink()
    with pytest.raises(BadRelease, match=r"model\.onnx: weights cannot be read"):
        load_release(tmp_path)


def test_a_broken_release_is_listed_with_its_problem_beside_the_sound_ones(tmp_path: Path) -> None:
    (write_release(tmp_path, "broken") / "model.onnx").unlink()
    write_release(tmp_path, "sound")
    broken, sound = list_releases(tmp_path)
    assert (broken.name, broken.current) == ("broken", False)
    assert broken.problem is not None
    assert "model.onnx" in broken.problem
    assert (sound.name, sound.current, sound.problem, sound.measured) == ("sound", True, None, True)


def test_a_release_that_was_never_measured_is_sound(tmp_path: Path) -> None:
    write_release(tmp_path, change=lambda text: text[: text.index("[[quality]]")])
    release = load_release(tmp_path)
    assert release.quality == ()
    assert release.quality_at(0.5) is None
    assert release.max_box_difference_px is None


def test_where_two_bands_touch_the_finer_quality_holds(release: Release) -> None:
    finer, coarser = release.quality
    assert release.quality_at(0.3) is finer
    assert release.quality_at(0.6) is finer
    assert release.quality_at(0.61) is coarser
    assert release.quality_at(1.2) is coarser
    assert release.quality_at(0.29) is None
    assert release.quality_at(1.21) is None


def test_a_network_gives_a_candidate_with_a_row_for_each_class(release: Release) -> None:
    output = open_network(release, threads=1).run(np.full((2, 3, 64, 96), 0.5, dtype=np.float32))
    assert output.shape == (2, 11, 6)
    assert output[0, 10, 0] == pytest.approx(5.0)


def test_a_session_is_opened_once_in_a_process(release: Release) -> None:
    assert open_network(release, threads=1) is open_network(release, threads=1)


def test_a_network_for_other_classes_is_refused(tmp_path: Path) -> None:
    write_release(tmp_path, rows=9)
    release = load_release(tmp_path)
    with pytest.raises(BadRelease, match=r"model\.onnx: gives .* 6 classes want \(tile, 11, candidate\)"):
        open_network(release, threads=1)


def test_a_network_for_other_bands_is_refused(tmp_path: Path) -> None:
    write_release(tmp_path, change=lambda text: text.replace('"blue"]', '"blue", "nir"]'))
    with pytest.raises(BadRelease, match=r"model\.onnx: reads .* bands are red, green, blue, nir"):
        open_network(load_release(tmp_path), threads=1)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of b"x"

    def change(text: str) -> str:
        return "\n".join(f'sha256 = "{digest}"' if line.startswith("sha256") else line for line in text.splitlines())

    home = write_release(tmp_path, change=change)
    (home / "model.onnx").write_bytes(b"x")
    with pytest.raises(BadRelease, match=r"model\.onnx: ONNX Runtime cannot open it"):
        open_network(load_release(tmp_path), threads=1)
