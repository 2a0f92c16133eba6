"""Forms that results can be had in besides JSONL. Each module in this package is one, found under its file's name."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic_core import to_json

from fanfold import plugins
from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import EndedBatch, Line


class ResultRow(NamedTuple):
    """A result as a line of a table. What only the provider's whole answer holds is in the JSONL alone."""

    custom_id: str
    line: int
    status: str
    output: str | None
    finish_reason: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    error_kind: str | None
    error_code: str | None
    error_message: str | None
    row: int = 0
    cost_usd: float | None = None
    columns: Mapping[str, str | None] = MappingProxyType({})
    """What is kept of the input; each of them is a column of the table, behind the others."""


FIELDS = ResultRow._fields[:-1]


def header(columns: Iterable[str]) -> list[str]:
    """The names of the table's columns; one of the input's that is called like one of ours says whose it is."""
    return [*FIELDS, *(f"input.{name}" if name in FIELDS else name for name in columns)]


def cells(row: ResultRow, columns: Iterable[str]) -> list[Any]:
    """A line of the table."""
    return [*row[:-1], *(row.columns.get(name) for name in columns)]


TOKENS = {name for name in ResultRow._fields if name.endswith("_tokens")}


@runtime_checkable
class Export(Protocol):
    """One form of a table."""

    light: bool
    """Whether every function can write it: it needs nothing that only the layer `tables` has."""

    def parts(self, rows: Iterable[ResultRow], columns: Sequence[str] = ()) -> Iterator[bytes]:
        """The file, a few megabytes at a time; `columns` are those of the input that are kept."""


@runtime_checkable
class LineExport(Protocol):
    """A form of a line for each result, or for some of them: those of the providers' own batch files."""

    light: bool
    rejected: bool
    """Whether the lines that were not taken have one as well."""

    def wants(self, result: Result) -> bool:
        """Whether the result is among them."""

    def line(self, result: Result, batch: EndedBatch) -> Line:
        """The result's line, as JSON."""


@runtime_checkable
class ResultExport(Protocol):
    """A form that is made of results whole."""

    light: bool
    rejected: bool

    def parts_of(self, results: Iterable[Result]) -> Iterator[bytes]:
        """The file, a few megabytes at a time."""


AnyExport = Export | LineExport | ResultExport
BLOCK = 1024 * 1024


def lines(made: LineExport, results: Iterable[Result], batch: EndedBatch) -> Iterator[bytes]:
    """The file, about a megabyte at a time."""
    block = bytearray()
    for result in filter(made.wants, results):
        block += to_json(made.line(result, batch)) + b"\n"
        if len(block) > BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def names() -> tuple[str, ...]:
    """Every form there is."""
    return plugins.names(__name__)


def export(name: str) -> AnyExport:
    """The form of that name. Raises KeyError."""
    made: AnyExport = plugins.load(__name__, name)()
    return made


def row(result: Result) -> ResultRow:
    """The result as a line of a table."""
    fault = result.error
    return ResultRow(
        custom_id=result.custom_id,
        line=result.line,
        status=result.status.value,
        output=result.output,
        finish_reason=result.finish_reason,
        **result.usage.model_dump(include=TOKENS),
        error_kind=fault.kind if fault else None,
        error_code=fault.code if fault else None,
        error_message=fault.message if fault else None,
        row=result.row,
        cost_usd=result.cost_usd,
        columns={name: _text(value) for name, value in result.columns.items()},
    )


def _text(value: Any) -> str | None:
    """A value of the input as a cell has it; what is no text as JSON."""
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
