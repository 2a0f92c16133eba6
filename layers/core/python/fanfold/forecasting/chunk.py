"""Series that are fitted together: how many, and of which kind."""

from dataclasses import dataclass, field

from fanfold.forecasting.series import Clean

CELLS, MOST = 20_000, 256
"""Observations and series whose errors are pooled: a chunk has fewer series when they are long."""
Key = tuple[str, tuple[int, ...], str | None]
"""Which engine fits them, the seasons that they know, and the group that they share."""


@dataclass
class Chunk:
    """Series waiting to be judged together, with their places in the portfolio.

    What is in one does not depend on `ForecastSettings.chunk`, which bounds how many of them are fitted at once.
    """

    places: list[int] = field(default_factory=list)
    series: list[Clean] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    longest: int = 1

    def add(self, place: int, one: Clean, kind: str) -> None:
        self.places.append(place)
        self.series.append(one)
        self.patterns.append(kind)
        self.longest = max(self.longest, len(one.values))

    def full(self, longest: int) -> bool:
        return len(self.series) >= min(MOST, max(CELLS // min(self.longest, longest), 8))
