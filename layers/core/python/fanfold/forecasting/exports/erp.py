"""CSV for an ERP's import: `serie_name,model_selected,confidence_score,forecast_day,forecast_value`.

A row a step; `forecast_day` is its date, or its number from 1 where the series has no dates. A failed series has no
row: an importer would take it for a forecast.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from fanfold.forecasting.exports import Details, day
from fanfold.forecasting.exports._text import named, table
from fanfold.forecasting.figures import plain
from fanfold.forecasting.result import SeriesForecast

HEADER = ("serie_name", "model_selected", "confidence_score", "forecast_day", "forecast_value")


class Erp:
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    light = True

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        table(out, HEADER, (row for one in results for row in _rows(one)))


def _rows(one: SeriesForecast) -> Iterator[tuple[str, ...]]:
    start = named(one.name), named(one.model_selected), f"{one.confidence:.4f}"
    for step, value in enumerate(one.mean.tolist()):
        yield (*start, day(one, step) or str(step + 1), plain(value))


PLUGIN = Erp()
