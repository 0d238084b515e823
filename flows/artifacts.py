"""What a run leaves in Prefect: one table of areas; for each piece of news its picture and a link to the report."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import base64
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prefect.artifacts import create_image_artifact, create_link_artifact, create_table_artifact
from prefect.logging import get_run_logger

from flows import stages
from yardwatch import operations

if TYPE_CHECKING:
    from flows.area import AreaOutcome
    from yardwatch.operations import News
    from yardwatch.records import Observation

MOST_ROWS = 500
MOST_PICTURES = 12
LONGEST_SIDE_PX = 1200


def publish(outcomes: Sequence[AreaOutcome]) -> None:
    """The table of areas, and what can be seen of the news; a fault here never fails the run, whose record stands."""
    try:
        _publish_table(outcomes)
        _publish_news([news for outcome in outcomes for news in outcome.news])
    except Exception as error:
        get_run_logger().warning("what this run saw was not published whole: %s", error)


def _publish_table(outcomes: Sequence[AreaOutcome]) -> None:
    ordered = sorted(outcomes, key=lambda outcome: (not outcome.news, outcome.fault is None))
    rows = [_row(outcome) for outcome in ordered[:MOST_ROWS]]
    said = "What this run saw."
    if len(ordered) > MOST_ROWS:
        said += f" {MOST_ROWS} of {len(ordered)} areas: news first, then faults; the ledger has them all."
    create_table_artifact(key="areas", table=rows, description=said)


def _row(outcome: AreaOutcome) -> dict[str, str | int]:
    row: dict[str, str | int] = {
        "area": outcome.area,
        "looks": 0,
        "new": 0,
        "usable": 0,
        "due again": len(outcome.due),
        "newest usable": "",
        "count": "",
        "90 % interval": "",
        "visible": "",
        "verdict": "",
        "why not": outcome.fault or "",
    }
    if outcome.found is None:
        return row
    looks = set(outcome.found.looks)
    seen = {o.look_id: o for o in stages.workspace().ledger.observations(area=outcome.area) if o.look_id in looks}
    usable = sorted((o for o in seen.values() if o.value is not None), key=lambda o: o.acquired_from)
    row |= {"looks": len(looks), "new": len(outcome.found.new), "usable": len(usable)}
    if usable:
        return row | _newest(usable[-1])
    reasons = sorted({str(o.reason) for o in seen.values()})
    return row | {"why not": outcome.fault or ", ".join(reasons) or "no look in these days"}


def _newest(observation: Observation) -> dict[str, str]:
    verdicts = stages.workspace().ledger.verdicts(observation.area, observation.measure)
    verdict = next((v for v in verdicts if v.look_id == observation.look_id), None)
    unknown = observation.low is None or observation.high is None
    return {
        "newest usable": observation.acquired_from.isoformat(),
        "count": f"{observation.value:.0f}",
        "90 % interval": "never measured" if unknown else f"{observation.low:.0f}-{observation.high:.0f}",
        "visible": f"{observation.visible:.0%}",
        "verdict": "" if verdict is None else f"{verdict.kind}{' (provisional)' if verdict.provisional else ''}",
    }


def _publish_news(news: Sequence[News]) -> None:
    workspace = stages.workspace()
    told = [item for item in news if item.happening in ("opened", "escalated")]
    for area, simulated in dict.fromkeys((item.area, item.event.simulated) for item in told):
        path = operations.report(workspace, area, simulated=simulated)
        base = workspace.settings.reports_url
        link = path.as_uri() if base is None else f"{base.rstrip('/')}/{path.name}"
        create_link_artifact(link, link_text=path.name, key=_key("report", area), description=f"The story of {area}.")
    for item in told[-MOST_PICTURES:]:
        for picture in _pictures(item):
            create_image_artifact(picture, key=_key("picture", item.area), description=item.sentence)


def _pictures(news: News) -> Iterator[str]:
    """The annotated picture of the look as a ``data:`` address, small enough for the server's database."""
    from PIL import Image

    workspace = stages.workspace()
    seen = [o for o in workspace.ledger.observations(look_id=news.look_id) if o.value is not None]
    for relative in operations.picture_of(workspace, seen[-1]) if seen else ():
        with Image.open(workspace.settings.root / relative) as drawn:
            drawn.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            small = io.BytesIO()
            drawn.convert("RGB").save(small, "JPEG", quality=75)
        yield "data:image/jpeg;base64," + base64.b64encode(small.getvalue()).decode()


def _key(what: str, area: str) -> str:
    """Prefect's keys are lower case, digits and dashes."""
    return f"{what}-{re.sub(r'[^a-z0-9]+', '-', area.lower()).strip('-')}"
