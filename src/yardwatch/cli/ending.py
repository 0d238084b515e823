"""How a command ends: an error on purpose is one sentence and its own exit code; Ctrl-C is 130, as shells have it."""

from __future__ import annotations

import errno
import sys

import click

from yardwatch.errors import NotConfigured, YardwatchError

INTERRUPTED = 130
_OF_THE_DISK = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG),
}
"""What a disk or its rights can say to any command: to be mended where yardwatch runs, and no fault of it."""


def run_to_end(command: click.Command, name: str | None = None) -> None:
    """Run ``command`` on the arguments of this process, and exit where it failed."""
    try:
        code = command(prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("yardwatch: stopped; what is recorded stays, and the same command goes on from there", err=True)
        sys.exit(INTERRUPTED)
    except YardwatchError as error:
        click.echo(f"yardwatch: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        mend = "make room, or give yardwatch the right to it, or name another place"
        click.echo(f"yardwatch: {error.filename or 'the disk'}: {error.strerror}; {mend}", err=True)
        sys.exit(NotConfigured.exit_code)
    if isinstance(code, int) and code:
        sys.exit(code)
