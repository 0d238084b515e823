"""Scenes are found in a STAC API that others wrote: stac-fastapi on a PostgreSQL with PostGIS and PgSTAC."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

DRAWING = Path(__file__).parents[1] / "imagery"
sys.path.append(str(DRAWING))

from drawn_catalog import collection, item  # noqa: E402
from drawn_rasters import GROUND_BOX, grey, grid_of, wgs84, write  # noqa: E402
from drawn_web import Web  # noqa: E402
from shapely.affinity import translate  # noqa: E402
from shapely.geometry import mapping  # noqa: E402

from yardwatch.cli import app  # noqa: E402
from yardwatch.errors import BadInput  # noqa: E402
from yardwatch.imagery import ImagerySource, open_source  # noqa: E402
from yardwatch.watchlist import SourceEntry  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]
SETTING = "YARDWATCH_TEST_POSTGRES_URL"
HERE = wgs84(GROUND_BOX)
FIRST, DAYS = datetime(2023, 1, 1, 2, 15, tzinfo=UTC), 250
SINCE, UNTIL = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web server with the one picture that every item names."""
    web = Web(tmp_path_factory.mktemp("pictures"))
    write(web.folder / "ground.tif", grey(90))
    yield web
    web.close()


def _numbered(number: int, web: Web, **changes: Any) -> dict[str, Any]:
    """The item of a day, as catalogs that speak STAC 1.1 write it."""
    when = (FIRST + timedelta(days=number)).isoformat().replace("+00:00", "Z")
    document = {**item(f"day-{number:03d}", when, **{"eo:cloud_cover": 12.0}), "collection": "scenes", **changes}
    document["stac_version"] = "1.1.0"
    document["assets"]["visual"]["href"] = f"{web.url}/ground.tif"
    return document


