"""The built wheel, installed in an empty environment elsewhere, is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of an environment that holds the wheel, and of this one only the libraries."""
    home = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
    python = home / "venv" / "bin" / "python"
    packages = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # a path line gives the libraries, but not the editable install: .pth files found through one are not read
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_the_wheel_holds_areas_and_model_but_no_flow(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "yardwatch/_shipped/aoi/tumangang.geojson" in names
    assert "yardwatch/_shipped/models/current.toml" in names
    assert any(name.endswith(".onnx") for name in names)
    assert not [name for name in names if name.startswith(("flows/", "tests/"))]


def test_the_installed_wheel_counts_a_picture(elsewhere: Path, tmp_path: Path) -> None:
    picture = tmp_path / "ground.tif"
    rng = np.random.default_rng(0)
    ground = rng.integers(90, 120, (3, 320, 320)).astype("uint8")
    profile = {"driver": "GTiff", "width": 320, "height": 320, "count": 3, "dtype": "uint8", "crs": "EPSG:32652"}
    with rasterio.open(picture, "w", transform=from_origin(467700, 4696800, 0.5, 0.5), **profile) as file:
        file.write(ground)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YARDWATCH_", "PYTHON"))}
    command = [elsewhere, "-m", "yardwatch", "look", str(picture), "--json", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["count"] >= 0
    assert said["gsd_m"] == pytest.approx(0.5)
    assert Path(said["detections"]).exists()
    where = subprocess.run(
        [elsewhere, "-c", "import yardwatch; print(yardwatch.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert str(ROOT) not in where.stdout
