"""What an alert shows: the chart has every look of the series, those that permitted no count among them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from small_station import Drawn, station

from yardwatch import operations, report
from yardwatch.operations import Days
from yardwatch.report import SeriesStory

QUIET = [Drawn(f"202{year}-0{month}-11T02:00:00", 2 + month % 3) for year in (1, 2) for month in range(1, 9)]
UNSEEN = [Drawn("2023-03-01T02:00:00", 8, "cloud"), Drawn("2023-03-09T02:00:00", 8, "black")]


def test_the_chart_of_an_alert_shows_the_looks_that_permitted_no_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    charted: list[SeriesStory] = []
    real = report.series_chart_png

    def watched(story: SeriesStory, path: Path) -> Path:
        charted.append(story)
        return real(story, path)

    monkeypatch.setattr(report, "series_chart_png", watched)
    workspace = station(tmp_path, [*QUIET, *UNSEEN, Drawn("2023-10-05T02:12:00", 73)])
    operations.watch(workspace, "smallton", Days(date(2021, 1, 1), date(2023, 10, 5)))
    [message] = workspace.ledger.outbox()
    assert any(path.endswith("-chart.png") for path in message.payload["attachments"])
    assert [seen.acquired_from.date().isoformat() for seen in charted[-1].unusable] == ["2023-03-01", "2023-03-09"]
    assert len(charted[-1].valued) == len(QUIET) + 1
