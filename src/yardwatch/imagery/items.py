"""From a STAC item to a scene. An item that lacks what a scene needs is refused with the reason, and passed over."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pystac.utils import make_absolute_href
from shapely import make_valid
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape

from yardwatch.errors import BadInput
from yardwatch.imagery.acquired import parse_time
from yardwatch.records import Asset, Hidden, Scene
from yardwatch.watchlist import SourceEntry

PASS_PROPERTIES = (
    "s2:datatake_id",
    "pl:strip_id",
    "pl:clear_strip_id",
    "umbra:collect_id",
    "satl:outcome_id",
    "capella:collect_id",
    "catalog_id",
    "strip_id",
)
SENTINEL_2_CLASSES: Mapping[int, Hidden] = {
    3: Hidden.CLOUD_SHADOW,
    8: Hidden.CLOUD,
    9: Hidden.CLOUD,
    10: Hidden.CLOUD,
    11: Hidden.SNOW,
}
"""Scene classification of Sentinel-2 level 2A: shadow, cloud of medium and high probability, thin cirrus, snow."""

CLASS_WORDS: Mapping[str, Hidden] = {
    "shadow": Hidden.CLOUD_SHADOW,
    "cloud": Hidden.CLOUD,
    "cirrus": Hidden.CLOUD,
    "haze": Hidden.HAZE,
    "snow": Hidden.SNOW,
}
RASTER_TYPES = ("image/tiff", "image/jp2", "image/vnd.stac.geotiff", "image/x.geotiff")


@dataclass(frozen=True)
class CollectionFacts:
    """What a collection says for all of its items."""

    licence: str | None = None
    providers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class _Item:
    """An item with its place, for messages."""

    item_id: str
    href: str
    properties: Mapping[str, Any]
    assets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def number(self, name: str) -> float | None:
        """A property that is a finite number, or None."""
        return _finite(self.properties.get(name))

    def text(self, name: str) -> str | None:
        """A property that is a text that says something, or None."""
        value = self.properties.get(name)
        return _written(str(value)) if value not in (None, "") else None


def scene_from_item(data: Mapping[str, Any], href: str, entry: SourceEntry, collection: CollectionFacts) -> Scene:
    """The scene of a STAC item (any version since 1.0).

    Args:
        data: the item as JSON.
        href: where it was read; relative hrefs of its assets start there.
        entry: what the watch list says; its fields win over the item's, but for times and geometry.

    Raises:
        BadInput: naming the item, the field and the mend.
    """
    item = _read(data, href)
    begin, end = _times(item)
    assets = _picture_assets(item, entry)
    return Scene(
        source=entry.name,
        scene_id=item.item_id,
        acquired_from=begin,
        acquired_to=end,
        platform=item.text("platform") or entry.platform or item.text("constellation") or "unknown",
        gsd_m=_gsd(item, assets, entry),
        licence=entry.licence or item.text("license") or collection.licence or "unknown",
        attribution=entry.attribution or _credits(item.properties.get("providers") or collection.providers),
        footprint=_footprint(data, item),
        assets=tuple([_asset(item, key, role) for key, role in assets] + _cloud_masks(item)),
        simulated=item.properties.get("yardwatch:simulated") is True,
        pass_id=next((text for name in PASS_PROPERTIES if (text := item.text(name))), None),
        cloud_cover=_share(item.number("eo:cloud_cover")),
        off_nadir_deg=item.number("view:off_nadir"),
        sun_azimuth_deg=item.number("view:sun_azimuth"),
        sun_elevation_deg=item.number("view:sun_elevation"),
        updated=parse_time(item.text("updated") or ""),
    )


def collection_facts(data: Mapping[str, Any]) -> CollectionFacts:
    """Licence and providers of a collection's JSON; what is malformed is left out."""
    providers = data.get("providers")
    known = tuple(one for one in providers if isinstance(one, Mapping)) if isinstance(providers, list) else ()
    licence = data.get("license")
    return CollectionFacts(licence if isinstance(licence, str) else None, known)


def _read(data: Mapping[str, Any], href: str) -> _Item:
    item_id, properties, assets = data.get("id"), data.get("properties"), data.get("assets")
    if not isinstance(item_id, str) or not item_id:
        raise BadInput(f"{href}: id: the item has none; mend the catalog")
    if not isinstance(properties, Mapping) or not isinstance(assets, Mapping):
        raise BadInput(f"item {item_id}: properties and assets must be objects; mend the catalog")
    whole = {
        key: asset for key, asset in assets.items() if isinstance(asset, Mapping) and isinstance(asset.get("href"), str)
    }
    return _Item(_written(item_id), href, properties, whole)


