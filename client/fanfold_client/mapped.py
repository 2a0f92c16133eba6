"""What `Fanfold.map` sends of rows, and what becomes of them."""

import hashlib
import math
from typing import Any

from fanfold_client.calls import dumped, given
from fanfold_client.results import Results, Row, Rows

COLUMN = "fanfold_row"
"""Where a row's place is kept, beside whatever the row calls itself."""
PLACE = "row-{:09}"
"""A row's place, from 0."""


def records_of(table: Rows) -> Rows:
    """The rows as records of a batch."""
    return [{**_plain(row), COLUMN: PLACE.format(place)} for place, row in enumerate(table)]


def content_key(records: Rows, options: Any) -> str:
    """What makes the same rows with the same options the same batch."""
    found = hashlib.sha256(dumped(sorted(given(options).items())))
    for record in records:
        found.update(dumped(record))
    return f"map-{found.hexdigest()}"


def answered(table: Rows, results: Rows, rejected: Rows) -> Results:
    """The rows with what came of each."""
    found = {str(result["custom_id"]): result for result in results}
    refused = {flaw.get("line"): flaw for flaw in rejected}
    places = ((row, PLACE.format(place), place + 1) for place, row in enumerate(table))
    return Results(row | _answer(found.get(id), refused.get(line)) for row, id, line in places)


def _answer(result: Row | None, flaw: Row | None) -> Row:
    if result is None:
        error = {"kind": "rejected", "message": (flaw or {}).get("detail", "the row was not taken")}
        return {"output": None, "status": "rejected", "error": error, "finish_reason": None}
    return {name: result.get(name) for name in ("output", "status", "error", "finish_reason")}


def _plain(value: Any) -> Any:
    """The value as JSON has it: no number is nothing, and what JSON does not have is its text."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | bool | int) else str(value)
