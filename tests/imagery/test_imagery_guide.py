"""What the guide to imagery shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yardwatch.errors import NotConfigured
from yardwatch.imagery import open_source, resolve_sources
from yardwatch.imagery.source import KINDS, completed
from yardwatch.watchlist import Watchlist, load_watchlist

GUIDE = Path(__file__).parents[2] / "docs" / "imagery.md"


@pytest.fixture
def shown(tmp_path: Path) -> Watchlist:
    """The watch list of the guide, saved as a user would."""
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1, "one watch list is shown"
    (tmp_path / "yardwatch.toml").write_text(blocks[0], encoding="utf-8")
    return load_watchlist(tmp_path / "yardwatch.toml")


def test_every_source_of_the_guide_opens(shown: Watchlist, monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in shown.source:
        if entry.headers_env is not None:
            with pytest.raises(NotConfigured, match=f"set {entry.headers_env} to its HTTP headers"):
                open_source(entry)
            monkeypatch.setenv(entry.headers_env, "Authorization: Bearer x")
        assert open_source(entry).name == entry.name


def test_the_guide_shows_every_kind_of_source(shown: Watchlist) -> None:
    assert {completed(entry).kind for entry in shown.source} == set(KINDS)


def test_sources_are_asked_in_the_order_of_the_guide(shown: Watchlist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_HEADERS", "Authorization: Bearer x")
    asked = [source.name for source in resolve_sources(shown.sources, shown)]
    assert asked == ["deliveries", "archive", "earth-search"]


def test_paths_of_the_guide_are_relative_to_its_file(shown: Watchlist, tmp_path: Path) -> None:
    assert next(entry.path for entry in shown.source if entry.name == "deliveries") == tmp_path / "deliveries"
