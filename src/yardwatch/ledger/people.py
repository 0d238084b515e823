"""What people say: counts they published, and their reviews of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields

from sqlalchemy import insert, select, update

from yardwatch.errors import BadInput
from yardwatch.ledger.identity import identify
from yardwatch.ledger.store import Store
from yardwatch.ledger.tables import observations, published, reviews
from yardwatch.records import PublishedCount, Review

_PUBLISHED = tuple(field.name for field in fields(PublishedCount))
_PUBLISHED_KEY = ("source", "area", "acquired_from", "acquired_to", "measure")
_REVIEW = tuple(field.name for field in fields(Review))


class People(Store):
    """The part of the ledger that knows what people say."""

    def add_published(self, counts: Iterable[PublishedCount]) -> int:
        """Add published counts; how many were new or differ from what stood.

        The key is (source, area, acquired_from, acquired_to, measure). A count that differs from the one that stands
        supersedes it, and the old row stays.
        """
        now, added = self._clock(), 0
        with self.writing() as connection:
            for count in counts:
                content = identify("published", asdict(count))
                key = [published.c[name] == getattr(count, name) for name in _PUBLISHED_KEY]
                current = published.c.superseded_at.is_(None)
                standing = connection.scalar(select(published.c.content_hash).where(*key, current))
                if standing == content:
                    continue
                connection.execute(update(published).where(*key, current).values(superseded_at=now))
                connection.execute(insert(published).values(**asdict(count), content_hash=content, recorded_at=now))
                added += 1
        return added

    def published(self, area: str) -> list[PublishedCount]:
        """Published counts of an area as they stand, by time of acquisition."""
        query = (
            select(*(published.c[name] for name in _PUBLISHED))
            .where(published.c.area == area, published.c.superseded_at.is_(None))
            .order_by(published.c.acquired_from, published.c.sequence)
        )
        with self.reading() as connection:
            return [PublishedCount(**row) for row in connection.execute(query).mappings()]

    def add_review(self, review: Review) -> bool:
        """Add what a person says; False when the same was said before, by the same person at the same moment.

        Raises:
            BadInput: when the look has no such observation.
        """
        review_id = identify("review", asdict(review))
        with self.writing() as connection:
            reviewed = observations.c.observation_id == review.observation_id
            look_id = connection.scalar(select(observations.c.look_id).where(reviewed))
            if look_id != review.look_id:
                raise BadInput(f"review: look {review.look_id!r} has no observation {review.observation_id!r}")
            if connection.scalar(select(reviews.c.review_id).where(reviews.c.review_id == review_id)) is not None:
                return False
            row = {**asdict(review), "review_id": review_id, "recorded_at": self._clock()}
            connection.execute(insert(reviews).values(row))
        return True

    def reviews(self, look_id: str) -> list[Review]:
        """What was said of a look, in the order of recording."""
        query = select(*(reviews.c[name] for name in _REVIEW)).where(reviews.c.look_id == look_id)
        with self.reading() as connection:
            return [Review(**row) for row in connection.execute(query.order_by(reviews.c.sequence)).mappings()]
