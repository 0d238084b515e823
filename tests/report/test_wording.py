"""Numbers are printed as people write them."""

from __future__ import annotations

import pytest

from yardwatch.report.wording import pixel_size


@pytest.mark.parametrize(
    ("metres", "said"), [(0.312, "0.31 m"), (0.5, "0.5 m"), (10.0, "10 m"), (100.0, "100 m"), (1234.5, "1234 m")]
)
def test_no_pixel_is_a_power_of_ten(metres: float, said: str) -> None:
    assert pixel_size(metres) == said
