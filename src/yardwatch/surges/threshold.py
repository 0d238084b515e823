"""The question that an editor asks next: how few would have been news?"""

from __future__ import annotations

import math

from yardwatch.records import VerdictKind

from .events import OpenEvent
from .model import smallest_count
from .policy import SurgePolicy
from .rules import View, decide


def smallest_alarming(view: View, event: OpenEvent | None, policy: SurgePolicy) -> int | None:
    """Smallest count that would have alarmed as a surge or escalation on this look; None where none would."""
    if view.bounded:
        return None
    news = (VerdictKind.SURGE, VerdictKind.ESCALATION)

    def would_alarm(count: int) -> bool:
        return decide(view.if_count_were(count), event, policy).kind in news

    expected = math.ceil(view.predictive.expected)
    return smallest_count(would_alarm, 3 * expected + 8, 64 * (expected + 16))
