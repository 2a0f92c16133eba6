"""CSV with intervals: a row a step, one pair of columns a level. A failed series has one row, with its status."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from fanfold.forecasting.exports import Details, day, levels
from fanfold.forecasting.exports._text import named, table
from fanfold.forecasting.figures import plain
from fanfold.forecasting.result import SeriesForecast


class ForecastCsvExport:
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    light = True

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        shown, results = levels(results, details)
        bounds = (f"{side}_{level}" for level in shown for side in ("lo", "hi"))
        header = ("series_name", "step", "date", "forecast", *bounds, "model", "confidence", "status")
        table(out, header, (row for one in results for row in _rows(one, shown)))


def _rows(one: SeriesForecast, shown: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    name, end = named(one.name), (named(one.model_selected), f"{one.confidence:.4f}", one.status)
    if len(one.mean) == 0:
        yield (name, *[""] * (3 + 2 * len(shown)), *end)
    bounds = [_bound(one, level, side) for level in shown for side in ("low", "high")]
    for step, value in enumerate(one.mean.tolist()):
        yield (name, str(step + 1), day(one, step), plain(value), *(bound[step] for bound in bounds), *end)


def _bound(one: SeriesForecast, level: int, side: str) -> list[str]:
    interval = one.intervals.get(level)
    return [plain(value) for value in getattr(interval, side).tolist()] if interval else [""] * len(one.mean)


PLUGIN = ForecastCsvExport()
