"""How a flow is started by hand, and how it ends: an error on purpose is one sentence with its own exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from yardwatch.cli.ending import run_to_end


def workers_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--runner``, ``--workers`` and ``--scheduler``."""
    for option in (
        click.option("--scheduler", help="Address of a running Dask cluster, such as tcp://host:8786."),
        click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 256), help="Looks at once."),
        click.option(
            "--runner",
            type=click.Choice(["threads", "processes", "dask"]),
            default="threads",
            show_default=True,
            help="Where looks are read.",
        ),
    ):
        command = option(command)
    return command


def run(command: click.Command) -> None:
    """Run a command of this package."""
    run_to_end(command)
