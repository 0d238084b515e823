"""What a WMTS says of itself, as far as it leads to a tile template: OGC 07-057r7, clause 7.1 (GetCapabilities)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from yardwatch.errors import BadInput
from yardwatch.imagery.addresses import redacted
from yardwatch.imagery.web import Web

WMTS, OWS = "{http://www.opengis.net/wmts/1.0}", "{http://www.opengis.net/ows/1.1}"
LARGEST_CAPABILITIES_BYTES = 20_000_000
SCALE_AT_ZOOM_0 = 559_082_264.028_717_8
"""Scale denominator of the single tile of GoogleMapsCompatible with 256 pixels (07-057r7, annex E.4)."""


@dataclass(frozen=True)
class Layer:
    """A layer in web Mercator.

    Attributes:
        template: with {z}, {x}, {y} and perhaps {time}.
        matrix: what stands for the zoom level.
    """

    template: str
    matrix: str


def read_layer(web: Web, url: str, name: str, zoom: int) -> Layer:
    """Layer ``name`` of the capabilities at ``url``.

    Raises:
        TryAgain, NotConfigured, Refused: see :meth:`yardwatch.imagery.web.Web.get`.
        BadInput: for what is no capabilities document, or has no such layer in web Mercator at this zoom level.
    """
    label = redacted(url)
    content = web.get(url, most_bytes=LARGEST_CAPABILITIES_BYTES).content
    if b"<!DOCTYPE" in content[:4096].upper() or b"<!ENTITY" in content.upper():
        raise BadInput(f"{label}: is no WMTS capabilities document; give the url that ends in WMTSCapabilities.xml")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise BadInput(f"{label}: is no XML; give the url of the WMTS capabilities") from None
    layers = {layer.findtext(f"{OWS}Identifier"): layer for layer in root.iter(f"{WMTS}Layer")}
    if name not in layers:
        known = ", ".join(sorted(filter(None, layers))[:20]) or "none"
        raise BadInput(f"{label}: has no layer {name!r}; it has {known}")
    matrix_set, matrix = _mercator(root, layers[name], zoom, f"{label}: layer {name}")
    return Layer(_template(root, layers[name], matrix_set, url), matrix)


def _mercator(root: ElementTree.Element, layer: ElementTree.Element, zoom: int, label: str) -> tuple[str, str]:
    """(set, matrix) of the layer whose scale is that of ``zoom`` in web Mercator."""
    linked = {link.findtext(f"{WMTS}TileMatrixSet") for link in layer.iter(f"{WMTS}TileMatrixSetLink")}
    for one in root.iter(f"{WMTS}TileMatrixSet"):
        name, crs = one.findtext(f"{OWS}Identifier"), one.findtext(f"{OWS}SupportedCRS") or ""
        if name is None or name not in linked or not re.search(r"(3857|900913)$", crs):
            continue
        for matrix in one.iter(f"{WMTS}TileMatrix"):
            tile_px = _number(matrix.findtext(f"{WMTS}TileWidth")) or 256.0
            scale = _number(matrix.findtext(f"{WMTS}ScaleDenominator"))
            wanted = SCALE_AT_ZOOM_0 / 2**zoom * 256 / tile_px
            identifier = matrix.findtext(f"{OWS}Identifier")
            if scale is not None and identifier is not None and abs(scale / wanted - 1) < 0.01:
                return name, identifier
    raise BadInput(f"{label}: is not served in web Mercator (EPSG:3857) at zoom {zoom}; set another zoom or layer")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _template(root: ElementTree.Element, layer: ElementTree.Element, matrix_set: str, url: str) -> str:
    style = layer.findtext(f"{WMTS}Style/{OWS}Identifier") or "default"
    known = {"TileMatrixSet": matrix_set, "style": style, "TileMatrix": "{z}", "TileCol": "{x}", "TileRow": "{y}"}
    resources = [one for one in layer.iter(f"{WMTS}ResourceURL") if one.get("resourceType") == "tile"]
    if resources:
        template = resources[0].get("template") or ""
        for name, value in {**known, "Style": style, "Time": "{time}", "TIME": "{time}"}.items():
            template = template.replace(f"{{{name}}}", value)
        return template
    parts = urlsplit(url)
    kept = [
        (key, value) for key, value in parse_qsl(parts.query) if key.lower() not in ("service", "request", "version")
    ]
    query = [
        *kept,
        ("SERVICE", "WMTS"),
        ("REQUEST", "GetTile"),
        ("VERSION", "1.0.0"),
        ("LAYER", layer.findtext(f"{OWS}Identifier") or ""),
        ("STYLE", style),
        ("FORMAT", layer.findtext(f"{WMTS}Format") or "image/png"),
        ("TILEMATRIXSET", matrix_set),
    ]
    open_ends = "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    timed = "&TIME={time}" if layer.find(f"{WMTS}Dimension") is not None else ""
    return parts._replace(query=urlencode(query)).geturl() + open_ends + timed
