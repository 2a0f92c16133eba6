"""What `Fanfold.map` sends of rows, and what becomes of them."""

import hashlib
from typing import Any

from fanfold_client.calls import dumped, given
from fanfold_client.results import Results, Row, Rows

ID = "custom_id"
PLACE = "row-{:09}"
"""A row's custom_id: its place, from 0."""


def custom_ids(table: Rows) -> Rows:
    """The rows as records of a batch: a name by its place each, whatever the row calls itself."""
    return [row | {ID: PLACE.format(place)} for place, row in enumerate(table)]


def content_key(records: Rows, options: Any) -> str:
    """What makes the same rows with the same options the same batch."""
    found = hashlib.sha256(dumped(sorted(given(options).items())))
    for record in records:
        found.update(dumped(record))
    return f"map-{found.hexdigest()}"


def answered(table: Rows, results: Rows, rejected: Rows) -> Results:
    """The rows with what came of each."""
    found = {str(result[ID]): result for result in results}
    refused = {flaw.get("line"): flaw for flaw in rejected}
    return Results(
        row | _answer(found.get(PLACE.format(place)), refused.get(place + 1)) for place, row in enumerate(table)
    )


def _answer(result: Row | None, flaw: Row | None) -> Row:
    if result is None:
        error = {"kind": "rejected", "message": (flaw or {}).get("detail", "the row was not taken")}
        return {"output": None, "status": "rejected", "error": error, "finish_reason": None}
    return {name: result.get(name) for name in ("output", "status", "error", "finish_reason")}
