"""The verbs: find, look, watch, judge, tell, report. Each is a plain function with three faces that share it.

A flow calls it as a task, the command line as a command, a notebook by its name. Every verb takes a
:class:`~yardwatch.workspace.Workspace` first and leaves what it learnt in the ledger; run again, it adds only what is
new.
"""

from __future__ import annotations

from yardwatch.operations.backtesting import Backtested, Replay, backtest_area, read_labels
from yardwatch.operations.days import Days, last_days
from yardwatch.operations.desk import only_simulated, review_desk
from yardwatch.operations.evidence import picture_of
from yardwatch.operations.failing import failures
from yardwatch.operations.finding import Found, find
from yardwatch.operations.judging import MEASURES, Judged, judge
from yardwatch.operations.labelling import ImportedLabels, export_labels, import_labels
from yardwatch.operations.looking import STAYS_DUE, look
from yardwatch.operations.news import News, judge_for_news
from yardwatch.operations.offering import SceneList, SceneNote, scenes
from yardwatch.operations.opening import OpenLook, open_look
from yardwatch.operations.picture import PictureCount, count_picture
from yardwatch.operations.published import Imported, import_published
from yardwatch.operations.reporting import main_measure, report, story_of
from yardwatch.operations.reviewing import confirm, review
from yardwatch.operations.staleness import Staleness, note_staleness, staleness
from yardwatch.operations.teaching import next_lessons, reviewed_quality, taught_release
from yardwatch.operations.telling import Tried, deliver, try_channels
from yardwatch.operations.watching import AreaRun, watch

__all__ = [
    "MEASURES",
    "STAYS_DUE",
    "AreaRun",
    "Backtested",
    "Days",
    "Found",
    "Imported",
    "ImportedLabels",
    "Judged",
    "News",
    "OpenLook",
    "PictureCount",
    "Replay",
    "SceneList",
    "SceneNote",
    "Staleness",
    "Tried",
    "backtest_area",
    "confirm",
    "count_picture",
    "deliver",
    "export_labels",
    "failures",
    "find",
    "import_labels",
    "import_published",
    "judge",
    "judge_for_news",
    "last_days",
    "look",
    "main_measure",
    "next_lessons",
    "note_staleness",
    "only_simulated",
    "open_look",
    "picture_of",
    "read_labels",
    "report",
    "review",
    "review_desk",
    "reviewed_quality",
    "scenes",
    "staleness",
    "story_of",
    "taught_release",
    "try_channels",
    "watch",
]
