"""Doctor: is everything that a watch needs installed, reachable, writable, to date and told; and if not, the mend.

For a person before the first run, and for a monitor every few minutes. It changes nothing but for a file that it
writes below the data root and removes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yardwatch.operations.doctor.check import Check, State, worst
from yardwatch.operations.doctor.duty import check_duty
from yardwatch.operations.doctor.installation import check_installation
from yardwatch.operations.doctor.reach import check_reach

if TYPE_CHECKING:
    from yardwatch.workspace import Workspace

__all__ = ["Check", "State", "examine", "worst"]


def examine(workspace: Workspace, *, offline: bool = False, timeout_s: float = 10.0) -> list[Check]:
    """Every check, in the order in which a mend of one may mend the next; none of them raises.

    Args:
        offline: ask nothing that lies beyond this machine.
        timeout_s: how long each source may take to answer.
    """
    checks = check_installation(workspace)
    checks += check_reach(workspace, offline=offline, timeout_s=timeout_s)
    return checks + check_duty(workspace)
