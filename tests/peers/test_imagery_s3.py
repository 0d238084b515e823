"""A COG in an S3 bucket, on a server that others wrote, moto: read by ranges, at the endpoint that is set."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

DRAWING = Path(__file__).parents[1] / "imagery"
sys.path.append(str(DRAWING))

from drawn_catalog import item, static_catalog  # noqa: E402
from drawn_rasters import GROUND_BOX, HEIGHT_M, WEST, WIDTH_M, grid_of, wgs84, write  # noqa: E402

from yardwatch.errors import BadInput, TryAgain  # noqa: E402
from yardwatch.imagery import ImagerySource, open_source  # noqa: E402
from yardwatch.records import Asset, Scene  # noqa: E402
from yardwatch.watchlist import SourceEntry  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.network_loopback]

HERE = wgs84(GROUND_BOX)
SINCE, UNTIL = datetime(2023, 10, 1, tzinfo=UTC), datetime(2023, 10, 6, tzinfo=UTC)
SIDE, BLOCK = 2048, 256


@dataclass
class Listener:
    """Passes requests on to a server and notes what went through.

    Attributes:
        log: (method, path, Range header, status, bytes of the body) of each.
    """

    behind: str
    log: list[tuple[str, str, str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.pass_on(self)

            def do_HEAD(self) -> None:
                listener.pass_on(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        answer = httpx.request(
            request.command, self.behind + request.path, headers=dict(request.headers), trust_env=False, timeout=60
        )
        span = request.headers.get("Range", "")
        self.log.append((request.command, request.path, span, answer.status_code, len(answer.content)))
        request.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-encoding", "server", "date"):
                request.send_header(name, value)
        request.end_headers()
        request.wfile.write(answer.content)


def shaded(x: Any) -> Any:
    return 40 + 160 * (x - WEST) / WIDTH_M


@pytest.fixture(scope="module")
def cog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise around a ramp over the patch of ground and 900 m east and south of it; noise does not compress."""
    rng = np.random.default_rng(3)
    steps = shaded(WEST + (np.arange(SIDE) + 0.5) * 0.5)
    pixels = np.clip(rng.normal(0, 3, (3, SIDE, SIDE)) + np.clip(steps, 40, 220), 1, 255).astype(np.uint8)
    layout = {"driver": "COG", "blocksize": BLOCK, "compress": "DEFLATE", "overviews": "IGNORE_EXISTING"}
    return write(tmp_path_factory.mktemp("cog") / "a.tif", pixels, **layout)


@pytest.fixture(scope="module")
def bucket(start_program: Any, cog: Path) -> Iterator[Listener]:
    """The COG at s3://yards/2023/a.tif of an S3 server, and who listens in front of it."""
    reason = "pip install -e '.[peers]'"
    pytest.importorskip("moto.server", reason=reason)
    boto3 = pytest.importorskip("boto3", reason=reason)
    program = Path(sys.executable).with_name("moto_server")
    endpoint = start_program([program, "-H", "127.0.0.1", "-p", "{port}"], "/moto-api/")
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    client.create_bucket(Bucket="yards")
    for name in ("2023/a.tif", "2023/copy.tif"):
        client.upload_file(str(cog), "yards", name)
    listener = Listener(endpoint)
    yield listener
    listener.close()


@pytest.fixture
def source(bucket: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImagerySource:
    """A catalog whose item lies in the bucket; the endpoint is set as its users set it."""
    document = item("a")
    document["assets"]["visual"]["href"] = "s3://yards/2023/a.tif"
    for name, value in {
        "AWS_S3_ENDPOINT": bucket.host,
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_HTTPS": "NO",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }.items():
        monkeypatch.setenv(name, value)
    bucket.log.clear()
    return open_source(SourceEntry(name="bucket", kind="stac", path=static_catalog(tmp_path, document)))


def first(source: ImagerySource) -> Scene:
    return next(iter(source.search(HERE, SINCE, UNTIL)))


def block_bytes(cog: Path) -> int:
    """Stored bytes of the blocks that the patch of ground meets."""
    import rasterio

    with rasterio.open(cog) as file:
        cols, rows = -(-int(WIDTH_M / 0.5) // BLOCK), -(-int(HEIGHT_M / 0.5) // BLOCK)
        sizes = [file.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", bidx=1) for x in range(cols) for y in range(rows)]
    return sum(map(int, sizes))


def test_a_cog_is_read_by_ranges_alone_and_little_more_than_its_blocks(
    source: ImagerySource, bucket: Listener, cog: Path
) -> None:
    chip = source.read(first(source), grid_of())
    assert chip.valid.all()
    x = WEST + (np.arange(chip.grid.width) + 0.5) * chip.grid.pixel_m
    assert np.abs(chip.pixels[0].mean(axis=0) - shaded(x)).max() < 3
    gets = [entry for entry in bucket.log if entry[0] == "GET"]
    assert gets
    assert all(span.startswith("bytes=") and status == 206 for _, _, span, status, _ in gets)
    assert {urlsplit(path).path for _, path, _, _, _ in bucket.log} == {"/yards/2023/a.tif"}, "no side file, no list"
    fetched = sum(entry[4] for entry in gets)
    assert fetched < 1.1 * block_bytes(cog) + 4 * 16_384
    assert fetched < 0.2 * cog.stat().st_size


def test_the_bytes_of_a_read_are_those_that_the_server_sent(source: ImagerySource, bucket: Listener) -> None:
    scene = first(source)
    for grid in (grid_of(), grid_of(2.0), grid_of()):
        bucket.log.clear()
        chip = source.read(scene, grid)
        assert chip.bytes_read == sum(entry[4] for entry in bucket.log if entry[0] == "GET")


def test_reads_side_by_side_count_their_own_bytes(source: ImagerySource) -> None:
    scene = first(source)
    copy = replace(scene, assets=(Asset("s3://yards/2023/copy.tif", "visual"),))
    alone = source.read(scene, grid_of()).bytes_read
    with ThreadPoolExecutor(2) as pool:
        chips = list(pool.map(lambda one: source.read(one, grid_of()), (scene, copy)))
    assert [chip.bytes_read for chip in chips] == [alone, alone]


def test_a_coarser_grid_reads_an_overview(source: ImagerySource, bucket: Listener, cog: Path) -> None:
    chip = source.read(first(source), grid_of(2.0))
    assert chip.valid.all()
    fetched = sum(entry[4] for entry in bucket.log if entry[0] == "GET")
    assert fetched < 2 * BLOCK * BLOCK * 3 / 4 + 4 * 16_384, "one block of the overview, whose pixels span 2 m, or two"


def test_what_is_not_in_the_bucket_is_said_and_not_remembered(source: ImagerySource) -> None:
    scene = first(source)
    gone = replace(scene, assets=(Asset("s3://yards/2023/b.tif", "visual"),))
    with pytest.raises(BadInput, match=r"s3://yards/2023/b\.tif: .*a file that is not there"):
        source.read(gone, grid_of())
    assert source.read(scene, grid_of()).valid.all()


def test_a_server_that_is_gone_is_a_passing_fault(source: ImagerySource, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = first(source)
    monkeypatch.setenv("AWS_S3_ENDPOINT", "127.0.0.1:9")
    with pytest.raises(TryAgain, match=r"s3://yards/2023/a\.tif"):
        source.read(scene, grid_of())
