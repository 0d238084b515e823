"""How a flow started by hand ends: an error on purpose is one sentence with its own exit code."""

from __future__ import annotations

import sys

import click

from yardwatch.errors import YardwatchError


def run(command: click.Command) -> None:
    """Run a command of this package."""
    try:
        command()
    except YardwatchError as error:
        click.echo(f"yardwatch: {error}", err=True)
        sys.exit(error.exit_code)
