"""CSV for an ERP's import: `serie_name,model_selected,confidence_score,forecast_day,forecast_value`.

A row a step; `forecast_day` is its date, of one kind in all rows: with a time if the first dated series has one. Where
no series has dates it is the step's number from 1; a series without dates among others has none, as an importer would
take a number for a date. A failed series has no row: an importer would take it for a forecast.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from fanfold.forecasting.exports import Add, Details, ForecastBlock
from fanfold.forecasting.exports._text import table
from fanfold.forecasting.figures import plains

MIDNIGHT = "T00:00:00"
HEADER = ("serie_name", "model_selected", "confidence_score", "forecast_day", "forecast_value")
MOST_HELD = 1000
"""Series without dates that wait for the first one that has some; if there are more, steps are numbered."""
Row = tuple[str, ...]


class ForecastErpExport:
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    light = True

    @contextmanager
    def open(self, out: BinaryIO, details: Details) -> Iterator[Add]:
        with table(out, HEADER) as write:
            steps = _Steps(write)
            yield steps.add
            steps.end()


class _Steps:
    """Rows, held back until it is known whether steps have dates or numbers."""

    def __init__(self, write: Callable[[Iterable[Row]], object]) -> None:
        self._write = write
        self._waiting: list[ForecastBlock] = []
        self._width: int | None = None

    def add(self, block: ForecastBlock) -> None:
        self._waiting.append(block)
        if self._width is not None or self._decided():
            self.end()

    def end(self) -> None:
        """Write what waits."""
        for block in self._waiting:
            self._write(_rows(block, self._width or 0))
        self._waiting.clear()

    def _decided(self) -> bool:
        held = [one.dates for block in self._waiting for one in block.results]
        dated = next(filter(None, held[:MOST_HELD]), ())
        if dated or len(held) >= MOST_HELD:
            self._width = max(map(len, dated), default=0)
        return self._width is not None


def _rows(block: ForecastBlock, width: int) -> Iterator[Row]:
    values = plains([columns[0] for columns in block.columns])
    every = zip(block.results, block.named, block.days, values, strict=True)
    for one, (name, model), days, numbers in every:
        start = name, model, f"{one.confidence:.4f}"
        shown = [_alike(day, width) for day in days] if width else map(str, range(1, len(days) + 1))
        yield from ((*start, *cells) for cells in zip(shown, numbers, strict=True))


def _alike(date: str, width: int) -> str:
    """The date with midnight, if the others have a time; a time that is there is never cut off."""
    return date + MIDNIGHT if date and len(date) < width else date


PLUGIN = ForecastErpExport()
