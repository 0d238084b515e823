"""Revisions: when a reading is one the ledger already has, and what number a new one takes.

The key of an observation is (look, area version, release, pipeline version, revision). Revisions of one such reading:

- An automatic reading from scenes that were all read before adds nothing. One that had more scenes (an adjacent tile,
  a better delivery) is the next revision, so a look that was opened again can change.
- A reviewed reading that says what the newest reviewed one says adds nothing; any other is the next revision, so two
  people who correct the same reading never overwrite each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePosixPath

from yardwatch.errors import BadInput
from yardwatch.ledger.identity import identify
from yardwatch.records import Observation

REVIEWED = "review:"
"""How the ``provenance`` of a reviewed observation begins."""

_SAID = ("measure", "value", "low", "high", "visible", "by_class", "reason", "confidence", "provenance")


def find_equal(observation: Observation, stored: Sequence[Observation]) -> Observation | None:
    """The stored revision that makes ``observation`` superfluous, if any; ``stored`` in the order of revisions."""
    if is_reviewed(observation):
        newest = next((other for other in reversed(stored) if is_reviewed(other)), None)
        return newest if newest is not None and _says_the_same(observation, newest) else None
    automatic = [other for other in stored if not is_reviewed(other)]
    if observation.revision > 0:
        return next((other for other in automatic if other.revision == observation.revision), None)
    read = set(observation.scene_keys)
    return next((other for other in reversed(automatic) if read <= set(other.scene_keys)), None)


def next_number(observation: Observation, stored: Sequence[Observation]) -> int:
    """The revision of a new observation: the one asked for where it lies beyond all others, else the next."""
    following = max((other.revision for other in stored), default=-1) + 1
    return max(observation.revision, following)


def is_reviewed(observation: Observation) -> bool:
    """Whether a person stands behind it."""
    return observation.provenance.startswith(REVIEWED)


def observation_id(observation: Observation) -> str:
    """The id that an observation's key makes."""
    return identify(
        "observation",
        observation.look_id,
        observation.area_version,
        observation.release,
        observation.pipeline_version,
        observation.revision,
    )


def check(observation: Observation) -> None:
    """Refuse what cannot be an observation.

    Raises:
        BadInput: naming the look and the field.
    """
    here = f"observation of {observation.look_id}"
    for name in ("acquired_from", "acquired_to"):
        if getattr(observation, name).tzinfo is None:
            raise BadInput(f"{here}: {name} has no time zone; give an aware time")
    if observation.value is None and observation.reason is None:
        raise BadInput(f"{here}: a null value needs a reason; no usable image is never zero cars")
    for name in ("value", "low", "high", "visible"):
        number = getattr(observation, name)
        if number is not None and not math.isfinite(number):
            raise BadInput(f"{here}: {name} is {number}; give a finite number, or null with a reason")
    if not 0 <= observation.visible <= 1:
        raise BadInput(f"{here}: visible is {observation.visible}; it is a share from 0 to 1")
    for name in ("detections_path", "chip_path"):
        path = getattr(observation, name)
        if path is not None and (PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts):
            raise BadInput(f"{here}: {name} {path!r} does not lie below the data root; give it relative to the root")


def _says_the_same(one: Observation, other: Observation) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)
