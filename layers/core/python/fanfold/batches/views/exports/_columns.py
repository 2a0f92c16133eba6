"""The table of results, as every form of a table has it: its columns, and a result as a line of it."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from fanfold.batches.model.result import Result


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
