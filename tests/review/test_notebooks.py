"""Notebooks are committed without outputs, and their cells are Python that a reader can follow."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_LINES = 20


def test_the_three_notebooks_are_there() -> None:
    assert {path.stem for path in NOTEBOOKS} == {"model_audit", "review_detections", "surge_history"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output_and_no_logic(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    for cell in cells:
        assert len(cell["source"]) <= MOST_LINES
        tree = ast.parse("".join(cell["source"]))
        assert not any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in ast.walk(tree))
