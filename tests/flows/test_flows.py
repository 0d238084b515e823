"""The flows over a temporary Prefect server: thin, and one bad scene or area never stops the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import stamina
from click.testing import CliRunner
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness
from small_station import Drawn, station

from flows import artifacts, events, secrets, stages
from flows import backfill as backfill_module
from flows import daily as daily_module
from flows.area import AreaOutcome
from flows.backfill import backfill
from flows.daily import daily
from yardwatch import operations
from yardwatch.errors import BadInput, NotConfigured, TryAgain, YardwatchError
from yardwatch.ledger import LedgerAway
from yardwatch.operations import Days
from yardwatch.records import Observation
from yardwatch.watchlist import Watchlist
from yardwatch.workspace import Workspace

QUIET = [Drawn(f"202{year}-0{month}-11T02:00:00", 3 + month % 3) for year in (1, 2) for month in range(1, 9)]


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=900):  # a busy machine takes minutes
        yield


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = station(tmp_path, [*QUIET, Drawn("2023-10-05T02:12:00", 73)])
    monkeypatch.setattr(stages, "workspace", lambda: workspace)
    return workspace


def test_a_backfill_counts_judges_and_tells(watched: Workspace) -> None:
    outcome = backfill("smallton", date(2021, 1, 1), date(2023, 10, 5))
    assert outcome.found is not None
    assert (len(outcome.found.new), outcome.due, outcome.fault) == (17, (), None)
    assert len(watched.ledger.observations(area="smallton")) == 17
    assert [entry.state for entry in watched.ledger.outbox()] == ["sent"]
    assert "73 freight cars" in (watched.settings.root / "alerts.log").read_text()


def test_a_backfill_run_again_adds_nothing(watched: Workspace) -> None:
    span = ("smallton", date(2023, 1, 1), date(2023, 10, 5))
    backfill(*span)
    before = watched.ledger.row_counts()
    outcome = backfill(*span)
    assert outcome.found is not None
    assert (outcome.found.scenes, outcome.found.new) == (1, ())
    assert watched.ledger.row_counts() == before


def test_one_bad_scene_stops_neither_the_others_nor_the_judgement(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = operations.look

    def look(workspace: Workspace, look_id: str) -> Observation:
        if "20210211" in look_id.replace("-", ""):
            raise TryAgain("the archive did not answer")
        if "20210311" in look_id.replace("-", ""):
            raise MemoryError("a fault that nobody foresaw")
        return real(workspace, look_id)

    monkeypatch.setattr(operations, "look", look)
    outcome = backfill("smallton", date(2021, 1, 1), date(2021, 12, 31))
    assert sorted(why for _, why in outcome.due) == [
        "MemoryError: a fault that nobody foresaw",
        "the archive did not answer",
    ]
    assert len(watched.ledger.observations(area="smallton")) == 6
    assert outcome.judged is not None


def test_a_ledger_that_is_away_for_a_moment_costs_a_run_no_look(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = operations.look, iter([True, True, True])

    def look(workspace: Workspace, look_id: str) -> Observation:
        if next(away, False):
            raise LedgerAway("its database is being started again")
        return real(workspace, look_id)

    monkeypatch.setattr(operations, "look", look)
    monkeypatch.setattr(stages.look, "retry_delay_seconds", 0)
    outcome = backfill("smallton", date(2023, 1, 1), date(2023, 10, 5))
    assert next(away, None) is None
    assert (outcome.due, outcome.fault) == ((), None)
    assert [o.count for o in watched.ledger.observations(area="smallton")] == [73]


def test_a_ledger_that_is_away_while_areas_are_judged_costs_none_its_news(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = operations.judge_for_news, iter([True, True])

    def judge(workspace: Workspace, area: str) -> object:
        if area != "smallton" and next(away, False):
            raise LedgerAway("its database is being started again")
        return real(workspace, area)

    monkeypatch.setattr(operations, "judge_for_news", judge)
    for name in ("northton", "southton"):
        text = (watched.settings.areas_folder() / "smallton.geojson").read_text()
        (watched.settings.areas_folder() / f"{name}.geojson").write_text(text.replace('"smallton"', f'"{name}"'))
    operations.watch(watched, "smallton", Days(date(2021, 1, 1), date(2023, 10, 4)))
    with stamina.set_testing(True, attempts=stages.LEDGER_TRIES):
        outcomes = {one.area: one for one in daily(areas=["smallton", "northton", "southton"], days=3)}
    assert next(away, None) is None
    assert [one.fault for one in outcomes.values()] == [None] * 3
    assert [news.happening for news in outcomes["smallton"].news] == ["opened"]


def test_an_area_that_cannot_be_judged_never_stops_the_others(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = operations.judge_for_news

    def judge(workspace: Workspace, area: str) -> object:
        if area == "northton":
            raise MemoryError("a fault that nobody foresaw")
        return real(workspace, area)

    monkeypatch.setattr(operations, "judge_for_news", judge)
    text = (watched.settings.areas_folder() / "smallton.geojson").read_text()
    (watched.settings.areas_folder() / "northton.geojson").write_text(text.replace('"smallton"', '"northton"'))
    outcomes = {one.area: one for one in daily(areas=["northton", "smallton"], days=3)}
    assert outcomes["northton"].fault == "MemoryError: a fault that nobody foresaw"
    assert outcomes["smallton"].judged is not None


def test_looks_carry_the_tag_of_their_limit_only_where_there_is_one() -> None:
    assert stages.limited_look().tags == set()
    with get_client(sync_client=True) as client:
        client.create_concurrency_limit(stages.LOOK_TAG, 2)
        try:
            assert stages.limited_look().tags == {stages.LOOK_TAG}
        finally:
            client.delete_concurrency_limit_by_tag(stages.LOOK_TAG)


def test_a_backfill_of_a_source_that_does_not_answer_ends_with_its_own_error(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise NotConfigured("source drawn wants a login; set headers_env")

    monkeypatch.setattr(operations, "find", silent)
    with pytest.raises(NotConfigured, match="headers_env"):
        backfill("smallton", date(2021, 1, 1), date(2021, 12, 31))


def test_one_bad_area_never_stops_the_others(watched: Workspace) -> None:
    state = daily(areas=["nowhere", "smallton"], days=3, return_state=True)
    assert (state.is_completed(), state.name) == (True, "Partial")
    assert "there is no area 'nowhere'" in str(state.message)
    assert [o.count for o in watched.ledger.observations(area="smallton")] == [73]


def test_a_name_on_the_watch_list_that_is_no_area_never_stops_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = _listing(tmp_path, monkeypatch, 'areas = ["nowhere", "smallton"]')
    said = CliRunner().invoke(daily_module.main, ["--days", "3"])
    assert said.exit_code == 65
    assert "yardwatch: nowhere: there is no area 'nowhere'" in said.stderr
    assert [o.count for o in watched.ledger.observations(area="smallton")] == [73]


def test_a_broken_area_file_never_stops_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _listing(tmp_path, monkeypatch, "areas = []")
    (tmp_path / "aoi" / "broken.geojson").write_text("{")
    said = CliRunner().invoke(daily_module.main, ["--days", "3"])
    assert said.exit_code == 65
    assert "yardwatch: broken: " in said.stderr
    assert "broken.geojson: cannot be read as JSON" in said.stderr
    assert [o.count for o in watched.ledger.observations(area="smallton")] == [73]


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], 0),
        ([TryAgain("down")], 75),
        ([TryAgain("down"), BadInput("no area")], 65),
        ([KeyError("a fault of ours"), BadInput("no area")], 1),
    ],
)
def test_a_fault_that_passes_hides_none_that_does_not(errors: list[Exception], code: int) -> None:
    outcomes = [AreaOutcome(f"area-{i}", fault=str(error), error=error) for i, error in enumerate(errors)]
    assert daily_module.exit_code([*outcomes, AreaOutcome("fine")]) == code
    assert daily_module.exit_code([*outcomes, AreaOutcome("fine", due=(("look", "later"),))]) == (code or 75)


def _listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, areas: str) -> Workspace:
    """The watched station, with another line of areas in its watch list."""
    workspace = station(tmp_path, [Drawn("2023-10-05T02:12:00", 73)])
    watchlist = tmp_path / "yardwatch.toml"
    watchlist.write_text(watchlist.read_text().replace('areas = ["smallton"]', areas))
    monkeypatch.setattr(stages, "workspace", lambda: workspace)
    return workspace


def test_a_surge_is_an_event_that_automations_can_react_to(watched: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[tuple[str, dict[str, str], dict[str, Any]]] = []
    monkeypatch.setattr(
        events, "emit_event", lambda name, *, resource, payload: emitted.append((name, resource, payload))
    )
    span = ("smallton", date(2021, 1, 1), date(2023, 10, 5))
    backfill(*span, tell=False)
    [(name, resource, payload)] = emitted
    assert name == "yardwatch.surge.opened"
    assert resource["prefect.resource.id"] == "yardwatch.area.smallton"
    assert resource["yardwatch.simulated"] == "true"
    assert payload["peak"] == 73
    backfill(*span, tell=False)
    assert len(emitted) == 1


def test_silence_is_an_event_of_the_daily_watch_and_not_of_a_backfill(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    emitted: list[str] = []
    monkeypatch.setattr(events, "emit_event", lambda name, **_: emitted.append(name))
    backfill("smallton", date(2021, 1, 1), date(2021, 12, 31))
    assert emitted == []
    for _ in range(2):
        daily(areas=["smallton"], days=0)
    assert emitted == ["yardwatch.area.stale"]


def test_a_run_leaves_a_table_the_picture_of_each_alert_and_its_report(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: list[list[dict[str, Any]]] = []
    links: list[str] = []
    pictures: list[str] = []
    monkeypatch.setattr(artifacts, "create_table_artifact", lambda *, key, table, description: tables.append(table))
    monkeypatch.setattr(artifacts, "create_link_artifact", lambda link, **_: links.append(link))
    monkeypatch.setattr(artifacts, "create_image_artifact", lambda url, **_: pictures.append(url))
    backfill("smallton", date(2021, 1, 1), date(2023, 10, 5))
    [[row]] = tables
    assert (row["looks"], row["usable"], row["count"], row["verdict"]) == (17, 17, "73", "surge")
    assert len(links) == len(pictures) == 1
    assert links[0].startswith("file:")
    assert pictures[0].startswith("data:image/jpeg;base64,")


def test_an_address_in_a_block_is_used_where_the_environment_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    watchlist = Watchlist.model_validate({"channels": {"desk": {"url_env": "YARDWATCH_CHANNEL_DESK"}}})
    assert secrets.addresses_from_blocks(watchlist) == {}
    Secret(value="json://example.org").save("yardwatch-channel-desk", overwrite=True)
    assert secrets.addresses_from_blocks(watchlist)["desk"].get_secret_value() == "json://example.org"
    monkeypatch.setenv("YARDWATCH_CHANNEL_DESK", "file:x.log")
    assert secrets.addresses_from_blocks(watchlist) == {}


def test_a_run_in_which_no_area_works_fails_aloud(watched: Workspace) -> None:
    with pytest.raises(YardwatchError, match="nowhere") as failed:
        daily(areas=["nowhere"], days=3)
    assert failed.value.exit_code == 65


@pytest.mark.parametrize("module", [daily_module, backfill_module])
def test_a_flow_explains_itself_on_the_command_line(module: object) -> None:
    said = CliRunner().invoke(module.main, ["--help"])  # type: ignore[attr-defined]
    assert said.exit_code == 0
    assert "Options" in said.output


def test_every_parameter_of_a_deployment_is_described() -> None:
    for flow in (daily, backfill):
        for name, schema in flow.parameters.properties.items():
            assert schema.get("description"), f"{flow.name}: {name}"
