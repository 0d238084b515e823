"""Show: the series chart, the annotated picture, the one-file report and the exports.

Everything here draws from a :class:`SeriesStory`, and from nothing that a reader could not be shown: no look without a
count is drawn as zero, nothing simulated goes without saying so, and no output asks the network for anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yardwatch.report.chart import series_chart, series_chart_png
    from yardwatch.report.exports import write_csv, write_geojson
    from yardwatch.report.page import write_report
    from yardwatch.report.picture import PictureCaption, annotated_picture
    from yardwatch.report.story import SeriesStory
    from yardwatch.report.table import SeriesRow, series_table

__all__ = [
    "PictureCaption",
    "SeriesRow",
    "SeriesStory",
    "annotated_picture",
    "series_chart",
    "series_chart_png",
    "series_table",
    "write_csv",
    "write_geojson",
    "write_report",
]

_HOMES = {
    "PictureCaption": "picture",
    "SeriesRow": "table",
    "SeriesStory": "story",
    "annotated_picture": "picture",
    "series_chart": "chart",
    "series_chart_png": "chart",
    "series_table": "table",
    "write_csv": "exports",
    "write_geojson": "exports",
    "write_report": "page",
}


def __getattr__(name: str) -> Any:
    """Fetch a name from its module when first asked for, so that a table does not cost an import of matplotlib."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
