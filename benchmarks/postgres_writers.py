"""Processes that write one PostgreSQL ledger at once: errors, duplicates, looks a second.

    python benchmarks/postgres_writers.py [--looks 10000] [--writers 8]

Every look is registered and recorded by two of the processes, in an order of its own in each: as many collisions as
there are looks.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests" / "ledger")]

from ledger_data import DAY, a_look, a_scene, an_observation  # noqa: E402
from local_servers import Postgres, end_in_order  # noqa: E402

from yardwatch.ledger import Ledger  # noqa: E402

BATCH = 50


def write(address: str, root: Path, numbers: list[int], seed: int) -> tuple[int, list[str]]:
    """Register and record the looks of these numbers; how many were new here, and every error in words."""
    order, added, errors = numbers[:], 0, []
    random.Random(seed).shuffle(order)
    with Ledger.open(address, root) as ledger:
        for begin in range(0, len(order), BATCH):
            looks = [look_of(number) for number in order[begin : begin + BATCH]]
            try:
                ledger.register(looks)
                added += sum(ledger.record(an_observation(look, 7)).added for look in looks)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
    return added, errors


def look_of(number: int):  # type: ignore[no-untyped-def]
    """One look an hour of an area that ten neighbours share."""
    when = DAY + timedelta(hours=number)
    scene = replace(a_scene(f"scene-{number}", when), acquired_from=when, acquired_to=when)
    look = a_look(scene)
    name = f"area-{number % 10}"
    return replace(look, look_id=f"{name}/drawn/{number}", area=name, pass_id=str(number))


@click.command(help=__doc__)
@click.option("--looks", default=10_000, show_default=True)
@click.option("--writers", default=8, show_default=True)
def main(looks: int, writers: int) -> None:
    end_in_order()
    database, root = Postgres(), Path(tempfile.mkdtemp(prefix="yardwatch-writers-"))
    database.start()
    try:
        shares = [[n for n in range(looks) if n % writers in (w, (w + 1) % writers)] for w in range(writers)]
        begun = time.perf_counter()
        with multiprocessing.get_context("spawn").Pool(writers) as pool:
            done = pool.starmap(write, [(database.url, root, share, seed) for seed, share in enumerate(shares)])
        seconds = time.perf_counter() - begun
        with Ledger.open(database.url, root) as ledger:
            rows = Counter(seen.look_id for n in range(10) for seen in ledger.observations(area=f"area-{n}"))
            registered = ledger.row_counts()["looks"]
        errors = [error for _, said in done for error in said]
        result = {
            "writers": writers,
            "looks": looks,
            "registered": registered,
            "recorded": len(rows),
            "duplicates": sum(count - 1 for count in rows.values()),
            "errors": len(errors),
            "first_errors": errors[:3],
            "seconds": round(seconds, 1),
            "writes_a_second": round(2 * looks / seconds),
        }
        click.echo(json.dumps(result, indent=2))
        whole = registered == len(rows) == looks == sum(added for added, _ in done)
        sys.exit(0 if whole and not errors and not result["duplicates"] else 1)
    finally:
        database.remove()


if __name__ == "__main__":
    main()
