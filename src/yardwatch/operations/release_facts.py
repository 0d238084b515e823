"""What a report says of the model release that read the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yardwatch.detection import Release


def release_facts(release: Release) -> dict[str, str]:
    """Facts of a release for people, in the order to print."""
    facts = {
        "Release": f"{release.name} of {release.created}, {release.architecture}, licence {release.licence}",
        "Trained on": release.training_data,
        "May be used": f"at {release.gsd_range_m[0]:g} to {release.gsd_range_m[1]:g} m a pixel",
    }
    for band in release.quality:
        facts[f"Measured at {band.gsd_m[0]:g}-{band.gsd_m[1]:g} m"] = (
            f"finds {100 * band.recall:.0f} % of cars, {100 * band.precision:.0f} % of what it finds are cars "
            f"({band.cars:,} cars; {band.measured_on})"
        )
    if not release.quality:
        facts["Measured"] = "never: its counts have no interval and are judged against each other only"
    return facts
