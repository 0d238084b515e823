"""Files are written beside and renamed: a reader never meets half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of ``path`` when the block ends well and is removed when it does not.

    Folders are made as needed. The suffix stays, as writers choose their format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}-{uuid4().hex[:8]}.partial{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
