"""A release measured anew: threshold and quality from held-out simulated pictures, into its manifest and its card."""

from __future__ import annotations

from yardwatch.detection import Release, load_release
from yardwatch.training.quality import Fixed, Held, fix_on_simulated
from yardwatch.training.release import quality_lines, requalify


def requalify_on_simulated(release: Release, held: Held) -> tuple[Release, Fixed]:
    """Fixes threshold and quality of a release that is not in use yet; returns it as it is then."""
    fixed = fix_on_simulated(release, held)
    write_down(release, fixed)
    return load_release(release.folder.parent, release.name), fixed


def write_down(release: Release, fixed: Fixed) -> None:
    """Threshold and quality into the manifest, the same table into the card."""
    requalify(release, fixed.threshold, fixed.rows)
    card = release.card_path.read_text(encoding="utf-8")
    before, _, after = card.partition("## Measured")
    told = f"Score threshold {fixed.threshold}.\n\n" + "\n".join(quality_lines(fixed.rows))
    _, _, rest = after.partition("## Use")
    part = release.card_path.with_suffix(".part")
    part.write_text(f"{before}## Measured\n\n{told}\n\n## Use{rest}", encoding="utf-8")
    part.replace(release.card_path)
