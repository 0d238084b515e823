"""The review desk in a notebook: our own widget, since no kept library draws oriented boxes.

The JavaScript lies beside this file, is sent with the widget, and asks no server for anything. Python answers each
request with a whole page; the widget keeps only what is not saved yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from yardwatch.errors import NotConfigured, YardwatchError

SCRIPTS = ("boxes.js", "views.js", "series.js", "desk.js", "page.js")
Page = dict[str, Any]
Answer = Callable[[Mapping[str, Any]], Page]

log = logging.getLogger(__name__)


def script() -> str:
    """One ES module: the scripts in their order, which import nothing."""
    return "\n".join(_read(name) for name in SCRIPTS)


def desk_widget(page: Page, answer: Answer) -> Any:
    """The widget, to be shown as the last value of a cell.

    Args:
        page: what it shows first; JSON values.
        answer: what it shows after a request; an error on purpose is shown to the person, and the page stays.

    Raises:
        NotConfigured: where anywidget is not installed.
    """
    widget = _widget_class()(page=page)

    def on_message(_widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, Mapping):
            return
        try:
            widget.page = answer(content)
        except YardwatchError as error:
            log.info("refused: %s", error)
            # "again" makes each page differ, so that the same refusal twice is shown twice
            again = int(widget.page.get("again", 0)) + 1
            widget.page = {**widget.page, "say": str(error), "say_wrong": True, "again": again}

    widget.on_msg(on_message)
    return widget


@cache
def _widget_class() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise NotConfigured(
            f"the review desk needs {error.name}: pip install 'yardwatch[notebooks]', then start `jupyter lab`"
        ) from None

    members = {
        "_esm": script(),
        "_css": _read("desk.css"),
        "page": traitlets.Dict().tag(sync=True),
    }
    return type("ReviewDeskWidget", (anywidget.AnyWidget,), members)


def _read(name: str) -> str:
    return (resources.files("yardwatch.review") / "desk" / name).read_text(encoding="utf-8")
