"""CSV with intervals: a row a step, one pair of columns a level. A failed series has one row, with its status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from fanfold.forecasting.exports import Add, Details, ForecastBlock
from fanfold.forecasting.exports._text import table
from fanfold.forecasting.figures import plains


class ForecastCsvExport:
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    light = True

    @contextmanager
    def open(self, out: BinaryIO, details: Details) -> Iterator[Add]:
        bounds = (f"{side}_{level}" for level in details.levels or () for side in ("lo", "hi"))
        header = ("series_name", "step", "date", "forecast", *bounds, "model", "confidence", "status")
        with table(out, header) as write:
            yield lambda block: write(_rows(block))


def _rows(block: ForecastBlock) -> Iterator[tuple[str, ...]]:
    every = zip(block.results, block.named, block.days, block.columns, strict=True)
    for one, (name, model), days, numbers in every:
        end = model, f"{one.confidence:.4f}", one.status
        if not days:
            yield (name, *[""] * (2 + len(numbers)), *end)
        for step, cells in enumerate(zip(days, *plains(numbers), strict=True), start=1):
            yield (name, str(step), *cells, *end)


PLUGIN = ForecastCsvExport()
