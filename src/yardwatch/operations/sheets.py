"""CSV files that people write by hand: published counts, known events, labels. A fault names file, line and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yardwatch.errors import BadInput
from yardwatch.operations.days import why_no_day

YES, NO = ("yes", "true", "1"), ("", "no", "false", "0")


@dataclass(frozen=True)
class Row:
    """One line of a sheet; cells without blanks around them, a missing column as an empty cell."""

    path: Path
    line: int
    cells: dict[str, str]

    def fault(self, column: str, problem: str) -> BadInput:
        """The error to raise for what a cell says."""
        return BadInput(f"{self.path}: line {self.line}: {column}: {problem}")

    def text(self, column: str) -> str:
        """A cell that must say something."""
        if not self.cells[column]:
            raise self.fault(column, "is empty; fill it in")
        return self.cells[column]

    def one_of(self, column: str, known: Sequence[str], default: str | None = None) -> str:
        """A cell that holds one of some words."""
        said = self.cells[column] or default or ""
        if said not in known:
            raise self.fault(column, f"{said!r} is unknown; write one of {', '.join(known)}")
        return said

    def yes(self, column: str) -> bool:
        """A cell that says yes or no; empty is no."""
        said = self.cells[column].lower()
        if said not in YES + NO:
            raise self.fault(column, f"{said!r} is neither yes nor no; write yes or leave it empty")
        return said in YES

    def number(self, column: str) -> float:
        """A finite number of zero or more."""
        try:
            value = float(self.text(column))
        except ValueError:
            raise self.fault(column, f"{self.cells[column]!r} is no number; write digits, e.g. 73") from None
        if not 0 <= value < 1e7:
            raise self.fault(column, f"{self.cells[column]} is no count; write a number from 0 on")
        return value

    def day(self, column: str) -> date:
        """A day as in 2023-10-05."""
        try:
            day = date.fromisoformat(self.text(column))
        except ValueError:
            raise self.fault(column, f"{self.cells[column]!r} is no day; write it as 2023-10-05") from None
        if (why := why_no_day(day)) is not None:
            raise self.fault(column, why)
        return day

    def days(self) -> tuple[date, date]:
        """First and last day: column ``date``, and ``until`` where the row says so."""
        first = self.day("date")
        last = self.day("until") if self.cells["until"] else first
        if last < first:
            raise self.fault("until", f"{last} lies before date {first}; swap them")
        return first, last


def _cells(path: Path, numbered: Sequence[tuple[int, str]]) -> list[list[str]]:
    reader = csv.reader([text for _, text in numbered])
    try:
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        line = numbered[min(reader.line_num, len(numbered)) - 1][0]
        raise BadInput(f"{path}: line {line}: {error}; shorten the cell, or close its quote") from None


def read_sheet(path: Path, needed: Sequence[str], optional: Sequence[str]) -> list[Row]:
    """The lines of a CSV file with a header; empty lines and lines that begin with ``#`` are passed over.

    Raises:
        BadInput: for a file that cannot be read, a column that is missing or unknown, or a line of another length.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); give a CSV file in UTF-8") from None
    numbered = [(i, text) for i, text in enumerate(lines, start=1) if text.strip() and not text.startswith("#")]
    cells = _cells(path, numbered)
    if not cells or len(cells) != len(numbered):
        raise BadInput(f"{path}: has no table of one line a row; the first line names {', '.join(needed)}")
    header = cells[0]
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            raise BadInput(f"{path}: line {numbered[0][0]}: {name} stand between the cells; save it with commas")
    known = (*needed, *optional)
    for column in needed:
        if column not in header:
            raise BadInput(f"{path}: column {column!r} is missing; it has {', '.join(header)}")
    for column in header:
        if column not in known:
            raise BadInput(f"{path}: column {column!r} is unknown; known are {', '.join(known)}")
    rows = []
    for (line, _), values in zip(numbered[1:], cells[1:], strict=True):
        if len(values) != len(header):
            raise BadInput(f"{path}: line {line}: has {len(values)} cells, the header {len(header)}; quote commas")
        rows.append(Row(path, line, dict.fromkeys(known, "") | dict(zip(header, values, strict=True))))
    return rows
