"""Look at one picture file: count it without a ledger, and leave the annotated picture and the detections beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yardwatch import PIPELINE_VERSION
from yardwatch.areas import searched_mask, searched_mode
from yardwatch.counting import LookProvenance, Sighting, count_look, may_count
from yardwatch.detection import empty_detections
from yardwatch.errors import BadInput
from yardwatch.imagery import Picture, open_picture, picture_time, screen, visibility
from yardwatch.operations.laying import lay_on_tracks
from yardwatch.records import Look
from yardwatch.report import PictureCaption, annotated_picture
from yardwatch.report.atomic import beside
from yardwatch.report.wording import bound, percent, pixel_size, quantity, why_no_value

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from yardwatch.records import AreaVersion, Observation
    from yardwatch.workspace import Workspace


@dataclass(frozen=True)
class PictureCount:
    """What one picture was read as, and where its evidence lies."""

    observation: Observation
    picture: Path
    detections: Path

    def sentence(self) -> str:
        """One line: count, interval, what was visible, release."""
        seen = self.observation
        if seen.value is None:
            said = f"not counted: {why_no_value(seen)}"
        elif seen.low is None or seen.high is None:
            said = f"{quantity(seen.value, seen.measure)}, no interval (the release was never measured at this GSD)"
        else:
            said = f"{quantity(seen.value, seen.measure)}, 90 % interval {bound(seen.low)} to {bound(seen.high)}"
        doubt = ", low confidence" if seen.value is not None and seen.confidence == "low" else ""
        sharpness = f"{pixel_size(max(seen.gsd_m, seen.effective_gsd_m))} GSD"
        return f"{said}{doubt}; {percent(seen.visible)} visible at {sharpness}; release {seen.release}"

    def summary(self) -> dict[str, Any]:
        """The same for a script."""
        seen = self.observation
        return {
            "count": seen.count,
            "low": seen.low,
            "high": seen.high,
            "visible": round(seen.visible, 4),
            "gsd_m": seen.gsd_m,
            "effective_gsd_m": seen.effective_gsd_m,
            "confidence": seen.confidence,
            "reason": seen.reason,
            "by_class": dict(seen.by_class),
            "registration_m": seen.registration_m,
            "placed": seen.placed,
            "release": seen.release,
            "pipeline_version": seen.pipeline_version,
            "detections": self.detections,
            "picture": self.picture,
        }


def count_picture(
    workspace: Workspace, path: Path, out: Path, *, area_name: str | None = None, gsd_m: float | None = None
) -> PictureCount:
    """Count the freight cars of a picture file.

    Args:
        out: folder for ``<name>.annotated.png`` and ``<name>.detections.parquet``; boxes are in the CRS of the grid
            they were read on, or in pixels of the picture where it has no georeference.
        area_name: search only this area, as it stood when the picture was taken; of a picture that does not say when,
            as it stands now.
        gsd_m: ground sample distance, needed where the file has no georeference.

    Raises:
        BadInput: when the file cannot be read, misses the area, was taken when the area had no geometry, or has neither
            georeference nor GSD.
    """
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; correct the path")
    release = workspace.release
    version = None if area_name is None else _version(workspace, area_name, path)
    picture = open_picture(path, gsd_m, version, lambda gsd: release.pixel_m if may_count(gsd, release) else gsd)
    chip, searched, registration_m = screen(picture.chip, version), picture.outline_mask, None
    if version is not None and may_count(max(chip.gsd_m, chip.effective_gsd_m), release):
        laid, registration_m = lay_on_tracks(workspace, chip, version)
        if laid is not chip:
            chip, searched = laid, searched_mask(version, laid.grid)
    seen = visibility(chip, version, searched)
    detections = empty_detections(chip.grid.crs)
    if may_count(max(chip.gsd_m, chip.effective_gsd_m), release) and seen.share > 0:
        detections = workspace.detector.detect(chip, searched)
    sighting = Sighting(chip, searched, detections, seen, release)
    provenance = replace(_provenance(picture, area_name, version), registration_m=registration_m)
    observation = count_look(sighting, provenance, minimum_visible=workspace.watchlist.minimum_visible)
    caption = PictureCaption.of_file(path.name, observation, picture.acquired)
    out.mkdir(parents=True, exist_ok=True)
    drawn = annotated_picture(chip, detections, caption, out / f"{path.stem}.annotated.png")
    return PictureCount(observation, drawn, _write(detections, out / f"{path.stem}.detections.parquet"))


def _version(workspace: Workspace, area_name: str, path: Path) -> AreaVersion:
    area, taken = workspace.area(area_name), picture_time(path)
    if taken is None:
        return area.versions[-1]
    version = area.at(taken)
    if version is None:
        spans = ", ".join(f"{one.valid_from} to {one.valid_to or 'now'}" for one in area.versions)
        raise BadInput(
            f"{path}: was taken on {taken:%Y-%m-%d}, and the area file of {area_name} has no geometry of that day "
            f"(it has {spans}); add a version to it, or leave --area out"
        )
    return version


def _provenance(picture: Picture, area_name: str | None, version: AreaVersion | None) -> LookProvenance:
    scene = picture.scene
    look = Look(
        look_id=f"picture/{scene.scene_id}",
        area=area_name or "",
        platform=scene.platform,
        pass_id=scene.scene_id,
        acquired_from=scene.acquired_from,
        acquired_to=scene.acquired_to,
        scenes=(scene,),
    )
    if version is None:
        return LookProvenance(look, "", PIPELINE_VERSION)
    return LookProvenance(look, version.area_version, PIPELINE_VERSION, searched_mode(version))


def _write(detections: GeoDataFrame, path: Path) -> Path:
    """GeoParquet, whole or not at all."""
    try:
        with beside(path) as partial:
            detections.to_parquet(partial)
        return path
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}; name another folder with --out") from None
