"""Counts that people published: imported, kept apart, lent as history; the shipped ones tell 20, 73, 255."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from recorded_looks import see
from small_station import settings_for, station, with_stand_in

from yardwatch import operations
from yardwatch.cli import app
from yardwatch.errors import BadInput
from yardwatch.operations.lending import lapsed, lent_history, own_events
from yardwatch.records import Event, VerdictKind
from yardwatch.surges import Judgement
from yardwatch.workspace import Workspace

AOI = Path(__file__).parents[2] / "aoi"
HISTORY = "date,value,source\n" + "".join(f"2022-{month:02}-11,{2 + month % 4},Somebody\n" for month in range(1, 13))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return station(tmp_path, [])


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace over the shipped areas."""
    settings = settings_for(tmp_path, [])
    settings = settings.model_copy(update={"aoi_dir": AOI})
    workspace = with_stand_in(Workspace(settings, now=lambda: datetime(2026, 1, 1, tzinfo=UTC)))
    monkeypatch.setattr("yardwatch.cli.telling.open_workspace", lambda: with_stand_in(Workspace(settings)))
    monkeypatch.setattr("yardwatch.cli.backtesting.open_workspace", lambda: with_stand_in(Workspace(settings)))
    return workspace


def sheet(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str) -> str:
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 0, (said.output, said.exception)
    return said.stdout


def test_two_counts_of_one_source_around_one_day_are_two_looks(workspace: Workspace, tmp_path: Path) -> None:
    path = sheet(tmp_path, "date,until,value,source\n2023-10-05,,73,CSIS\n2023-10-04,2023-10-06,70,CSIS\n")
    operations.import_published(workspace, path, "smallton")
    assert operations.backtest_area(workspace, "smallton").result.looks == 2


def test_the_shipped_counts_of_tumangang_tell_20_73_255_and_leave_no_event_open(real: Workspace) -> None:
    operations.import_published(real, AOI / "tumangang.published.csv", "tumangang")
    done = operations.backtest_area(real, "tumangang")
    assert [(alarm.value, alarm.kind) for alarm in done.result.alarms] == [
        (73, VerdictKind.SURGE),
        (255, VerdictKind.SURGE),
    ]
    assert all(alarm.closed is not None and alarm.ending == "unseen" for alarm in done.result.alarms)
    bound = done.story.observations[0]
    assert (bound.value, bound.provenance) == (20, "published:at_most")
    assert done.story.kind_of(bound.look_id) is VerdictKind.UNJUDGED
    assert done.story.known_events[0].text.startswith("border closed")


def test_a_replay_that_ends_early_leaves_open_what_was_open_then(real: Workspace) -> None:
    operations.import_published(real, AOI / "tumangang.published.csv", "tumangang")
    days = operations.Days(date(2023, 1, 1), date(2023, 10, 31))
    done = operations.backtest_area(real, "tumangang", operations.Replay(days=days))
    assert [(alarm.value, alarm.closed) for alarm in done.result.alarms] == [(73, None)]
    assert [seen.value for seen in done.story.observations] == [0, 73]


def test_three_counts_of_khasan_are_too_few_to_judge_the_149(real: Workspace) -> None:
    operations.import_published(real, AOI / "khasan.published.csv", "khasan")
    done = operations.backtest_area(real, "khasan")
    assert (done.result.looks, done.result.judged, done.result.alarms) == (4, 0, ())


@pytest.mark.parametrize("name", ["tumangang", "khasan"])
def test_every_shipped_count_has_its_source_and_second_hand_is_marked(name: str) -> None:
    lines = (line for line in (AOI / f"{name}.published.csv").read_text().splitlines() if not line.startswith("#"))
    rows = list(csv.DictReader(lines))
    assert all(row["source"] for row in rows)
    quoted = [row for row in rows if "quoted" in row["source"] or "Radio" in row["source"]]
    assert all(row["second_hand"] == "yes" for row in quoted)


