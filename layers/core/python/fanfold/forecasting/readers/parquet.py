"""Parquet (https://parquet.apache.org/docs/file-format/), a batch of rows at a time.

pyarrow is imported when the first file is read: it costs 60 MB that no other format needs.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.readers import Cell, ReadOptions, RowBlock, SourceTable

BATCH = 20_000


class ParquetReader:
    suffixes = (".parquet", ".pq")
    seeks = True

    def tables(self, file: BinaryIO, name: str, options: ReadOptions) -> Iterator[SourceTable | Flaw]:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        try:
            opened = ParquetFile(file)
        except MemoryError:  # one of Arrow's own errors, too
            raise
        except (ArrowException, OSError) as error:
            raise Invalid(f"this is no Parquet file: {error}", field="input") from error
        if opened.metadata.num_rows == 0:
            raise Invalid("there are columns and no rows", field="input")
        yield SourceTable(name, list(opened.schema_arrow.names), _rows(opened))


def _rows(opened: Any) -> Iterator[RowBlock | Flaw]:
    from pyarrow import ArrowException

    number = 0
    try:
        for batch in opened.iter_batches(batch_size=BATCH):
            columns = [_cells(column) for column in batch.columns]
            yield RowBlock(range(number + 1, number + batch.num_rows + 1), columns)
            number += batch.num_rows
    except MemoryError:
        raise
    except (ArrowException, OSError) as error:
        yield Flaw(line=number + 1, detail=f"the file is damaged from this row on: {error}")


def _cells(column: Any) -> list[Cell]:
    """A column's values as plain cells; times to the second."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind):
        column = column.cast(pyarrow.timestamp("s", kind.tz), safe=False)
    if pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind) or pyarrow.types.is_string(kind):
        cells: list[Cell] = column.to_pylist()
        return cells
    return [_cell(value) for value in column.to_pylist()]


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool | Decimal):
        return float(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


PLUGIN = ParquetReader()
