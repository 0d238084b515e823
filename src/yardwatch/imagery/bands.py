"""Which bands of a raster are red, green and blue."""

from __future__ import annotations

from collections.abc import Sequence

from yardwatch.errors import BadInput

RGB = ("red", "green", "blue")

_NAMES: dict[str, str] = {
    **dict.fromkeys(("red", "r", "b04"), "red"),
    **dict.fromkeys(("green", "g", "b03"), "green"),
    **dict.fromkeys(("blue", "b", "b02"), "blue"),
    **dict.fromkeys(("gray", "grey", "pan", "panchromatic"), "gray"),
    **dict.fromkeys(("alpha", "mask", "udm", "udm2"), "alpha"),
}
WORLDVIEW_8 = (5, 3, 2)  # coastal, blue, green, yellow, red, red edge, near infrared 1 and 2


def colour_of(name: str | None) -> str | None:
    """ "red", "green", "blue", "gray" or "alpha" for the names that vendors and catalogs use; None for others."""
    return None if name is None else _NAMES.get(name.strip().lower())


def rgb_indexes(
    count: int, named: Sequence[str], described: Sequence[str | None], interpreted: Sequence[str], label: str
) -> tuple[int, int, int]:
    """1-based indexes of red, green and blue in a raster of ``count`` bands; three times the same for a grey one.

    Asked in this order: the catalog's names, the file's band descriptions, its colour interpretation, and last the
    usual order for that number of bands: R, G, B (and near infrared), or that of WorldView where there are eight.

    Args:
        named: band names of the catalog; empty where it has none.
        described: band descriptions of the file.
        interpreted: colour interpretation of the file, as GDAL names it.
        label: the file, for messages.

    Raises:
        BadInput: for a palette.
    """
    if "palette" in interpreted:
        raise BadInput(f"{label}: its colours are a palette; convert it with `gdal_translate -expand rgb`")
    for names in (named, described, interpreted):
        colours = [colour_of(name) for name in names][:count]
        if all(colour in colours for colour in RGB):
            return (colours.index("red") + 1, colours.index("green") + 1, colours.index("blue") + 1)
    picture = [band for band in range(1, count + 1) if interpreted[band - 1] != "alpha"]
    if len(picture) < 3:
        return (picture[0], picture[0], picture[0])
    if len(picture) == 8:
        return WORLDVIEW_8
    return (picture[0], picture[1], picture[2])
