"""A look is read from as few scenes as cover the area, and a time-out is not a judgement on the sky."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from drawn_rasters import GROUND_BOX, HEIGHT_M, NORTH, NOW, WEST, chip_of, grey, grid_of, scene_of, wgs84
from shapely.geometry import box

from yardwatch.errors import BadInput, NotConfigured, Refused, TryAgain, YardwatchError
from yardwatch.imagery import read_look
from yardwatch.imagery.scene_reading import ReadChip
from yardwatch.records import Chip, Grid, Hidden, Look, Scene

WEST_HALF = wgs84(box(WEST, NORTH - HEIGHT_M, WEST + 60, NORTH))
EAST_HALF = wgs84(box(WEST + 60, NORTH - HEIGHT_M, WEST + 120, NORTH))


class Shelf:
    """A source that gives chips, or errors, from a shelf and remembers what was asked."""

    name = "drawn"

    def __init__(self, shelf: Mapping[str, Chip | YardwatchError]) -> None:
        self.shelf, self.asked = shelf, []

    def search(self, footprint: Any, since: datetime, until: datetime) -> Any:
        raise NotImplementedError

    def take_warnings(self) -> tuple[str, ...]:
        return ()

    def read(self, scene: Scene, grid: Grid) -> Chip:
        self.asked.append(scene.scene_id)
        found = self.shelf[scene.scene_id]
        if isinstance(found, YardwatchError):
            raise found
        return found


def half(value: int, side: str) -> ReadChip:
    valid = np.zeros((160, 240), np.bool_)
    valid[:, slice(0, 120) if side == "west" else slice(120, 240)] = True
    return chip_of((grey(value) * valid).astype(np.uint8), valid=valid)


def read(shelf: Shelf, *scenes: Scene, **options: Any) -> ReadChip:
    look = Look("tumangang/drawn-1/x", "tumangang", "drawn-1", "x", NOW, NOW, scenes)
    return read_look(look, grid_of(), {"drawn": shelf}, **options)


WHOLE = wgs84(GROUND_BOX)
A, B = scene_of(scene_id="a", footprint=WHOLE), scene_of(scene_id="b", footprint=WHOLE)
W, E = scene_of(scene_id="w", footprint=WEST_HALF), scene_of(scene_id="e", footprint=EAST_HALF)


def test_a_duplicate_is_not_read_where_the_first_delivery_covers() -> None:
    shelf = Shelf({"a": chip_of(grey(90)), "b": chip_of(grey(200))})
    chip = read(shelf, A, B)
    assert shelf.asked == ["a"]
    assert chip.valid.all()
    assert chip.scenes == ("drawn:a",)


def test_tiles_of_a_pass_are_laid_side_by_side() -> None:
    shelf = Shelf({"w": half(90, "west"), "e": half(200, "east")})
    chip = read(shelf, W, E)
    assert chip.valid.all()
    assert chip.pixels[0, 80, [10, 230]].tolist() == [90, 200]
    assert chip.scenes == ("drawn:w", "drawn:e")


def test_the_first_scene_wins_where_two_overlap() -> None:
    shelf = Shelf({"w": half(90, "west"), "a": chip_of(grey(200))})
    chip = read(shelf, W, A)
    assert chip.pixels[0, 80, [10, 230]].tolist() == [90, 200]


def test_a_black_delivery_gives_way_to_a_good_one() -> None:
    black = chip_of(grey(0), valid=np.zeros((160, 240), np.bool_))
    chip = read(Shelf({"a": black, "b": chip_of(grey(200))}), A, B)
    assert chip.valid.all()


def test_a_look_of_black_tiles_alone_is_no_data_and_no_error() -> None:
    black = chip_of(grey(0), valid=np.zeros((160, 240), np.bool_))
    assert not read(Shelf({"a": black}), A).valid.any()


@pytest.mark.parametrize("error", [TryAgain("time-out"), BadInput("broken"), Refused("no"), NotConfigured("login")])
def test_an_unreadable_scene_gives_way_to_its_duplicate(error: YardwatchError) -> None:
    shelf = Shelf({"a": error, "b": chip_of(grey(200))})
    assert read(shelf, A, B).scenes == ("drawn:b",)


def test_a_time_out_that_leaves_ground_uncovered_is_not_a_judgement_on_the_sky() -> None:
    shelf = Shelf({"w": half(90, "west"), "e": TryAgain("e timed out", 30.0)})
    with pytest.raises(TryAgain, match="tumangang/drawn-1/x: e timed out") as caught:
        read(shelf, W, E)
    assert caught.value.retry_after_s == 30.0
    partial = read(shelf, W, E, accept_partial=True)
    assert partial.valid.mean() == pytest.approx(0.5)


def test_a_broken_tile_costs_its_own_ground_alone() -> None:
    chip = read(Shelf({"w": half(90, "west"), "e": BadInput("e is broken")}), W, E)
    assert chip.valid.mean() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([TryAgain("x"), TryAgain("y")], TryAgain),
        ([BadInput("x"), TryAgain("y")], TryAgain),
        ([BadInput("x"), BadInput("y")], BadInput),
        ([BadInput("x"), NotConfigured("y")], NotConfigured),
        ([Refused("x"), Refused("y")], Refused),
    ],
)
def test_where_nothing_could_be_read_the_error_says_what_to_do(
    errors: list[YardwatchError], kind: type[YardwatchError]
) -> None:
    with pytest.raises(kind, match="x; y"):
        read(Shelf({"a": errors[0], "b": errors[1]}), A, B)


def test_a_source_taken_off_the_watch_list_is_named() -> None:
    with pytest.raises(NotConfigured, match=r"gone:a: its source 'gone' is not on the watch list \(there: drawn\)"):
        read(Shelf({}), scene_of(scene_id="a", source="gone"))


def test_the_coarsest_scene_speaks_for_the_whole() -> None:
    fine, coarse = scene_of(scene_id="w", footprint=WEST_HALF), scene_of(scene_id="e", footprint=EAST_HALF, gsd_m=0.9)
    chip = read(Shelf({"w": half(90, "west"), "e": half(90, "east")}), fine, coarse)
    assert chip.gsd_m == 0.9


def test_what_a_scenes_mask_hides_stays_hidden_in_the_mosaic() -> None:
    hidden = chip_of(grey(90))
    hidden.hidden[:, :50] = Hidden.CLOUD
    chip = read(Shelf({"a": hidden}), A)
    assert (chip.hidden[:, :50] == Hidden.CLOUD).all()
    assert not chip.hidden[:, 50:].any()
