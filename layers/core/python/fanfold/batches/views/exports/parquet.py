"""Parquet (https://parquet.apache.org/docs/file-format/), compressed with zstd.

pyarrow is imported when the first file is written: only the layer `tables` has it.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fanfold.batches.views.exports._columns import FIELDS, ResultRow, cells, header

if TYPE_CHECKING:
    import pyarrow

GROUP_BYTES = 16 * 1024 * 1024
"""Text in a row group, about."""
GROUP_ROWS = 50_000


class BatchParquetExport:
    light = False

    def parts(self, rows: Iterable[ResultRow], columns: Sequence[str] = ()) -> Iterator[bytes]:
        import pyarrow
        from pyarrow import parquet

        schema, sink = _schema(columns), Sink()
        with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
            for group in _groups(iter(rows)):
                table = zip(*(cells(row, columns) for row in group), strict=True)
                writer.write_table(pyarrow.table(dict(zip(schema.names, table, strict=True)), schema=schema))
                yield sink.drain()
        yield sink.drain()


class Sink(io.RawIOBase):
    """What has been written, until it is taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def drain(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def _schema(columns: Sequence[str]) -> "pyarrow.Schema":
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    kinds = {str: text, int: pyarrow.int64(), str | None: text, float | None: number}
    own = [
        pyarrow.field(name, kinds[kind := ResultRow.__annotations__[name]], kind not in (str, int)) for name in FIELDS
    ]
    return pyarrow.schema([*own, *(pyarrow.field(name, text) for name in header(columns)[len(FIELDS) :])])


def _groups(rows: Iterator[ResultRow]) -> Iterator[list[ResultRow]]:
    """Rows for a row group each: neither too many nor with too much text."""
    group: list[ResultRow] = []
    size = 0
    for row in rows:
        group.append(row)
        size += len(row.output or "") + 100
        if size >= GROUP_BYTES or len(group) >= GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


PLUGIN = BatchParquetExport