def _documents(web: Web) -> list[dict[str, Any]]:
    """One item a day over the ground; beside them one elsewhere, one of bands and one of another collection."""
    away = translate(HERE, 1.0)
    elsewhere = _numbered(10, web, id="elsewhere", geometry=mapping(away), bbox=list(away.bounds))
    bands = _numbered(11, web, id="bands")
    bands["assets"] = {"ortho": bands["assets"]["visual"] | {"roles": ["data"]}}
    foreign = _numbered(12, web, id="foreign", collection="radar")
    return [*(_numbered(number, web) for number in range(DAYS)), elsewhere, bands, foreign]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, start_program: Any, pictures: Web) -> Iterator[str]:
    """Address of a STAC API that holds the items, in a database of its own."""
    url = os.environ.get(SETTING)
    if not url:
        pytest.skip(f"{SETTING} is not set and no PostgreSQL is installed: apt-get install postgresql")
    reason = "pip install -e '.[peers]'"
    psycopg = pytest.importorskip("psycopg", reason=reason)
    pytest.importorskip("stac_fastapi.pgstac", reason=reason)
    pytest.importorskip("pypgstac", reason=reason)
    plain, name = url.replace("postgresql+psycopg://", "postgresql://"), f"yardwatch_stac_{os.getpid()}"
    with psycopg.connect(plain, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone():
            pytest.skip("PostGIS is not installed: apt-get install postgresql-postgis")
        connection.execute(f"CREATE DATABASE {name}")
        at = connection.info
        environment = {
            "PGHOST": at.host, "PGPORT": str(at.port), "PGUSER": at.user, "PGPASSWORD": at.password or "-",
            "PGDATABASE": name,
        }  # fmt: skip
        folder = tmp_path_factory.mktemp("stac")
        try:
            _fill(environment, folder, _documents(pictures))
            command = [sys.executable, "-m", "uvicorn", "--factory", "stac_fastapi.pgstac.app:create_app"]
            yield start_program([*command, "--host", "127.0.0.1", "--port", "{port}"], "/_mgmt/ping", environment)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _fill(environment: dict[str, str], folder: Path, documents: list[dict[str, Any]]) -> None:
    collections = [{**collection(name), "stac_version": "1.1.0"} for name in ("scenes", "radar")]
    for kind, rows in (("collections", collections), ("items", documents)):
        (folder / f"{kind}.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    program = str(Path(sys.executable).with_name("pypgstac"))
    for arguments in (
        ["migrate"],
        ["load", "collections", "collections.ndjson", "--method", "upsert"],
        ["load", "items", "items.ndjson", "--method", "upsert"],
    ):
        done = subprocess.run(
            [program, *arguments], env={**os.environ, **environment}, cwd=folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]


def source_at(api: str, **fields: Any) -> ImagerySource:
    given = {"collections": ("scenes",), "assets": ("visual",), **fields}
    return open_source(SourceEntry(name="peer", kind="stac", url=api, **given))


def ids(source: ImagerySource, since: datetime, until: datetime) -> list[str]:
    return sorted(scene.scene_id for scene in source.search(HERE, since, until))


def test_every_page_of_an_api_is_asked_for_and_no_item_comes_twice(api: str) -> None:
    source = source_at(api)
    assert ids(source, SINCE, UNTIL) == [f"day-{number:03d}" for number in range(DAYS)]
    (warning,) = source.take_warnings()
    assert "item bands: assets: none is visual; it has ortho" in warning


def test_only_scenes_of_the_span_are_found_to_the_second(api: str) -> None:
    noon = FIRST + timedelta(days=100)
    source = source_at(api)
    assert ids(source, noon, noon + timedelta(days=2)) == ["day-100", "day-101"]
    assert ids(source, noon + timedelta(seconds=1), noon + timedelta(days=2)) == ["day-101"]
    assert ids(source, noon, noon + timedelta(seconds=1)) == ["day-100"]
    assert ids(source, SINCE - timedelta(days=30), SINCE) == []


def test_scenes_over_other_ground_and_of_other_collections_are_not_found(api: str) -> None:
    day, hour = FIRST + timedelta(days=10), timedelta(hours=1)
    away = {scene.scene_id for scene in source_at(api).search(translate(HERE, 1.0), day - hour, day + hour)}
    assert away == {"elsewhere"}
    assert ids(source_at(api), day - hour, day + hour) == ["day-010"]
    later = FIRST + timedelta(days=12)
    assert ids(source_at(api, collections=("radar",)), later - hour, later + hour) == ["foreign"]
    assert ids(source_at(api, collections=()), later - hour, later + hour) == ["day-012", "foreign"]


def test_an_asset_that_the_user_names_is_the_one_that_is_read(api: str, pictures: Web) -> None:
    day = FIRST + timedelta(days=11)
    source = source_at(api, assets=("ortho",))
    (scene,) = source.search(HERE, day, day + timedelta(hours=1))
    assert (scene.scene_id, scene.licence, scene.attribution) == ("bands", "CC-BY-4.0", "Maker")
    chip = source.read(scene, grid_of())
    assert chip.valid.all()
    assert (chip.pixels == 90).all()


def test_what_an_item_says_comes_back_as_it_was_put_in(api: str) -> None:
    (scene,) = source_at(api).search(HERE, FIRST, FIRST + timedelta(hours=1))
    assert (scene.acquired_from, scene.acquired_to) == (FIRST, FIRST)
    assert (scene.platform, scene.gsd_m, scene.cloud_cover) == ("drawn-1", 0.5, 0.12)
    assert scene.footprint.symmetric_difference(HERE).area < 1e-9 * HERE.area


def test_scenes_are_taken_as_their_pages_come(api: str) -> None:
    first = list(itertools.islice(source_at(api).search(HERE, SINCE, UNTIL), 3))
    assert len({scene.scene_id for scene in first}) == 3


def test_a_collection_that_is_not_there_is_no_scene_and_a_wrong_path_says_so(api: str) -> None:
    assert ids(source_at(api, collections=("nothing",)), SINCE, UNTIL) == []
    with pytest.raises(BadInput, match=r"/nothing: .*correct the url of the source"):
        ids(source_at(f"{api}/nothing"), SINCE, UNTIL)


def test_the_command_lists_the_scenes_of_an_area_with_their_cost(
    api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outline = ",".join(f"{bound:.6f}" for bound in HERE.bounds)
    (tmp_path / "aoi").mkdir()
    (tmp_path / "yardwatch.toml").write_text(f"""
areas = ["drawn"]
sources = ["peer"]
[[source]]
name = "peer"
kind = "stac"
url = "{api}"
collections = ["scenes"]
assets = ["visual"]
""")
    monkeypatch.setenv("YARDWATCH_AOI_DIR", str(tmp_path / "aoi"))
    monkeypatch.setenv("YARDWATCH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("YARDWATCH_WATCHLIST", str(tmp_path / "yardwatch.toml"))
    add = ["areas", "add", "drawn", "--bbox", outline, "--country", "KP", "--time-zone", "Asia/Pyongyang"]
    assert CliRunner().invoke(app, add).exit_code == 0
    said = CliRunner().invoke(app, ["scenes", "drawn", "--since", "2023-04-01", "--until", "2023-04-03", "--json"])
    assert said.exit_code == 0, said.output
    noted = json.loads(said.stdout)["scenes"]
    assert [one["scene_id"] for one in noted] == ["day-090", "day-091", "day-092"]
    size = 160 * 240 * 3
    assert all(size <= one["read_bytes"] <= 1.1 * size for one in noted)
