"""Bytes that a web server sends for one area's read, over the bytes of the blocks that the area meets.

    python benchmarks/bytes.py [--size 8192] [--peers PYTHON]

nginx (apt: nginx-light) serves a tiled COG on loopback and logs what it sends. Each reader runs in a process of its
own, so that nothing is cached. ``--peers`` names the python of an environment with rio-tiler and odc-stac, which then
read the same ground: rio-tiler by ``Reader.part``, odc-stac by ``load``. Their time includes no import.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import rasterio
from rasterio.transform import from_origin

WEST, NORTH, PIXEL_M, CRS = 632_000.0, 4_697_000.0, 0.5, "EPSG:32652"
AREA_M = (700.0, 500.0, 1_300.0, 400.0)  # offsets west and north of the corner, width, height

OURS = """
import time
import httpcore
from yardwatch.imagery.addresses import allowed
from yardwatch.imagery.reading import BandHints, read_rgb
from yardwatch.imagery.hosts import HostRule
from yardwatch.imagery.web import Web
from yardwatch.records import Grid
from dataclasses import replace
grid = Grid("{crs}", (0.5, 0, {left}, 0, -0.5, {top}), round({width} / 0.5), round({height} / 0.5), 0.5)
address = replace(allowed("{url}", None), web=Web(HostRule.of("{url}", False)))
begun = time.perf_counter()
patch = read_rgb(address, grid, BandHints())
print(time.perf_counter() - begun, patch.valid.mean())
"""
RIO_TILER = """
import os, time
os.environ.update(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_HTTP_MERGE_CONSECUTIVE_RANGES="YES")
from rio_tiler.io import Reader
from rasterio.crs import CRS
begun = time.perf_counter()
with Reader("{url}") as file:
    crs = CRS.from_string("{crs}")
    part = file.part(({left}, {top} - {height}, {left} + {width}, {top}), bounds_crs=crs, dst_crs=crs, max_size=None)
print(time.perf_counter() - begun, part.mask.mean() / 255)
"""
ODC = """
import os, time
os.environ.update(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_HTTP_MERGE_CONSECUTIVE_RANGES="YES")
import datetime, pystac
from odc.stac import load
from odc.geo.geobox import GeoBox
from odc.geo.geom import box
from affine import Affine
lonlat = box({west}, {north} - {side}, {west} + {side}, {north}, "{crs}").to_crs("EPSG:4326")
item = pystac.Item("a", lonlat.json, list(lonlat.boundingbox.bbox), datetime.datetime(2023, 10, 5), {{}})
item.add_asset("visual", pystac.Asset("{url}", media_type=pystac.MediaType.COG, roles=["data"],
    extra_fields={{"eo:bands": [{{"name": name}} for name in "rgb"], "raster:bands": [{{"data_type": "uint8"}}] * 3}}))
box_ = GeoBox((round({height} / 0.5), round({width} / 0.5)), Affine(0.5, 0, {left}, 0, -0.5, {top}), "{crs}")
begun = time.perf_counter()
cube = load([item], bands=["visual.1", "visual.2", "visual.3"], geobox=box_)
print(time.perf_counter() - begun, float((cube["visual.1"] > 0).mean()))
"""


def draw(path: Path, size: int) -> None:
    """A noisy COG of 0.5 m: noise does not compress, so that blocks are as large as those of real ground."""
    rng = np.random.default_rng(1)
    profile = {"driver": "COG", "dtype": "uint8", "count": 3, "crs": CRS, "compress": "DEFLATE", "blocksize": 512}
    where = from_origin(WEST, NORTH, PIXEL_M, PIXEL_M)
    with rasterio.open(path, "w", width=size, height=size, transform=where, **profile) as file:
        for band in (1, 2, 3):
            file.write(np.clip(rng.normal(90, 12, (size, size)), 1, 255).astype(np.uint8), band)


def serve(folder: Path) -> tuple[subprocess.Popen[bytes], str, Path]:
    """nginx on a free port of loopback, its log of bytes sent."""
    program = shutil.which("nginx")
    if program is None:
        raise click.ClickException("nginx is not installed: apt-get install nginx-light")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    temps = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ {temps}
  log_format sent '$body_bytes_sent $request_method $status $http_range'; access_log {folder}/sent.log sent;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}""")
    server = subprocess.Popen([program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    return server, f"http://127.0.0.1:{port}/a.tif", folder / "sent.log"


def block_bytes(path: Path) -> int:
    """Stored bytes of the blocks that meet the area."""
    total = 0
    with rasterio.open(path) as file:
        rows, cols = file.block_shapes[0]
        left, top, width, height = (metres / PIXEL_M for metres in AREA_M)
        for y in range(int(top // rows), int(-(-(top + height) // rows))):
            for x in range(int(left // cols), int(-(-(left + width) // cols))):
                total += int(file.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", bidx=1))
    return total


@click.command(help=__doc__)
@click.option("--size", default=8192, show_default=True, help="Pixels a side of the COG.")
@click.option("--peers", type=click.Path(path_type=Path, exists=True), help="Python of the peers' environment.")
def main(size: int, peers: Path | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="yardwatch-bytes-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "www").mkdir()
    draw(folder / "www" / "a.tif", size)
    server, url, log = serve(folder)
    west, north, width, height = AREA_M
    names = {
        "crs": CRS, "url": url, "left": WEST + west, "top": NORTH - north, "width": width, "height": height,
        "west": WEST, "north": NORTH, "side": size * PIXEL_M,
    }  # fmt: skip
    try:
        needed = block_bytes(folder / "www" / "a.tif")
        click.echo(f"blocks that meet the area: {needed} bytes of {(folder / 'www' / 'a.tif').stat().st_size}")
        readers = {"yardwatch": (sys.executable, OURS)}
        if peers is not None:
            readers |= {"rio-tiler": (str(peers), RIO_TILER), "odc-stac": (str(peers), ODC)}
        for name, (python, code) in readers.items():
            seconds = []
            for _ in range(3):
                log.write_text("")
                done = subprocess.run([python, "-c", code.format(**names)], capture_output=True, text=True, check=False)
                if done.returncode:
                    raise click.ClickException(f"{name}: {done.stderr.strip().splitlines()[-1]}")
                seconds.append(float(done.stdout.split()[0]))
            lines = [line.split() for line in log.read_text().splitlines()]
            sent = sum(int(line[0]) for line in lines if line[1] == "GET")
            click.echo(
                f"{name}: {sent} bytes in {len(lines)} requests, {sent / needed:.3f} of the blocks, "
                f"best of 3 {min(seconds):.3f} s"
            )
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
