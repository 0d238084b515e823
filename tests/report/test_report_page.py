"""The report: one file, claim first, nothing from outside, everything escaped."""

from __future__ import annotations

import base64
import io
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from drawn_story import drawn_story, real_looks
from PIL import Image

from yardwatch.errors import BadInput
from yardwatch.records import VerdictKind
from yardwatch.report import write_report
from yardwatch.report.page import LARGEST_BYTES, claim_of

EVIL = "<script>alert(1)</script>\"'&<img src=http://evil.example/x onerror=x>"


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_report_claims_nothing_between_a_count_and_an_index(story, tmp_path):
    said = Page(write_report(story, tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "1.2 to 5 m nothing: the look is listed as too coarse" in said
    assert "occupied" not in said


@pytest.fixture
def written(story, tmp_path):
    """Write a story and return the page."""

    def write(told=story):
        return write_report(told, tmp_path / "report.html").read_text(encoding="utf-8")

    return write


def with_pictures(story, folder, height, width):
    """The story with a picture of noise for each telling look: what compresses worst."""
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "a.png", compress_level=0)
    shutil.copy(folder / "a.png", folder / "b.png")
    before, opened = story.telling_looks()
    return replace(story, pictures={before: folder / "a.png", opened: folder / "b.png"})


@pytest.fixture(scope="session")
def html(story, tmp_path_factory):
    """The report of the drawn story with its two pictures."""
    folder = tmp_path_factory.mktemp("report")
    return write_report(with_pictures(story, folder, 60, 80), folder / "report.html").read_text(encoding="utf-8")


def test_report_is_one_file_that_asks_the_network_for_nothing(html):
    page = Page(html)
    assert page.all("script") == page.all("link") == page.all("iframe") == []
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in page.all("img"))
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    assert {a["href"] for a in page.all("a")} == {"https://beyondparallel.csis.org/"}
    policy = next(meta for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_claim_comes_before_everything_else(story, html):
    sentence = story.verdicts[story.observations[-1].look_id].sentence
    assert html.index(sentence) < html.index("<svg") < html.index("Every look")


def test_newest_news_is_the_claim_and_without_news_nothing_is_claimed(story):
    assert claim_of(story).is_news
    calm = {look: replace(verdict, kind=VerdictKind.CALM) for look, verdict in story.verdicts.items()}
    quiet = claim_of(replace(story, verdicts=calm))
    assert not quiet.is_news
    assert quiet.sentence.startswith("No look of this series is news. The newest with a value: 73 freight cars")
    blind = claim_of(replace(story, observations=story.unusable))
    assert "nothing can be said" in blind.sentence


def test_provisional_claim_says_that_more_looks_may_withdraw_it(story, written):
    look = story.observations[-1].look_id
    verdicts = {**story.verdicts, look: replace(story.verdicts[look], provisional=True)}
    assert "Provisional:" in Page(written(replace(story, verdicts=verdicts))).text


def test_simulated_report_says_so_before_all_and_a_real_one_nowhere(story, written, html):
    simulated = Page(html).text
    assert "SIMULATED. These pictures were made by a computer." in simulated
    real = replace(story, simulated=False, observations=real_looks(story.observations))
    assert "simulated" not in Page(written(real)).text.replace("Trained on simulated scenes", "").lower()


def test_text_from_outside_cannot_become_markup(story, written):
    looks = tuple(
        replace(o, licence=EVIL, attribution=EVIL, scene_keys=(EVIL,), platform=EVIL, source=EVIL, release=EVIL)
        for o in story.observations
    )
    verdicts = {look: replace(v, sentence=EVIL, reason=EVIL) for look, v in story.verdicts.items()}
    known = tuple(replace(k, source=EVIL, url="javascript:alert(1)") for k in story.published)
    area = replace(story.area, title=EVIL, native_title=EVIL, country=EVIL)
    evil = replace(story, area=area, observations=looks, verdicts=verdicts, published=known, release_facts={EVIL: EVIL})
    page = Page(written(evil))
    assert page.all("script") == page.all("img") == page.all("a") == []
    assert all(not name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "<script>alert(1)</script>" in page.text


def test_every_look_is_in_both_tables_and_a_missing_value_is_a_dash(story, html):
    assert len(re.findall(r"<tr(?: class=\"\w+\")?><td>20", html)) == 2 * len(story.observations)
    assert html.count('<tr class="none">') == len(story.unusable)
    for row in re.findall(r'<tr class="none">.*?</tr>', html):
        assert '<td class="n">–</td>' in row
        assert '<td class="n">0</td>' not in row


def test_large_pictures_shrink_until_the_report_is_below_five_megabytes(story, written, tmp_path):
    html = written(with_pictures(story, tmp_path, 1400, 1600))
    assert len(html.encode()) < LARGEST_BYTES
    pictures = [image["src"].split(",")[1] for image in Page(html).all("img")]
    assert len(pictures) == 2
    for encoded in pictures:
        with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
            assert picture.format == "JPEG"
            assert picture.width >= 480


def test_every_picture_and_the_chart_have_words_for_those_who_do_not_see_them(html):
    page = Page(html)
    assert all("73 freight cars" in i["alt"] or "9 freight cars" in i["alt"] for i in page.all("img"))
    (chart,) = page.all("svg")
    assert chart["role"] == "img"
    assert "21 looks with a value, 3 without" in chart["aria-label"]


def test_no_id_comes_twice_and_every_table_column_has_a_head(html):
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(head.get("scope") == "col" for head in page.all("th"))


def test_reader_is_told_what_free_imagery_cannot_show(html):
    text = Page(html).text
    assert "Free imagery cannot show single railcars" in text
    assert "an index of activity, never a count" in text


def test_real_published_counts_are_kept_apart_from_a_simulated_series(html):
    text = Page(html).text
    assert "no part of the simulated series" in text
    assert "2023-10-05 to 2023-10-06: about 73 freight cars, CSIS Beyond Parallel" in text


def test_station_without_a_look_has_a_report(written):
    assert "No look has been recorded yet." in Page(written(drawn_story(observations=(), verdicts={}, events=()))).text


def test_picture_that_is_none_is_named(story, written, tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    broken = replace(story, pictures={story.observations[-1].look_id: tmp_path / "a.png"})
    with pytest.raises(BadInput, match=r"a\.png"):
        written(broken)
    assert not (tmp_path / "report.html").exists()
