"""Which series a report shows, chosen in one pass over a portfolio of any size."""

from dataclasses import dataclass, field, replace
from heapq import heappush, heappushpop

from fanfold.forecasting.result import SeriesForecast

Placed = tuple[int, SeriesForecast]


@dataclass
class Even:
    """Every so-manieth result, so that never more than `limit` are held."""

    limit: int
    stride: int = 1
    kept: list[Placed] = field(default_factory=list)

    def add(self, place: int, one: SeriesForecast) -> None:
        if place % self.stride == 0:
            self.kept.append((place, one))
        if len(self.kept) > self.limit:
            self.stride *= 2
            self.kept = self.kept[::2]


@dataclass
class Worst:
    """The `limit` results of least confidence; of equals, the first."""

    limit: int
    heap: list[tuple[float, int, SeriesForecast]] = field(default_factory=list)
    count: int = 0

    def add(self, place: int, one: SeriesForecast) -> None:
        self.count += 1
        item = (-one.confidence, -place, one)
        if len(self.heap) < self.limit:
            heappush(self.heap, item)
        elif item[:2] > self.heap[0][:2]:
            heappushpop(self.heap, item)

    def kept(self) -> list[Placed]:
        return [(-place, one) for _, place, one in sorted(self.heap, key=lambda item: item[:2], reverse=True)]


@dataclass
class ReportSample:
    """The results to chart, to list and to look at first, as they go by."""

    charted: Even
    listed: Even
    failed: Worst
    doubtful: Worst
    total: int = 0

    @classmethod
    def of(cls, charted: int, listed: int, attention: int) -> "ReportSample":
        return cls(Even(charted), Even(listed), Worst(attention), Worst(attention))

    def add(self, one: SeriesForecast) -> None:
        kept = replace(one, distribution=None)
        self.charted.add(self.total, kept)
        self.listed.add(self.total, kept)
        if one.status == "failed":
            self.failed.add(self.total, kept)
        elif one.attention:
            self.doubtful.add(self.total, kept)
        self.total += 1

    def attention(self) -> list[Placed]:
        """Failed ones first, then those of least confidence."""
        return self.failed.kept() + self.doubtful.kept()

    def charts(self) -> list[Placed]:
        return _merged(self.charted.kept, self.attention())

    def rows(self) -> list[Placed]:
        return _merged(self.listed.kept, self.charts())


def _merged(one: list[Placed], other: list[Placed]) -> list[Placed]:
    return sorted({**dict(one), **dict(other)}.items(), key=lambda placed: placed[0])
