"""The catalogs that yardwatch knows by name, and what somebody should know before asking one."""

from __future__ import annotations

from dataclasses import dataclass

from yardwatch.watchlist import SourceEntry

_SENTINEL_LICENCE = "Copernicus Sentinel data: free, full and open access"
_SENTINEL_ATTRIBUTION = "Contains modified Copernicus Sentinel data"


@dataclass(frozen=True)
class Offer:
    """A built-in source.

    Attributes:
        revisit: how often it sees one place, in words.
        login: what it wants before it lets anybody read, in words.
        note: what a first user should know.
    """

    entry: SourceEntry
    revisit: str
    login: str
    note: str


OFFERS = (
    Offer(
        SourceEntry(
            name="earth-search",
            kind="stac",
            url="https://earth-search.aws.element84.com/v1",
            collections=("sentinel-2-c1-l2a",),
            assets=("visual",),
            gsd_m=10.0,
            licence=_SENTINEL_LICENCE,
            attribution=_SENTINEL_ATTRIBUTION,
        ),
        revisit="about 5 days",
        login="none",
        note="Sentinel-2 on AWS; too coarse to count cars",
    ),
    Offer(
        SourceEntry(
            name="planetary-computer",
            kind="stac",
            url="https://planetarycomputer.microsoft.com/api/stac/v1",
            collections=("sentinel-2-l2a",),
            assets=("visual",),
            gsd_m=10.0,
            licence=_SENTINEL_LICENCE,
            attribution=_SENTINEL_ATTRIBUTION,
        ),
        revisit="about 5 days",
        login="none; a token is fetched just before each read",
        note="Sentinel-2 on Azure; too coarse to count cars",
    ),
    Offer(
        SourceEntry(
            name="earthview",
            kind="stac",
            url="https://satellogic-earthview.s3.us-west-2.amazonaws.com/stac/catalog.json",
            gsd_m=1.0,
            licence="CC-BY-4.0",
            attribution="Satellogic EarthView",
        ),
        revisit="a few scenes, most places none",
        login="none",
        note="static catalog of millions of items: a search walks long; counts at 1 m are marked low confidence",
    ),
    Offer(
        SourceEntry(
            name="umbra",
            kind="stac",
            url="https://umbra-open-data-catalog.s3.us-west-2.amazonaws.com/stac/catalog.json",
            licence="CC-BY-4.0",
            attribution="Umbra Lab, Inc.",
        ),
        revisit="a few scenes of chosen places",
        login="none",
        note="radar, 0.25 to 1 m: to look at; no model release counts cars on radar yet",
    ),
    Offer(
        SourceEntry(
            name="maxar-open-data",
            kind="stac",
            url="https://maxar-opendata.s3.amazonaws.com/events/catalog.json",
            assets=("visual",),
            licence="CC-BY-NC-4.0",
            attribution="Maxar Open Data Program",
        ),
        revisit="after disasters only",
        login="none",
        note="0.3 to 0.5 m",
    ),
)

PRESETS: dict[str, SourceEntry] = {offer.entry.name: offer.entry for offer in OFFERS}
