"""Files beside the tables: written beside and renamed, so that a path names a whole file or nothing."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyarrow.parquet as pq

from yardwatch.errors import BadInput
from yardwatch.ledger.faults import explain_file
from yardwatch.records import Observation

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

DETECTIONS = "detections"
CHIPS = "chips"
FOLDERS = (DETECTIONS, CHIPS)
"""The folders below the root that hold what rows name, and that a sweep looks into."""

LONGEST_PART = 150
"""Characters of one part of a look id; file systems take 255 bytes."""

METADATA_KEY = b"yardwatch"
"""Key of the Parquet metadata that says where detections come from."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def check_path_safe(look_id: str) -> None:
    """Refuse a look id that could lead out of its folder: ids come from catalogs of others.

    Raises:
        BadInput: naming the id.
    """
    for part in look_id.split("/"):
        if not part or part.startswith(".") or part != part.strip() or len(part) > LONGEST_PART or _UNSAFE.search(part):
            raise BadInput(
                f"look id {look_id!r} is not safe in a path: its parts are 1-{LONGEST_PART} characters, "
                'do not begin with a dot, and hold none of \\ : * ? " < > |'
            )


def new_path(folder: str, observation: Observation, suffix: str) -> str:
    """A path relative to the root that no other call ever makes: two writers never meet in one file."""
    release = re.sub(r"[^A-Za-z0-9._-]+", "-", observation.release).strip(".-")[:80] or "release"
    word = "SIMULATED-" if observation.simulated else ""
    name = f"{word}{release}-{secrets.token_hex(6)}{suffix}"
    return (PurePosixPath(folder) / observation.look_id / name).as_posix()


def write_whole(root: Path, relative: str, content: bytes) -> None:
    """Write ``content`` to ``root / relative`` so that it is there whole, on disk, or not at all.

    Raises:
        NotConfigured: naming the path, when the disk is full or the folder cannot be written.
    """
    path = root / relative
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        _make_folder(path.parent, root)
        with beside.open("xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise explain_file(error, path) from error


def read_whole(root: Path, relative: str) -> bytes:
    """The content of ``root / relative``.

    Raises:
        BadInput: naming the path, when the file is missing or cannot be read.
    """
    path = root / relative
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path}: {error.strerror}; the ledger names this file: restore it from a copy, "
            "or look again with a newer release"
        ) from error


def _make_folder(folder: Path, root: Path) -> None:
    made = [parent for parent in (folder, *folder.parents) if parent.is_relative_to(root) and not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for new in made:
        _sync_folder(new.parent)


def _sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def provenance_of(observation: Observation) -> dict[str, Any]:
    """What a file says of itself when it is met away from its ledger; plain JSON types."""
    return {
        "look_id": observation.look_id,
        "area_version": observation.area_version,
        "release": observation.release,
        "pipeline_version": observation.pipeline_version,
        "acquired_from": observation.acquired_from.isoformat(),
        "acquired_to": observation.acquired_to.isoformat(),
        "source": observation.source,
        "licence": observation.licence,
        "attribution": observation.attribution,
        "simulated": observation.simulated,
        "scenes": list(observation.scene_keys),
    }


def detections_to_parquet(detections: GeoDataFrame, provenance: Mapping[str, Any]) -> bytes:
    """GeoParquet: geometry as WKB in the CRS it came in, ``provenance`` as JSON under ``yardwatch``.

    Raises:
        BadInput: when the table has no geometry or a column that Parquet does not know.
    """
    plain = io.BytesIO()
    try:
        detections.to_parquet(plain, index=False, geometry_encoding="WKB")
    except (AttributeError, ValueError, TypeError) as error:
        raise BadInput(f"detections of {provenance.get('look_id')}: {error}") from error
    table = pq.read_table(plain)
    said = json.dumps(provenance, ensure_ascii=False).encode()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA_KEY: said})
    written = io.BytesIO()
    pq.write_table(table, written, compression="zstd")
    return written.getvalue()


def detections_from_parquet(content: bytes, path: Path) -> GeoDataFrame:
    """The detections of a file.

    Raises:
        BadInput: naming ``path``, when it is no GeoParquet.
    """
    try:
        return gpd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError) as error:
        raise BadInput(f"{path}: no GeoParquet file ({error}); restore it from a copy") from error
