"""The ledger on a real PostgreSQL: set YARDWATCH_TEST_POSTGRES_URL to a database that the tests may fill and clear."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

DRAWING = Path(__file__).parents[1] / "ledger"
sys.path.append(str(DRAWING))

from ledger_data import (  # noqa: E402
    AREA,
    DAY,
    EAST,
    a_chip,
    a_look,
    a_message,
    a_scene,
    a_verdict,
    an_event,
    an_observation,
    daily_looks,
    reviewed,
    some_detections,
)
from ledger_writers import LOOKS  # noqa: E402

from yardwatch.errors import BadInput, NeedsMigration, NotConfigured, TryAgain  # noqa: E402
from yardwatch.ledger import JudgementReceipt, Ledger, SeriesJudgement  # noqa: E402
from yardwatch.records import LookState, PublishedCount, Reason, Review, VerdictKind  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]
SETTING = "YARDWATCH_TEST_POSTGRES_URL"


@pytest.fixture
def address() -> Iterator[str]:
    """An empty schema of its own."""
    url = os.environ.get(SETTING)
    if not url:
        pytest.skip(f"{SETTING} is not set, e.g. postgresql+psycopg://postgres@127.0.0.1:5432/test")
    psycopg = pytest.importorskip("psycopg", reason="pip install 'yardwatch[postgres]'")
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    schema = f"yardwatch_{os.getpid()}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def ledger(address: str, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(address, tmp_path) as opened:
        yield opened


def test_a_surge_is_kept_from_look_to_alert(ledger: Ledger) -> None:
    looks = daily_looks(3)
    assert len(ledger.register(looks).new) == 3
    assert ledger.due(AREA, since=DAY, until=DAY + timedelta(days=9), now=DAY) == [look.look_id for look in looks]
    for value, look in zip((12, None, 73), looks, strict=True):
        observation = an_observation(look, value, reason=None if value else Reason.CLOUD)
        recorded = ledger.record(observation, some_detections(), a_chip())
        assert recorded.added
        assert not ledger.record(observation, some_detections(), a_chip()).added
        assert ledger.observations(look_id=look.look_id) == [recorded.observation]
    series = ledger.series(AREA, "count", simulated=False, release="railcars-1")
    assert [o.value for o in series] == [12, None, 73]
    surge = an_event(series[-1])
    verdicts = [a_verdict(series[0]), a_verdict(series[2], VerdictKind.SURGE, ratio=float("inf"))]
    judgement = SeriesJudgement(AREA, "count", False, verdicts, [surge], [a_message(surge)])
    assert ledger.record_judgement(judgement) == JudgementReceipt(2, 0, 1, 0, 1)
    assert ledger.record_judgement(judgement) == JudgementReceipt()
    assert [v.kind for v in ledger.verdicts(AREA)] == [VerdictKind.CALM, VerdictKind.SURGE]
    assert ledger.events(open_only=True) == [surge]
    entry_id = ledger.outbox()[0].entry_id
    assert [ledger.claim(entry_id, DAY), ledger.claim(entry_id, DAY)] == [True, False]
    ledger.confirm(entry_id, DAY)
    assert ledger.outbox(["sent"])[0].sent_at == DAY
    assert ledger.sweep(older_than_s=0).orphans == ()


def test_superseded_rows_stay_known(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    first = ledger.record(an_observation(look, 70)).observation
    ledger.record_judgement(SeriesJudgement(AREA, "count", False, [a_verdict(first, VerdictKind.SURGE)]))
    before = datetime.now(UTC)
    ledger.record(reviewed(first, 20))
    ledger.record_judgement(SeriesJudgement(AREA, "count", False, [a_verdict(first, VerdictKind.CALM)]))
    for as_of, value, kind in ((before, 70, VerdictKind.SURGE), (None, 20, VerdictKind.CALM)):
        assert [o.value for o in ledger.series(AREA, "count", simulated=False, release=None, as_of=as_of)] == [value]
        assert [v.kind for v in ledger.verdicts(AREA, as_of=as_of)] == [kind]


def test_new_ground_reopens_an_unusable_look(ledger: Ledger) -> None:
    look = a_look(a_scene("west"))
    ledger.register([look])
    ledger.record(an_observation(look, None, reason=Reason.OUTSIDE_SCENE))
    ledger.register([a_look(a_scene("east", DAY + timedelta(seconds=30), footprint=EAST))])
    assert ledger.look(look.look_id).state is LookState.PENDING
    assert ledger.record(an_observation(ledger.look(look.look_id), 5)).observation.revision == 1


def test_what_people_say_is_kept_once(ledger: Ledger) -> None:
    look = a_look()
    ledger.register([look])
    observation = ledger.record(an_observation(look)).observation
    review = Review(look.look_id, observation.observation_id, "ana", DAY, "accepted")
    assert [ledger.add_review(review), ledger.add_review(review)] == [True, False]
    count = PublishedCount("Beyond Parallel", AREA, DAY, DAY, "count", 73, "about")
    assert [ledger.add_published([count]), ledger.add_published([count])] == [1, 0]
    assert ledger.add_published([replace(count, value=70)]) == 1
    assert [c.value for c in ledger.published(AREA)] == [70]
    with pytest.raises(BadInput, match="time zone"):
        ledger.looks(since=datetime(2023, 10, 5))


def test_four_writers_at_once_neither_fail_nor_double(address: str, tmp_path: Path) -> None:
    program = [sys.executable, str(DRAWING / "ledger_writers.py"), "together", str(tmp_path), address, "4"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    with Ledger.open(address, tmp_path) as ledger:
        counts = ledger.row_counts()
        assert counts["looks"] == counts["observations"] == counts["verdicts"] == LOOKS
        assert counts["outbox"] == counts["events"] == 1
        swept = ledger.sweep(older_than_s=0)
        assert (swept.orphans, swept.missing) == ((), ())


def test_tables_of_others_may_lie_beside_the_ledgers_unless_they_share_a_name(address: str, tmp_path: Path) -> None:
    psycopg = pytest.importorskip("psycopg")
    plain = address.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE spatial_ref_sys (a int)")
        connection.execute("CREATE TABLE events (a int)")
        with pytest.raises(BadInput, match=r"another program .events."):
            Ledger.open(address, tmp_path)
        connection.execute("DROP TABLE events")
    Ledger.open(address, tmp_path).close()


def test_versions_are_told_apart(address: str, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="`yardwatch init`"):
        Ledger.open(address, tmp_path, create=False)
    with Ledger.open(address, tmp_path) as ledger, ledger.writing() as connection:
        connection.exec_driver_sql("UPDATE yardwatch_schema SET version_num = '9999'")
    with pytest.raises(NeedsMigration, match="newer yardwatch"):
        Ledger.open(address, tmp_path)


def test_a_server_that_does_not_answer_is_asked_again_and_its_password_kept(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="pip install 'yardwatch[postgres]'")
    with pytest.raises(TryAgain, match=r"127\.0\.0\.1:9/watch") as raised:
        Ledger.open("postgresql://ana:s3cret@127.0.0.1:9/watch", tmp_path)
    assert "s3cret" not in str(raised.value)
