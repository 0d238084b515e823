"""Refusing early, in words, what an extra is missing for."""

from __future__ import annotations


def need(module: str, extra: str) -> None:
    """Check that ``module``, which the extra ``extra`` installs, is there.

    Raises:
        NotConfigured: with the command that installs it.
    """
    from importlib.util import find_spec

    from yardwatch.errors import NotConfigured

    if find_spec(module) is None:
        raise NotConfigured(f"this needs the {extra} extra: pip install 'yardwatch[{extra}]'")
