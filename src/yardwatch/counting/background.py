"""What a yard usually looks like at 10 m, learnt from its past clear looks, and which pixels of a look are unlike it.

A pixel of 10 m is a mixture: a string of cars on one of its tracks changes it by a few per cent, the season, haze, wet
ground and a shift of a quarter of a pixel change it as much. So a look is first explained by what changes the whole
yard: each band by its own offset, contrast and even slopes across the yard, and all bands by one shift east and north
(first terms of Taylor's series of the usual picture; Lucas and Kanade, IJCAI 1981). The fit is robust (Huber 1981,
Robust Statistics, ch. 7: iteratively reweighted least squares), so that trains do not pull it. What remains of a pixel
is compared with what remained of it in the past looks: their median, and their scale from the median absolute
deviation, which the trains of a minority of looks do not inflate either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

HUBER = 1.5
ROUNDS = 3
MAD_TO_SD = 1.4826
FLOOR = 3.0
"""Scale that is added to every pixel's own, in grey levels of 255: below it lies what no past look has shown yet, such
as another sun or a fresh coat of ballast. Chosen on simulated yards (benchmarks/activity.py)."""
SHRINK_LOOKS = 8
"""A pixel's own scale counts as much as the yard's common one after so many looks."""
FEWEST_PIXELS = 50
"""Pixels without which a look cannot be explained."""


@dataclass(frozen=True, eq=False)
class Background:
    """What a yard usually looks like.

    Attributes:
        usual: (band, pixel) grey levels of the reference, for the pixels of ``known``.
        terms: (band * pixel, term), what may change in the whole yard at once.
        centre, scale: (band * pixel), of what remains of the past looks; grey levels.
        known: bool (row, col), pixels that enough past looks have shown.
        past: (look, pixel), how unlike the usual each past look was; see :meth:`unlike`.
    """

    usual: Floats
    terms: Floats
    centre: Floats
    scale: Floats
    known: Mask
    past: Floats

    def unlike(self, pixels: NDArray[np.generic], seen: Mask) -> Floats:
        """How unlike the usual each pixel of a look is: the largest of its bands' distances from the centre over the
        scale, float64 (pixel,) in the order of ``known``; NaN where the look does not show it.

        Args:
            pixels: (band, row, col), grey levels 0-255.
            seen: bool (row, col).
        """
        shown = seen[self.known]
        if np.count_nonzero(shown) < FEWEST_PIXELS:
            return np.full(shown.shape, np.nan)
        rest = _remainder(pixels[:, self.known].astype(np.float64), shown, self.usual, self.terms)
        return _distance(rest, self.centre, self.scale, len(pixels), shown)


def learn(pixels: NDArray[np.generic], seen: Mask, ground: Mask, fewest_looks: int) -> Background | None:
    """The background of past looks, or None where too little ground was seen often enough.

    Args:
        pixels: (look, band, row, col), grey levels 0-255.
        seen: bool (look, row, col).
        ground: bool (row, col), what is watched.
        fewest_looks: that must have shown a pixel for it to be known.
    """
    known = ground & (np.count_nonzero(seen, axis=0) >= fewest_looks)
    if np.count_nonzero(known) < FEWEST_PIXELS:
        return None
    shown = seen[:, known]
    looks = pixels[:, :, known].astype(np.float64)
    full = _usual(pixels.astype(np.float64), seen, shown, known)
    usual, terms = full[:, known], _terms(full, known)
    rests = np.stack([_remainder(look, here, usual, terms) for look, here in zip(looks, shown, strict=True)])
    centre, scale = _spread(rests)
    past = np.stack([_distance(rest, centre, scale, len(full), here) for rest, here in zip(rests, shown, strict=True)])
    return Background(usual, terms, centre, scale, known, past)


def _usual(pixels: Floats, seen: Mask, shown: Mask, known: Mask) -> Floats:
    """(band, row, col): median over the looks, each band brought to one level by its median over the yard.

    Ground that is not known has no say but in the slope at the rim of what is; there the level stands for it.
    """
    levels = np.stack([np.median(look[:, known][:, here], axis=1) for look, here in zip(pixels, shown, strict=True)])
    common = np.median(levels, axis=0)
    evened = pixels * (common / np.maximum(levels, 1.0))[:, :, None, None]
    ever = seen.any(axis=0)
    middle = np.broadcast_to(common[:, None, None], evened.shape[1:]).copy()
    middle[:, ever] = np.nanmedian(np.where(seen[:, None], evened, np.nan)[:, :, ever], axis=0)
    return middle


def _terms(usual: Floats, known: Mask) -> Floats:
    """(band * pixel, term): shift east and north of all bands, then offset, contrast and two slopes of each."""
    bands, rows, cols = usual.shape
    south, east = (np.asarray(np.gradient(usual, axis=axis), dtype=np.float64) for axis in (1, 2))
    down, right = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, cols), indexing="ij")
    columns = [east[:, known].ravel(), south[:, known].ravel()]
    for band in range(bands):
        for term in (np.ones((rows, cols)), usual[band], right, down):
            own = np.zeros((bands, np.count_nonzero(known)))
            own[band] = term[known]
            columns.append(own.ravel())
    return np.stack(columns, axis=1)


def _remainder(look: Floats, shown: Mask, usual: Floats, terms: Floats) -> Floats:
    """(band * pixel) of a look (band, pixel): what the terms do not explain; NaN where not shown."""
    bands = len(look)
    there = np.tile(shown, bands)
    apart = (look - usual).ravel()
    rows, wanted = terms[there], apart[there]
    weight = np.ones(len(wanted))
    ridge = 1e-6 * np.einsum("ij,ij->j", rows, rows)
    for _ in range(ROUNDS):
        weighed = rows * weight[:, None]
        found = np.linalg.solve(weighed.T @ rows + np.diag(ridge + 1e-9), weighed.T @ wanted)
        rest = wanted - rows @ found
        width = HUBER * MAD_TO_SD * float(np.median(np.abs(rest))) + 1e-6
        weight = 1.0 / np.maximum(1.0, np.abs(rest) / width)
    remainder = np.full(len(apart), np.nan)
    remainder[there] = rest
    return remainder


def _spread(rests: Floats) -> tuple[Floats, Floats]:
    """Median and scale of each (band * pixel) over the looks (look, band * pixel); NaN is a look that did not see."""
    centre: Floats = np.nanmedian(rests, axis=0)
    looks = np.sum(np.isfinite(rests), axis=0)
    own = MAD_TO_SD * np.nanmedian(np.abs(rests - centre), axis=0)
    # The median absolute deviation of few looks is itself uncertain, and small by chance where it matters.
    common = float(np.median(own))
    variance = (looks * own**2 + SHRINK_LOOKS * common**2) / (looks + SHRINK_LOOKS)
    scale: Floats = np.sqrt(variance * looks / np.maximum(looks - 1, 1) + FLOOR**2)
    return centre, scale


def _distance(rest: Floats, centre: Floats, scale: Floats, bands: int, shown: Mask) -> Floats:
    apart = np.abs((rest - centre) / scale).reshape(bands, -1)
    return np.where(shown, apart.max(axis=0), np.nan)
