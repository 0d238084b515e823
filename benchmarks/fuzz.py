"""Items, sidecars, names, tags and TIFFs that nobody drew: what crashes their readers or leads them out of a folder.

    python benchmarks/fuzz.py [--minutes 10] [--seed 1]

Coverage-guided by atheris where it is installed (pip install atheris); else documents and files are spoilt at random.
An error of yardwatch's own is an answer; any other one, and any file opened outside the source's folder, is a find: it
is printed with what led to it, and the exit status is 1.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from yardwatch.records import Scene

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "imagery"))

SINCE, UNTIL = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
WORDS = (
    b"null", b"true", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'""', b"\xff", b"\0", b"../../../../etc/passwd",
    b"file:///etc/passwd", b"/vsicurl/http://127.0.0.1/", b"http://[half", b"9999-12-31T23:59:59+14:00", b"0001-01-01",
    b"POINT", b"\\ud800", b"start_datetime", b"eo:bands", b"raster:bands", b"cloud", b"scl", b"classification:classes",
)  # fmt: skip


class Outside(Exception):
    """A file outside the source's folder was about to be opened."""


def sound(scene: Scene) -> None:
    """A scene that could be looked at and stored."""
    assert scene.acquired_from <= scene.acquired_to, "ends before it begins"
    assert 0 < scene.gsd_m < float("inf"), "its pixels have no size"
    "".join((scene.scene_id, scene.platform, scene.licence, scene.attribution)).encode()


def targets(folder: Path) -> list[tuple[str, bytes, Callable[[bytes], None]]]:
    """(name, something right to begin with, what reads it) of every reader that is fuzzed."""
    from drawn_catalog import item
    from drawn_rasters import GROUND_BOX, grey, grid_of, wgs84, write

    from yardwatch.errors import YardwatchError
    from yardwatch.imagery import open_source
    from yardwatch.imagery.acquired import from_name, from_tags
    from yardwatch.imagery.addresses import allowed
    from yardwatch.imagery.items import CollectionFacts, collection_facts, scene_from_item
    from yardwatch.watchlist import SourceEntry

    here, grid = wgs84(GROUND_BOX), grid_of(2.0)
    stac = SourceEntry(name="fuzz", kind="stac", path=folder / "catalog.json")
    (folder / "in").mkdir()
    picture = folder / "in" / "a.tif"
    layout = {"compress": "deflate", "tiled": True, "blockxsize": 64, "blockysize": 64}
    whole = write(picture, grey(90), tags={"ACQUISITIONDATETIME": "2023-10-05T02:15:00Z"}, **layout).read_bytes()
    deliveries = open_source(SourceEntry(name="fuzz", kind="folder", path=folder / "in"))

    def read_item(data: bytes) -> None:
        document = None
        with contextlib.suppress(ValueError, RecursionError):
            document = json.loads(data)
        if isinstance(document, dict):
            collection_facts(document)
            with contextlib.suppress(YardwatchError):
                scene = scene_from_item(document, str(folder / "catalog.json"), stac, CollectionFacts())
                sound(scene)
                for asset in scene.assets:
                    with contextlib.suppress(YardwatchError):
                        address = allowed(asset.href, folder)
                        if not address.remote and not Path(address.path).is_relative_to(folder.resolve()):
                            raise Outside(address.path)

    def read_folder() -> None:
        with contextlib.suppress(YardwatchError):
            for scene in deliveries.search(here, SINCE, UNTIL):
                sound(scene)
                with contextlib.suppress(YardwatchError):
                    deliveries.read(scene, grid)
        deliveries.take_warnings()

    def read_sidecar(data: bytes) -> None:
        (folder / "in" / "a.json").write_bytes(data)
        picture.write_bytes(whole)
        read_folder()
        (folder / "in" / "a.json").unlink()

    def read_tiff(data: bytes) -> None:
        picture.write_bytes(data)
        read_folder()

    def read_words(data: bytes) -> None:
        text = data.decode("utf-8", errors="replace")
        with contextlib.suppress(YardwatchError):
            from_name(text)
            from_tags({"ACQUISITIONDATETIME": text, "ACQUISITION_DATE": text})
            allowed(text, folder)

    side = {"datetime": "2023-10-05T02:15:00Z", "gsd": 0.5, "platform": "x", "pass_id": 7}
    return [
        ("items", json.dumps(item("a")).encode(), read_item),
        ("sidecars", json.dumps(side).encode(), read_sidecar),
        ("TIFFs", whole, read_tiff),
        ("names and tags", b"a_20231005T021500Z.tif", read_words),
    ]


def spoilt(rng: random.Random, whole: bytes) -> bytes:
    """``whole`` with a few bytes or words changed, cut out or put in; its first 600 bytes more often than the rest."""
    data = bytearray(whole)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(min(len(data), 600) if rng.random() < 0.7 else len(data)) if data else 0
        kind = rng.randrange(5)
        if kind == 0 and data:
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at : at + rng.randint(1, 12)] = rng.choice(WORDS)
        elif kind == 2:
            data[at:at] = rng.choice(WORDS)
        elif kind == 3:
            del data[at : at + rng.randint(1, 40)]
        else:
            data[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80", rng.randbytes(4)))
    return bytes(data)


def watch_files(folder: Path) -> None:
    """Raises Outside when Python opens a file to read of the places that hostile documents name."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(("/etc/passwd", "/vsi")):
            raise Outside(str(arguments[0]))

    sys.addaudithook(hook)


def spoil(folder: Path, minutes: float, seed: int) -> int:
    """Random damage, readers in turn; how many finds."""
    rng, finds, known = random.Random(seed), 0, targets(folder)
    tried = dict.fromkeys((name for name, _, _ in known), 0)
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        for name, whole, read in known:
            for _ in range(1 if name in ("sidecars", "TIFFs") else 50):
                data = spoilt(rng, whole)
                tried[name] += 1
                try:
                    read(data)
                except Exception as error:
                    finds += 1
                    click.echo(f"{name}: {type(error).__name__}: {error}: {data[:3000]!r}"[:4000])
    click.echo("; ".join(f"{number} {name}" for name, number in tried.items()) + f": {finds} finds")
    return finds


def guided(folder: Path, minutes: float, seed: int) -> None:
    """Coverage-guided; atheris ends the process, with a trace at the first find."""
    import atheris

    with atheris.instrument_imports(include=["yardwatch.imagery", "yardwatch.records"]):
        known = targets(folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, (_, whole, _) in enumerate(known):
        (corpus / str(number)).write_bytes(bytes([number]) + whole)

    def one(data: bytes) -> None:
        if data:
            known[data[0] % len(known)][2](data[1:])

    limits = [
        f"-max_total_time={round(60 * minutes)}",
        f"-seed={seed}",
        "-max_len=8000",
        "-timeout=60",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
    atheris.Fuzz()


@click.command(help=__doc__)
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--plain", is_flag=True, help="Random damage, even where atheris is installed.")
def main(minutes: float, seed: int, plain: bool) -> None:
    import logging

    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="yardwatch-fuzz-"))
    watch_files(folder)
    if not plain:
        with contextlib.suppress(ImportError):
            guided(folder, minutes, seed)
    raise SystemExit(bool(spoil(folder, minutes, seed)))


if __name__ == "__main__":
    main()
