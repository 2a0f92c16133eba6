"""Parquet (https://parquet.apache.org/docs/file-format/), compressed with zstd: the columns of the CSV, typed.

pyarrow is imported when the first file is written. Names stay as they are: no spreadsheet evaluates them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from fanfold.forecasting.exports import Details, day, levels
from fanfold.forecasting.figures import short, shorts
from fanfold.forecasting.result import SeriesForecast

if TYPE_CHECKING:
    import pyarrow

GROUP_ROWS = 50_000
Columns = dict[str, list[Any]]


class ForecastParquetExport:
    content_type = "application/vnd.apache.parquet"
    extension = "parquet"
    light = False

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        import pyarrow
        from pyarrow import parquet

        shown, results = levels(results, details)
        schema = _schema(shown)
        sink = pyarrow.PythonFile(out, mode="w")
        with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
            for group in _groups(results, schema.names, shown):
                writer.write_table(pyarrow.table(group, schema=schema))


def _schema(shown: tuple[int, ...]) -> "pyarrow.Schema":
    import pyarrow

    real, text = pyarrow.float64(), pyarrow.string()
    return pyarrow.schema(
        [
            pyarrow.field("series_name", text, nullable=False),
            ("step", pyarrow.int32()),
            ("date", pyarrow.timestamp("ms")),
            ("forecast", real),
            *((f"{side}_{level}", real) for level in shown for side in ("lo", "hi")),
            pyarrow.field("model", text, nullable=False),
            ("confidence", real),
            pyarrow.field("status", text, nullable=False),
        ]
    )


def _groups(results: Iterable[SeriesForecast], names: list[str], shown: tuple[int, ...]) -> Iterator[Columns]:
    group: Columns = {name: [] for name in names}
    for one in results:
        for name, cells in _columns(one, shown).items():
            group[name].extend(cells)
        if len(group["step"]) >= GROUP_ROWS:
            yield group
            group = {name: [] for name in names}
    if group["step"]:
        yield group


def _columns(one: SeriesForecast, shown: tuple[int, ...]) -> Columns:
    """The cells of one series: a row a step, or one row where it failed."""
    steps: list[int | None] = list(range(1, len(one.mean) + 1)) or [None]
    count = len(steps)
    columns: Columns = {
        "series_name": [one.name] * count,
        "step": steps,
        "date": [_date(day(one, step)) for step in range(count)],
        "forecast": shorts(one.mean) or [None],
        "model": [one.model_selected] * count,
        "confidence": [short(round(one.confidence, 4))] * count,
        "status": [one.status] * count,
    }
    for level in shown:
        interval = one.intervals.get(level)
        columns[f"lo_{level}"] = shorts(interval.low) if interval else [None] * count
        columns[f"hi_{level}"] = shorts(interval.high) if interval else [None] * count
    return columns


def _date(iso: str) -> datetime | None:
    """The date; None for series whose steps are numbered."""
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return None


PLUGIN = ForecastParquetExport()
