"""A backfill over a server that fails: every fault many times at random, and who was lost, doubled, unexplained.

    python benchmarks/faults.py [--healthy 200] [--times 20] [--seed 1]

Healthy scenes meet passing faults (time-outs, resets, 429, 5xx, short and wrong answers, drip, redirects, web pages,
damage on the way); other scenes have faults that stay. The network that finds cars is stood in for: this measures
reading. All of it on loopback.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "data"), str(TESTS / "detection")]


@click.command(help=__doc__)
@click.option("--healthy", default=200, show_default=True)
@click.option("--times", default=20, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(healthy: int, times: int, seed: int) -> None:
    from faulty_backfill import backfill

    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="yardwatch-faults-") as folder:
        outcome = backfill(Path(folder), healthy, times, seed)
    click.echo(f"{outcome.scenes} scenes, {healthy} of them healthy; {outcome.faults} faults; {outcome.runs} runs")
    for kind, ends in sorted(outcome.reasons.items()):
        click.echo(f"  {kind}: {', '.join(f'{number} {end}' for end, number in ends.items())}")
    for word in ("lost", "doubled", "unexplained"):
        named = getattr(outcome, word)
        click.echo(f"{len(named)} {word}{': ' + '; '.join(named[:5]) if named else ''}")
    click.echo(f"{time.perf_counter() - begun:.0f} s")
    raise SystemExit(bool(outcome.lost or outcome.doubled or outcome.unexplained))


if __name__ == "__main__":
    main()