def _written(text: str) -> str:
    """``text`` as it can be stored: JSON may hold halves of surrogate pairs, which no file or database takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _times(item: _Item) -> tuple[datetime, datetime]:
    begin = parse_time(item.text("start_datetime") or item.text("datetime") or "")
    end = parse_time(item.text("end_datetime") or item.text("datetime") or "")
    if begin is None or end is None or end < begin:
        raise BadInput(f"item {item.item_id}: datetime: does not say when it was acquired; mend the catalog")
    return begin, end


def _footprint(data: Mapping[str, Any], item: _Item) -> Polygon | MultiPolygon:
    try:
        outline = shape(data["geometry"])
        if not outline.is_valid:
            outline = make_valid(outline)
    except (KeyError, TypeError, ValueError, AttributeError, ShapelyError):
        raise BadInput(f"item {item.item_id}: geometry: is no polygon; mend the catalog") from None
    parts = [part for part in getattr(outline, "geoms", [outline]) if isinstance(part, Polygon) and not part.is_empty]
    if not parts:
        raise BadInput(f"item {item.item_id}: geometry: is no polygon; mend the catalog")
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _roles(asset: Mapping[str, Any]) -> Sequence[str]:
    return [str(role) for role in _listed(asset.get("roles"))]


def _listed(value: Any) -> Sequence[Any]:
    """A member that should be a list, or an empty one."""
    return value if isinstance(value, list | tuple) else ()


def _is_raster(asset: Mapping[str, Any]) -> bool:
    kind = str(asset.get("type") or "")
    return kind.startswith(RASTER_TYPES) or (
        not kind and str(asset["href"]).lower().endswith((".tif", ".tiff", ".jp2"))
    )


def _picture_assets(item: _Item, entry: SourceEntry) -> list[tuple[str, str]]:
    """(key, role) of the assets that hold the picture: those the watch list names, else the visual or data ones."""
    if entry.assets:
        chosen = [(key, "visual" if key == "visual" else "data") for key in entry.assets if key in item.assets]
    else:
        rasters = {key: _roles(asset) for key, asset in item.assets.items() if _is_raster(asset)}
        chosen = [(key, "visual") for key, roles in rasters.items() if key == "visual" or "visual" in roles][:1]
        chosen = chosen or [(key, "data") for key, roles in rasters.items() if "data" in roles]
    if not chosen:
        wanted = ", ".join(entry.assets) or "visual, or one of role data"
        raise BadInput(
            f"item {item.item_id}: assets: none is {wanted}; it has {', '.join(item.assets) or 'none'}: "
            "name one by assets in yardwatch.toml"
        )
    return chosen


def _gsd(item: _Item, assets: list[tuple[str, str]], entry: SourceEntry) -> float:
    for key, _ in assets:
        own = _finite(item.assets[key].get("gsd"))
        if own is not None and own > 0:
            return own
        for band in _bands(item.assets[key]):
            said = band.get("spatial_resolution") or band.get("raster:spatial_resolution") or band.get("gsd")
            own = _finite(said)
            if own is not None and own > 0:
                return own
    own = item.number("gsd") or entry.gsd_m
    if own is None or own <= 0:
        raise BadInput(
            f"item {item.item_id}: gsd: neither it nor its assets say one; set gsd_m of the source in yardwatch.toml"
        )
    return float(own)


def _finite(value: Any) -> float | None:
    """A number of a document, or None: JSON as Python reads it may hold 1e999 and whole numbers beyond any float."""
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _bands(asset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an asset says of its bands: ``bands`` of STAC 1.1 and the older ``eo:bands`` and ``raster:bands``."""
    merged: list[dict[str, Any]] = []
    for member in ("bands", "eo:bands", "raster:bands"):
        for number, band in enumerate(_listed(asset.get(member))):
            if number == len(merged):
                merged.append({})
            if isinstance(band, Mapping):
                merged[number].update(
                    {key.removeprefix("raster:").removeprefix("eo:"): value for key, value in band.items()}
                )
    return merged


def _asset(item: _Item, key: str, role: str) -> Asset:
    asset = item.assets[key]
    bands = _bands(asset)
    names = tuple(str(band.get("common_name") or band.get("name") or "") for band in bands)
    nodata = next((band["nodata"] for band in bands if band.get("nodata") is not None), asset.get("nodata"))
    extra: dict[str, Any] = {"raster:bands": [{k: band.get(k) for k in ("scale", "offset")} for band in bands]}
    if isinstance(nodata, int | float):
        extra["nodata"] = nodata
    return Asset(_absolute(item, asset), role, names if any(names) else (), extra=extra)


def _absolute(item: _Item, asset: Mapping[str, Any]) -> str:
    try:
        return make_absolute_href(str(asset["href"]), item.href)
    except ValueError as error:
        raise BadInput(f"item {item.item_id}: assets: a href is no address ({error}); mend the catalog") from None


def _cloud_masks(item: _Item) -> list[Asset]:
    """The item's own mask of the sky, where it has one that we can read."""
    for key, asset in item.assets.items():
        if key.lower() == "scl" and _is_raster(asset):
            return [_mask(item, asset, SENTINEL_2_CLASSES)]
    for asset in item.assets.values():
        if _is_raster(asset) and {"cloud", "cloud-shadow", "snow-ice"} & set(_roles(asset)):
            return [_mask(item, asset, dict(_described(asset)))]
    return []


def _described(asset: Mapping[str, Any]) -> Iterator[tuple[int, Hidden]]:
    """Class numbers that hide the ground, by the names that ``classification:classes`` gives them."""
    classes = list(_listed(asset.get("classification:classes")))
    for band in _bands(asset):
        classes += _listed(band.get("classification:classes"))
    for one in classes:
        name = str(one.get("name") or one.get("description") or "").lower() if isinstance(one, Mapping) else ""
        clear = any(word in name for word in ("not", "no_", "no ", "clear", "free"))
        for word, code in CLASS_WORDS.items():
            if word in name and not clear and isinstance(one.get("value"), int):
                yield one["value"], code
                break


def _mask(item: _Item, asset: Mapping[str, Any], classes: Mapping[int, Hidden]) -> Asset:
    table = {str(value): int(code) for value, code in classes.items()}
    return Asset(_absolute(item, asset), "cloud", (), tuple(classes), {"hidden": table})


def _credits(providers: Any) -> str:
    """Names of who made and who licenses the imagery, each once; of all providers where none has these roles."""
    named = [one for one in _listed(providers) if isinstance(one, Mapping) and one.get("name")]
    chosen = [one for one in named if {"producer", "licensor"} & set(map(str, _listed(one.get("roles"))))] or named
    return ", ".join(dict.fromkeys(str(one["name"]) for one in chosen))


def _share(percent: float | None) -> float | None:
    return None if percent is None else min(max(percent / 100.0, 0.0), 1.0)
