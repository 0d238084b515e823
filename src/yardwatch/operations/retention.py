"""Retention: let the pixels of looks go when their licence or their age says so; counts and detections stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from yardwatch.operations.evidence import picture_name
from yardwatch.watchlist import Retention

if TYPE_CHECKING:
    from yardwatch.records import Observation
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class Retirement:
    """What was let go, or would be.

    Attributes:
        chips: paths relative to the data root.
        pictures: those drawn from them.
        freed_mb: of both; 0 when nothing was removed.
    """

    chips: tuple[str, ...]
    pictures: tuple[str, ...]
    freed_mb: float
    dry_run: bool


def retire_chips(
    workspace: Workspace, rules: Sequence[Retention] | None = None, *, dry_run: bool = False
) -> Retirement:
    """Remove the chips that are older than their rule allows, and the pictures drawn from them.

    Age counts from when the pixels were recorded here. The first rule that fits a look's licence decides; a look that
    none fits is kept.

    Args:
        rules: default are those of the watch list.
        dry_run: only say what would go.
    """
    ledger, root = workspace.ledger, workspace.settings.root
    chosen = workspace.watchlist.retention if rules is None else tuple(rules)
    gone: dict[str, list[Observation]] = {}
    for seen in ledger.observations() if chosen else ():
        rule = _rule_of(seen, chosen)
        if rule is not None and _is_over(seen, rule, workspace.now()) and (root / str(seen.chip_path)).is_file():
            gone.setdefault(f"{rule.chips_days:g} days for licence {rule.licence}", []).append(seen)
    every = [seen for group in gone.values() for seen in group]
    pictures = _pictures(workspace, every)
    freed = 0
    if not dry_run:
        freed = sum((root / path).stat().st_size for path in pictures)
        for path in pictures:
            (root / path).unlink(missing_ok=True)
        freed += sum(ledger.retire_chips(group, why) for why, group in gone.items())
    chips = tuple(dict.fromkeys(str(seen.chip_path) for seen in every))
    return Retirement(chips, pictures, round(freed / 1e6, 3), dry_run)


def _rule_of(seen: Observation, rules: Sequence[Retention]) -> Retention | None:
    if seen.chip_path is None:
        return None
    return next((rule for rule in rules if fnmatch(seen.licence.lower(), rule.licence.lower())), None)


def _is_over(seen: Observation, rule: Retention, now: datetime) -> bool:
    return seen.recorded_at is not None and now - seen.recorded_at >= timedelta(days=rule.chips_days)


def _pictures(workspace: Workspace, gone: Sequence[Observation]) -> tuple[str, ...]:
    """Files of ``pictures/`` that show one of these looks."""
    folder = workspace.settings.root / "pictures"
    stems = [picture_name(seen).removesuffix(".jpg") for seen in gone]
    names = sorted(path.name for path in folder.iterdir()) if stems and folder.is_dir() else []
    shown = [name for name in names if any(name.startswith(stem) and "-chart" not in name for stem in stems)]
    return tuple(f"pictures/{name}" for name in shown)
