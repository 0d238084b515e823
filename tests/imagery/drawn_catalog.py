"""STAC documents drawn by hand, so that tests can spoil any of their fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drawn_rasters import GROUND_BOX, grey, wgs84, write
from shapely.geometry import mapping


def item(name: str, when: str | None = "2023-10-05T02:15:00Z", **properties: Any) -> dict[str, Any]:
    """A STAC item of the patch of ground whose picture lies beside it."""
    outline = wgs84(GROUND_BOX)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": json.loads(json.dumps(mapping(outline))),
        "bbox": list(outline.bounds),
        "properties": {"datetime": when, "platform": "drawn-1", "gsd": 0.5, **properties},
        "links": [],
        "assets": {"visual": {"href": f"./{name}.tif", "type": "image/tiff; application=geotiff", "roles": ["visual"]}},
    }


def collection(
    name: str, begin: str | None = None, end: str | None = None, bbox: list[float] | None = None
) -> dict[str, Any]:
    return {
        "type": "Collection",
        "stac_version": "1.0.0",
        "id": name,
        "description": "Drawn by a test.",
        "license": "CC-BY-4.0",
        "providers": [
            {"name": "Host", "roles": ["host"]},
            {"name": "Maker", "roles": ["producer", "licensor"]},
        ],
        "extent": {"spatial": {"bbox": [bbox or [-180, -90, 180, 90]]}, "temporal": {"interval": [[begin, end]]}},
        "links": [],
    }


def save(path: Path, document: Any, children: tuple[str, ...] = (), items: tuple[str, ...] = ()) -> Path:
    """Write a document with links to others."""
    if isinstance(document, dict):
        links = [{"rel": "child", "href": href} for href in children] + [
            {"rel": "item", "href": href} for href in items
        ]
        document = {**document, "links": links}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def static_catalog(folder: Path, *documents: Any) -> Path:
    """``catalog.json`` with one collection of these items and their pictures; a text is written as it is."""
    hrefs = []
    for number, document in enumerate(documents):
        name = document["id"] if isinstance(document, dict) else f"broken-{number}"
        save(folder / "scenes" / f"{name}.json", document)
        if isinstance(document, dict):
            write(folder / "scenes" / f"{name}.tif", grey(90 + number))
        hrefs.append(f"./{name}.json")
    save(folder / "scenes" / "collection.json", collection("scenes"), items=tuple(hrefs))
    root = {"type": "Catalog", "stac_version": "1.0.0", "id": "root", "description": "Drawn by a test."}
    return save(folder / "catalog.json", root, children=("./scenes/collection.json",))
