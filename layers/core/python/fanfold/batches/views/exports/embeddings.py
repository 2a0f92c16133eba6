"""Vectors as Parquet (https://parquet.apache.org/docs/file-format/): a row for each, `embedding` is `list<float>`.

A request of several texts has a row for each of them, by `index`; one without an answer has a row without a vector.
pyarrow is imported when the first file is written: only the layer `tables` has it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from fanfold.batches.model.result import Result, vectors
from fanfold.batches.views.exports.parquet import Sink

if TYPE_CHECKING:
    import pyarrow

GROUP_ROWS = 2000
"""Rows of a row group: those of 3,072 numbers have 24 MB."""


class Embeddings:
    light = False
    rejected = True

    def parts_of(self, results: Iterable[Result]) -> Iterator[bytes]:
        import pyarrow
        from pyarrow import parquet

        schema, sink = _schema(), Sink()
        with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
            every = chain.from_iterable(map(rows, results))
            while group := list(islice(every, GROUP_ROWS)):
                writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
                yield sink.drain()
        yield sink.drain()


def rows(result: Result) -> Iterator[dict[str, Any]]:
    """The rows of a result."""
    response: dict[str, Any] = result.response or {}
    common = {
        "custom_id": result.custom_id,
        "line": result.line,
        "status": result.status.value,
        "model": response.get("model"),
        "input_tokens": result.usage.input_tokens,
        "error_kind": result.error.kind if result.error else None,
        "error_message": result.error.message if result.error else None,
    }
    for number, vector in enumerate(vectors(result) or [[]]):
        yield common | {"index": number, "embedding": vector or None}


def _schema() -> "pyarrow.Schema":
    import pyarrow

    text, number = pyarrow.string(), pyarrow.int64()
    return pyarrow.schema(
        [
            pyarrow.field("custom_id", text, nullable=False),
            pyarrow.field("line", number, nullable=False),
            pyarrow.field("index", number, nullable=False),
            pyarrow.field("status", text, nullable=False),
            pyarrow.field("model", text),
            pyarrow.field("embedding", pyarrow.list_(pyarrow.float32())),
            pyarrow.field("input_tokens", number, nullable=False),
            pyarrow.field("error_kind", text),
            pyarrow.field("error_message", text),
        ]
    )


PLUGIN = Embeddings
