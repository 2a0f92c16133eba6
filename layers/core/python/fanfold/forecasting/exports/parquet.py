"""Parquet (https://parquet.apache.org/docs/file-format/), compressed with zstd: the columns of the CSV, typed.

pyarrow is imported when the first file is written. Names stay as they are: no spreadsheet evaluates them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from fanfold.forecasting.exports import Add, Details, ForecastBlock

if TYPE_CHECKING:
    import pyarrow

GROUP_ROWS = 50_000
Columns = dict[str, list[Any]]


class ForecastParquetExport:
    content_type = "application/vnd.apache.parquet"
    extension = "parquet"
    light = False

    @contextmanager
    def open(self, out: BinaryIO, details: Details) -> Iterator[Add]:
        import pyarrow
        from pyarrow import parquet

        schema = _schema(details.levels or ())
        with parquet.ParquetWriter(pyarrow.PythonFile(out, mode="w"), schema, compression="zstd") as writer:
            group: Columns = {name: [] for name in schema.names}

            def write() -> None:
                writer.write_table(pyarrow.table(group, schema=schema))
                for cells in group.values():
                    cells.clear()

            def add(block: ForecastBlock) -> None:
                for one in _columns(block):
                    for name, cells in zip(schema.names, one, strict=True):
                        group[name].extend(cells)
                    if len(group["step"]) >= GROUP_ROWS:
                        write()

            yield add
            if group["step"]:
                write()


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


def _columns(block: ForecastBlock) -> Iterator[list[list[Any]]]:
    """The cells of each series, column by column: a row a step, or one row where it failed."""
    for one, days, numbers in zip(block.results, block.days, block.columns, strict=True):
        end = one.model_selected, round(one.confidence, 4), one.status
        steps: list[list[Any]] = [[*range(1, len(days) + 1)], [_date(day) for day in days], *numbers]
        count = len(days) or 1
        yield [[one.name] * count, *(cells or [None] for cells in steps), *([cell] * count for cell in end)]


def _date(iso: str) -> datetime | None:
    """The date; None for series whose steps are numbered."""
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return None


PLUGIN = ForecastParquetExport()
