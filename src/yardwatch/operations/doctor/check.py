"""What one check says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from yardwatch.errors import YardwatchError

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what was looked at, in a word or two.
        state: "bad" when the watch does not work as it is; "warning" when somebody should look at it.
        said: what was found, without secrets.
        mend: what to do about it; empty when good.
    """

    name: str
    state: State
    said: str
    mend: str = ""


def worst(checks: Iterable[Check]) -> State:
    """The worst state among ``checks``."""
    states = {check.state for check in checks}
    return "bad" if "bad" in states else "warning" if "warning" in states else "good"


def guarded(name: str, look: Callable[[], Check]) -> Check:
    """The check, or a bad one that says what went wrong while looking; our errors end with their mend."""
    try:
        return look()
    except YardwatchError as error:
        said, _, mend = str(error).partition("; ")
        return Check(name, "bad", said, mend)
    except Exception as error:
        return Check(name, "bad", f"{type(error).__name__}: {error}", "report this with the output of --json")