def test_a_second_import_adds_nothing_and_a_correction_supersedes(workspace: Workspace, tmp_path: Path) -> None:
    path = sheet(tmp_path, "date,value,source\n2023-10-05,73,CSIS\n")
    assert operations.import_published(workspace, path, "smallton").added == 1
    assert operations.import_published(workspace, path, "smallton").added == 0
    sheet(tmp_path, "date,value,source,exactness\n2023-10-05,74,CSIS,about\n")
    assert operations.import_published(workspace, path, "smallton").added == 1
    [count] = workspace.ledger.published("smallton")
    assert (count.value, count.exactness) == (74, "about")
    assert count.acquired_from == datetime(2023, 10, 4, 15, tzinfo=UTC)
    assert count.acquired_to - count.acquired_from == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,value\n2023-10-05,7\n", "column 'source' is missing"),
        ("date,value,source,cars\n2023-10-05,7,X,1\n", "column 'cars' is unknown"),
        ("date,value,source\n5 Oct 2023,7,X\n", "line 2: date: '5 Oct 2023' is no day"),
        ("date,value,source\n\n2023-10-05,many,X\n", "line 3: value: 'many' is no number"),
        ("date,value,source\n2023-10-05,nan,X\n", "line 2: value: nan is no count"),
        ("date,value,source\n2023-10-05,7,\n", "line 2: source: is empty"),
        ("date,value,source,exactness\n2023-10-05,7,X,roughly\n", "'roughly' is unknown; write one of exact, about"),
        ("date,until,value,source\n2023-10-05,2023-10-01,7,X\n", "swap them"),
        ("date,value,source\n2023-10-05,7,a,b\n", "line 2: has 4 cells"),
        ("date,value,source,area\n2023-10-05,7,X,elsewhere\n", "is elsewhere, but the counts of smallton"),
        ("date,value,source\n9999-12-31,7,X\n", "line 2: date: 9999-12-31 is no day of satellite imagery; write one"),
        ("date,value,source\n0001-01-01,7,X\n", "line 2: date: 0001-01-01 is no day of satellite imagery; write one"),
        ("date,value,source\n2023-10-05,7,X\n2023-10-07,7,X\n", "line 3: date: 2023-10-07 lies in the future"),
        ("date,until,value,source\n2023-10-05,2023-10-07,7,X\n", "line 2: until: 2023-10-07 lies in the future"),
        (
            "# by hand\ndate,value,source\n2023-10-04,5,X\n2023-10-05,7,X\n2023-10-05,8,X\n",
            "line 5: value: differs from line 4, which has the same days and source; leave one of them out",
        ),
        ("date,value,source\n", "has no count below its header; write one a line"),
        ("date;value;source\n2023-10-05;7;X\n", "line 1: semicolons stand between the cells; save it with commas"),
        ("date,value,source\n2023-10-05,7," + 140_000 * "x" + "\n", "line 2: field larger than field limit"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_and_nothing_is_added(
    workspace: Workspace, tmp_path: Path, text: str, said: str
) -> None:
    path = sheet(tmp_path, text)
    with pytest.raises(BadInput) as refused:
        operations.import_published(workspace, path, "smallton")
    assert said in str(refused.value)
    assert "counts.csv" in str(refused.value)
    assert workspace.ledger.published("smallton") == []


def test_one_line_that_stands_twice_is_one_count(workspace: Workspace, tmp_path: Path) -> None:
    path = sheet(tmp_path, "date,value,source\n2023-10-05,73,CSIS\n2023-10-05,73,CSIS\n2023-10-05,70,Somebody\n")
    assert operations.import_published(workspace, path, "smallton").read == 2


def test_a_backfill_from_a_day_before_satellites_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="--until: 9999-12-31 is no day of satellite imagery"):
        operations.Days(date(2023, 10, 5), date(9999, 12, 31))


