"""What one counts in, for each measure, and how much of it one car is worth.

The model reasons in cars: a series of metres is divided by the length of a mean car, so that noise and thresholds mean
the same in every measure. A point of activity, one 10 m pixel that is unlike itself, stands for a car as it is. What is
said is in the measure's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from yardwatch.records import Measure


@dataclass(frozen=True)
class Unit:
    """A unit in words.

    Attributes:
        one, more: its name, singular and plural.
        quantum: what stands for one car, in this unit; the model's noise below the negative binomial's own is Poisson
            in it.
        found: the verb that says how a value came about.
    """

    one: str
    more: str
    quantum: float = 1.0
    found: str = "counted"

    def number(self, value: float) -> str:
        """A value without needless decimals."""
        return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"

    def quantity(self, value: float) -> str:
        """A value with its unit."""
        shown = self.number(value)
        return f"{shown} {self.one if shown == '1' else self.more}"


UNITS: dict[Measure, Unit] = {
    "count": Unit("freight car", "freight cars"),
    "occupied_m": Unit("metre of occupied track", "metres of occupied track", quantum=14.0, found="measured"),
    "activity": Unit("point of activity", "points of activity", found="seen"),
}
"""A mean car is 14 m long, the conditional wagon of Russian statistics."""
