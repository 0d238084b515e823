"""The verbs: find, look, watch, judge, tell, report. Each is a plain function with three faces that share it.

A flow calls it as a task, the command line as a command, a notebook by its name. Every verb takes a
:class:`~yardwatch.workspace.Workspace` first and leaves what it learnt in the ledger; run again, it adds only what is
new.
"""

from __future__ import annotations

from yardwatch.operations.days import Days, last_days
from yardwatch.operations.finding import Found, find
from yardwatch.operations.judging import Judged, judge
from yardwatch.operations.looking import STAYS_DUE, look
from yardwatch.operations.news import News, judge_for_news
from yardwatch.operations.picture import PictureCount, count_picture
from yardwatch.operations.reporting import report, story_of
from yardwatch.operations.staleness import Staleness, note_staleness, staleness
from yardwatch.operations.telling import deliver
from yardwatch.operations.watching import AreaRun, watch

__all__ = [
    "STAYS_DUE",
    "AreaRun",
    "Days",
    "Found",
    "Judged",
    "News",
    "PictureCount",
    "Staleness",
    "count_picture",
    "deliver",
    "find",
    "judge",
    "judge_for_news",
    "last_days",
    "look",
    "note_staleness",
    "report",
    "staleness",
    "story_of",
    "watch",
]