def test_labels_without_a_line_are_refused(real: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no label below its header"):
        operations.read_labels(real.area("tumangang"), sheet(tmp_path, "date,until,text\n"))


def test_published_history_lets_the_first_look_be_judged_and_is_no_look_of_ours(tmp_path: Path) -> None:
    workspace = station(tmp_path, [])
    path = sheet(tmp_path, HISTORY)
    operations.import_published(workspace, path, "smallton")
    [own] = [operations.backtest_area(workspace, "smallton").story.observations[-1]]
    ours = replace(own, provenance="automatic", acquired_from=datetime(2023, 10, 5, 2, tzinfo=UTC), value=73.0)
    lent = lent_history(workspace, "smallton", [ours])
    assert [look.value for look in lent] == [2 + month % 4 for month in range(1, 13)]
    assert {look.break_key for look in lent} == {"published"}
    assert lent_history(workspace, "smallton", [replace(ours, simulated=True)]) == []
    earlier = replace(ours, acquired_from=datetime(2022, 6, 1, tzinfo=UTC))
    assert len(lent_history(workspace, "smallton", [earlier])) == 5
    assert workspace.ledger.row_counts()["observations"] == 0


def test_the_first_look_of_a_station_with_published_history_is_judged_and_told(tmp_path: Path) -> None:
    workspace = station(tmp_path, [])
    operations.import_published(workspace, sheet(tmp_path, HISTORY), "smallton")
    see(workspace, datetime(2023, 10, 5, 2, 12, tzinfo=UTC), 73, simulated=False)
    operations.judge(workspace, "smallton")
    [verdict] = workspace.ledger.verdicts("smallton")
    assert verdict.kind is VerdictKind.SURGE
    assert "12 of the looks before are counts that people published" in verdict.sentence
    [event] = workspace.ledger.events("smallton")
    assert event.opened_look == verdict.look_id
    assert [message.happening for message in workspace.ledger.outbox()] == ["opened"]


def test_a_surge_that_was_published_before_we_looked_is_no_news_of_ours() -> None:
    calm = Judgement("ours-1", VerdictKind.CALM, "", event_key="theirs")
    higher = Judgement("ours-2", VerdictKind.ESCALATION, "", event_key="theirs", happening="escalated")
    over = Judgement("ours-3", VerdictKind.RETURN, "", event_key="theirs", happening="closed")
    assert [(j.event_key, j.happening) for j in own_events([calm, over])] == [(None, None), (None, None)]
    told = own_events([calm, higher, over])
    assert [(j.event_key, j.happening) for j in told] == [
        (None, None),
        ("ours-2", "opened"),
        ("ours-2", "closed"),
    ]


def test_an_open_event_of_which_nothing_was_seen_for_90_days_is_closed_by_time() -> None:
    day = datetime(2023, 10, 5, tzinfo=UTC)
    event = Event("e", "smallton", "count", "surge", False, "look", day, "look", 73.0)
    assert lapsed([event], day, day + timedelta(days=89)) == [event]
    [closed] = lapsed([event], day, day + timedelta(days=91))
    assert (closed.closed_at, closed.closed_look) == (day + timedelta(days=90), None)
    earlier = replace(event, closed_at=day + timedelta(days=3))
    assert lapsed([earlier], day, day + timedelta(days=91)) == [earlier]


def test_known_events_stand_beside_the_series_and_change_no_verdict(tmp_path: Path) -> None:
    workspace = station(tmp_path, [])
    operations.import_published(workspace, sheet(tmp_path, HISTORY), "smallton")
    before = operations.backtest_area(workspace, "smallton")
    events = tmp_path / "aoi" / "smallton.events.csv"
    events.write_text("date,text,source\n2022-03-01,the border closed,Press\n", encoding="utf-8")
    after = operations.backtest_area(workspace, "smallton")
    assert after.result == before.result
    page = operations.report(workspace, "smallton").read_text()
    assert "the border closed" in page
    assert "What people published" in page


def test_the_command_line_imports_replays_and_draws(real: Workspace, tmp_path: Path) -> None:
    assert "8 published counts of tumangang, 8 new" in run(
        "series", "tumangang", "--import", str(AOI / "tumangang.published.csv")
    )
    labels = sheet(tmp_path, "date,until,text\n2023-10-01,2023-10-31,the arms convoy\n")
    said = run("backtest", "tumangang", "--labels", str(labels), "--chart", str(tmp_path / "a.png"))
    assert "found after 4 days, at look 1 within it" in said
    assert "1 of 1 labels found, 1 false" in said
    assert (tmp_path / "a.png").stat().st_size > 10_000
    told = json.loads(run("backtest", "tumangang", "--published", "--json"))
    assert [alarm["value"] for alarm in told["result"]["alarms"]] == [73, 255]
    assert "at most 20 freight cars" in run("series", "tumangang")


def test_an_empty_area_says_how_to_get_a_series(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="yardwatch series smallton --import"):
        operations.backtest_area(workspace, "smallton")
