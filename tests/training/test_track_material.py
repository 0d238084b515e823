"""What the network that sees tracks learns from: chips, and tracks where the simulator laid them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yardwatch.errors import BadInput
from yardwatch.simulate.chips import ChipOptions, chip_labels, training_chip
from yardwatch.simulate.scene import Wish, random_scene
from yardwatch.simulate.truth import true_cars
from yardwatch.training.track_material import TrackMaterial, chip_tracks, track_sample

SMALL = ChipOptions(size_px=160)


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_the_tracks_of_a_scene_are_those_that_the_simulator_lays(seed: int) -> None:
    scene = random_scene(seed, Wish(64.0))
    laid = [track.path.points for group in scene.groups for track in group.tracks]
    known = chip_tracks(seed, SMALL)
    assert len(known) == len(laid) > 0
    assert all(np.array_equal(one, other) for one, other in zip(known, laid, strict=True))


def test_a_chip_without_tracks_is_known_as_such() -> None:
    """Towns are drawn without tracks; the labels of others are those of the scene that the tracks are taken from."""
    bare = [seed for seed in range(40) if not chip_tracks(seed, SMALL)]
    assert 0 < len(bare) < 12
    assert all(not training_chip(seed, SMALL).labels for seed in bare[:2])
    seed = next(seed for seed in range(40) if seed not in bare and training_chip(seed, SMALL).labels)
    scene = random_scene(seed, Wish(64.0))
    assert len(training_chip(seed, SMALL).labels) == len(chip_labels(true_cars(scene), SMALL))


def test_one_seed_gives_the_same_sample_and_a_drawn_chip_serves_as_well(tmp_path: Path) -> None:
    import cv2

    plain = TrackMaterial(1, 7, None, SMALL)
    picture, maps = track_sample(plain, 7)
    assert (picture.shape, maps.shape, picture.dtype, maps.dtype) == ((3, 80, 80), (2, 80, 80), np.uint8, np.uint8)
    cv2.imwrite(str(tmp_path / "0000007.png"), training_chip(7, SMALL).rgb[:, :, ::-1])
    again, same = track_sample(TrackMaterial(1, 7, tmp_path, SMALL), 7)
    assert np.array_equal(again, picture)
    assert np.array_equal(same, maps)


def test_seeds_that_measure_are_refused() -> None:
    with pytest.raises(BadInput, match="800000 on are held out"):
        TrackMaterial(chips=10, seed=799_995)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "0000007.png").write_bytes(b"broken")
    with pytest.raises(BadInput, match=r"0000007\.png: is no picture"):
        track_sample(TrackMaterial(1, 7, tmp_path, SMALL), 7)


@pytest.mark.train
def test_a_network_is_taught_exported_and_written_down(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the train extra: pip install 'yardwatch[train]'")
    import tomllib

    from yardwatch.detection.track_sight import FOLDER, open_track_sight
    from yardwatch.training.registering import make
    from yardwatch.training.track_network import Lessons

    facts = make(tmp_path / FOLDER, TrackMaterial(4, 7, None, SMALL), Lessons(minutes=0.02, batch=2))
    written = tomllib.loads(facts.read_text())
    assert written["training"]["steps"] > 0
    assert written["max_logit_difference"] < 1e-3
    assert open_track_sight(tmp_path, threads=1) is not None
