"""What the classes of other people's labels mean here: which are counted, and as which class a car is trained."""

from __future__ import annotations

from yardwatch.errors import BadInput
from yardwatch.records import FREIGHT_PREFIX
from yardwatch.simulate.kinds import CLASSES

UNKNOWN = ""
"""A rail vehicle of unknown kind: neither demanded nor forbidden when measuring, greyed out when training."""

XVIEW = {33: UNKNOWN, 34: "coach", 35: "freight", 36: "freight_flat", 37: "freight_tank", 38: "locomotive"}
"""Rail vehicles among the official type ids of xView (``xview_class_labels.txt`` of the xView 2018 data: Railway
Vehicle, Passenger Car, Cargo Car, Flat Car, Tank car, Locomotive). A cargo car may be a box or an open car."""

_FREIGHT_WORDS = {"railcar", "railcars", "wagon", "wagons", "cargo_car"}
_SAME = {
    "box": "freight_box",
    "boxcar": "freight_box",
    "box_car": "freight_box",
    "open": "freight_open",
    "gondola": "freight_open",
    "hopper": "freight_open",
    "tank": "freight_tank",
    "tankcar": "freight_tank",
    "tank_car": "freight_tank",
    "flat": "freight_flat",
    "flatcar": "freight_flat",
    "flat_car": "freight_flat",
    "loco": "locomotive",
    "engine": "locomotive",
    "passenger_car": "coach",
    "passenger": "coach",
}
UNTYPED_AS = "freight_box"
"""The class of a freight car whose type its labels do not tell. The scores of all freight types are added up, so the
count does not depend on it; the types do."""


def plain_name(label: str) -> str:
    """A label as this package writes it: lower case, underscores, and our own word where there is one."""
    word = label.strip().lower().replace(" ", "_").replace("-", "_")
    if word in ("unknown", "ignore", "ignored"):
        return UNKNOWN
    return _SAME.get(word, word)


def kind_of(label: str) -> str:
    """Whether a class name is one that is counted: ``freight``, ``other`` or, where nobody knows, ``ignored``."""
    word = plain_name(label)
    if word == UNKNOWN:
        return "ignored"
    return "freight" if word.startswith(FREIGHT_PREFIX) or word in _FREIGHT_WORDS else "other"


def class_index(label: str, where: object) -> int | None:
    """The index in :data:`CLASSES` under which a car is trained; None for one of unknown kind.

    Raises:
        BadInput: for a class that is none of a railcar's; ``where`` names the file in the message.
    """
    word = plain_name(label)
    if word == UNKNOWN:
        return None
    if word in CLASSES:
        return CLASSES.index(word)
    if kind_of(word) == "freight":
        return CLASSES.index(UNTYPED_AS)
    raise BadInput(
        f"{where}: class {label!r} is not known; use {', '.join(CLASSES)}, 'freight' for an unknown type, or "
        "'unknown' for a rail vehicle that is to be left out"
    )
