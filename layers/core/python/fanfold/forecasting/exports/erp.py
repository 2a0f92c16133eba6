"""CSV for an ERP's import: `serie_name,model_selected,confidence_score,forecast_day,forecast_value`.

A row a step; `forecast_day` is its date, of one kind in all rows: with a time if the first dated series has one. Where
no series has dates it is the step's number from 1; a series without dates among others has none, as an importer would
take a number for a date. A failed series has no row: an importer would take it for a forecast.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from fanfold.forecasting.exports import Details, day
from fanfold.forecasting.exports._text import named, table
from fanfold.forecasting.figures import plain
from fanfold.forecasting.result import SeriesForecast

MIDNIGHT = "T00:00:00"
HEADER = ("serie_name", "model_selected", "confidence_score", "forecast_day", "forecast_value")


MOST_HELD = 1000
"""Series without dates that wait for the first one that has some; if there are more, steps are numbered."""


class ForecastErpExport:
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    light = True

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        first, every = _first_dated(results)
        width = max(map(len, first.dates)) if first else 0
        table(out, HEADER, (row for one in every for row in _rows(one, width)))


def _first_dated(results: Iterable[SeriesForecast]) -> tuple[SeriesForecast | None, Iterable[SeriesForecast]]:
    """The first result with dates, if there is one among the first, and all results."""
    waiting: list[SeriesForecast] = []
    rest = iter(results)
    for one in rest:
        waiting.append(one)
        if one.dates or len(waiting) == MOST_HELD:
            break
    found = waiting[-1] if waiting and waiting[-1].dates else None
    return found, chain(waiting, rest)


def _rows(one: SeriesForecast, width: int) -> Iterator[tuple[str, ...]]:
    start = named(one.name), named(one.model_selected), f"{one.confidence:.4f}"
    for step, value in enumerate(one.mean.tolist()):
        yield (*start, _alike(day(one, step), width) if width else str(step + 1), plain(value))


def _alike(date: str, width: int) -> str:
    """The date with midnight, if the others have a time; a time that is there is never cut off."""
    return date + MIDNIGHT if date and len(date) < width else date


PLUGIN = ForecastErpExport()
