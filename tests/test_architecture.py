"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "yardwatch"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "versions" not in path.parts)  # migrations are generated
FLOWS = sorted((ROOT / "flows").glob("*.py"))
LONGEST_FILE = 300

ONLY_IN = {
    "prefect": (),
    "flows": (),
    "ultralytics": ("training",),
    "torch": ("training",),
    "onnxruntime": ("detection",),
    "sqlalchemy": ("ledger",),
    "alembic": ("ledger",),
    "apprise": ("alerts",),
    "pystac_client": ("imagery",),
}
HEAVY = (
    "rasterio",
    "geopandas",
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "sqlalchemy",
    "onnxruntime",
    "prefect",
    "pydantic",
)


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_only_by_the_room_that_owns_it(library: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in FILES
        if room_of(path) not in ONLY_IN[library] and any(name.split(".")[0] == library for name in imports_of(path))
    ]
    assert strangers == []


def test_a_stage_never_imports_a_later_stage() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_daily_path_imports_neither_simulator_nor_training() -> None:
    allowed = ("simulate", "training", "cli")
    strangers = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        if room_of(path) not in allowed
        for name in imports_of(path)
        if re.match(r"yardwatch\.(simulate|training)\b", name)
    ]
    assert strangers == []


@pytest.mark.parametrize("path", [*FILES, *FLOWS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_outgrows_its_room(path: Path) -> None:
    assert path.stem not in ("utils", "helpers", "common", "misc")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_help_and_package_import_no_heavy_library() -> None:
    code = f"import sys, yardwatch, yardwatch.cli\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_of_the_project_names_a_package_registry() -> None:
    names = [*ROOT.glob("*"), *(ROOT / ".ci").glob("*"), *(ROOT / "docs").rglob("*.md")]
    registries = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|download\.pytorch")
    assert [str(path) for path in names if path.is_file() and registries.search(path.read_text(errors="ignore"))] == []
