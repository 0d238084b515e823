"""The network that sees tracks is the one that was measured, or none at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from tiny_onnx import write_track_network

from yardwatch.detection.track_sight import FACTS, FOLDER, open_track_sight
from yardwatch.errors import BadRelease


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with a network of one pixel."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    write_track_network(folder / "tracks.onnx")
    describe(folder)
    return tmp_path


def describe(folder: Path) -> None:
    digest = hashlib.sha256((folder / "tracks.onnx").read_bytes()).hexdigest()
    (folder / FACTS).write_text(f'weights = "tracks.onnx"\nsha256 = "{digest}"\n')


def test_a_network_reads_pictures_of_any_size_from_0_to_1(models: Path) -> None:
    sight = open_track_sight(models, threads=1)
    assert sight is not None
    ground = np.random.default_rng(0).integers(0, 256, (2, 3, 48, 80), dtype=np.uint8)
    logits = sight.logits(ground)
    assert logits.dtype == np.float32
    assert logits == pytest.approx(ground[:, [0, 2]] / 25.5 - 5, abs=1e-4)
    assert sight.logits(ground[1:, :, :16])[0] == pytest.approx(logits[1, :, :16], abs=1e-5)


def test_a_folder_without_it_measures_nothing(tmp_path: Path) -> None:
    assert open_track_sight(tmp_path, threads=1) is None


def test_other_weights_than_those_measured_are_refused(models: Path) -> None:
    with (models / FOLDER / "tracks.onnx").open("ab") as file:
        file.write(b"0")
    with pytest.raises(BadRelease, match=r"sha256 is .*put the folder back whole"):
        open_track_sight(models, threads=1)


@pytest.mark.parametrize("facts", ["", 'weights = "tracks.onnx"', 'weights = "lost.onnx"', "= broken"])
def test_facts_that_say_too_little_are_refused(models: Path, facts: str) -> None:
    (models / FOLDER / FACTS).write_text(facts)
    with pytest.raises(BadRelease):
        open_track_sight(models, threads=1)


def test_a_file_that_is_no_network_is_refused(models: Path) -> None:
    (models / FOLDER / "tracks.onnx").write_bytes(b"no network")
    describe(models / FOLDER)
    with pytest.raises(BadRelease, match="cannot open it"):
        open_track_sight(models, threads=1)
