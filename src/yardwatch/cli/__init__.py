"""The command line. Commands import what they need when they run, so that ``--help`` starts at once.

Exit codes, for cron jobs and scripts: 0 done; 1 a fault of yardwatch; 2 wrong usage; 65 bad input; 66 bad model
release; 75 something must be tried again later; 77 refused; 78 something must be set up first; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import click

from yardwatch.cli import appraising, backtesting, imagery, making, operation, review, schooling, telling, watching
from yardwatch.cli.ending import run_to_end
from yardwatch.cli.logs import set_up_logging


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="yardwatch")
@click.option("-v", "--verbose", count=True, help="Say more on standard error; twice for debugging.")
def app(verbose: int) -> None:
    """Count freight railcars on satellite images of rail yards, and say when a count is news.

    \b
    yardwatch look picture.tif          count one picture
    yardwatch init                      write a watch list
    yardwatch watch tumangang           find, read and judge the newest looks
    yardwatch report tumangang          the story as one HTML file
    """
    set_up_logging(verbose)


for module in (watching, imagery, telling, backtesting, making, appraising, review, schooling, operation):
    for command in module.COMMANDS:
        app.add_command(command)


def main() -> None:
    """Run the command line."""
    run_to_end(app, "yardwatch")
