"""Send what waits in the outbox: python -m flows.deliver"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import click
from prefect import flow

from flows import stages
from flows.entry import run


@flow(name="deliver", persist_result=False)
def deliver() -> str:
    """Try every message that is due once; one that fails stays queued."""
    return stages.deliver()


@click.command()
def main() -> None:
    """Send what waits in the outbox."""
    click.echo(deliver())


if __name__ == "__main__":
    run(main)
