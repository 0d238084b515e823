"""How log lines are written: for people, or one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the error with its traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(verbose: int) -> None:
    """Log to standard error: errors; with one ``-v`` what is done; with two everything; as YARDWATCH_LOG_FORMAT says.

    Raises:
        BadInput: when that setting is neither "text" nor "json".
    """
    from yardwatch.settings import load_settings

    handler = logging.StreamHandler()
    if load_settings().log_format == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.basicConfig(
        level=[logging.ERROR, logging.INFO, logging.DEBUG][min(verbose, 2)], handlers=[handler], force=True
    )
