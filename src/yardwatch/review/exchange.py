"""Boxes as JSON values, between the ledger's side and the widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.errors import BadInput
from yardwatch.review.boxes import ReviewedBox


def box_to_page(box: ReviewedBox, shown: NDArray[np.bool_]) -> dict[str, Any]:
    """A box as the widget has it; ``counts`` says whether it stands on ground that is counted.

    Args:
        shown: bool (row, col) of the chip, searched, with pixels and not hidden.
    """
    row = min(max(int(box.y_px), 0), shown.shape[0] - 1)
    col = min(max(int(box.x_px), 0), shown.shape[1] - 1)
    return {
        "x": box.x_px,
        "y": box.y_px,
        "l": box.length_px,
        "w": box.width_px,
        "a": box.angle_deg,
        "label": box.label,
        "score": box.score,
        "was": box.was,
        "rejected": False,
        "counts": bool(shown[row, col]),
    }


def box_from_page(box: Mapping[str, Any]) -> ReviewedBox:
    """A box as the widget sends it.

    Raises:
        BadInput: when a side, the class or the origin is missing or no number.
    """
    try:
        numbers = [float(box[name]) for name in ("x", "y", "l", "w", "a")]
        x, y, length, width, angle = numbers
        return ReviewedBox(
            x, y, length, width, angle, label=str(box["label"]), score=float(box["score"]), was=int(box["was"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a box from the desk is not whole ({error}); open the look again") from None
