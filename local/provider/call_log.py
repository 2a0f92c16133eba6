"""Every direct request that came in: whose, for which model, what became of it, and whether it came too early.

A request is known by `Prompt.token`, which is also in the id of its answer: the same prompt has the same one.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.provider.records import Usage
from local.provider.store import Store

NO_ANSWER = 0
"""The status of a call whose connection was broken, or held until the client left."""
OPENING_CHARACTERS = 120
FILTERS = ("operation", "owner", "model", "request", "label", "status", "fault")


@dataclass
class Call:
    """A call under way. `retry_after` is what its answer said (seconds), `fault` the kind that hit it."""

    seq: int
    fault: str | None = None
    retry_after: float | None = None
    usage: Usage = field(default_factory=Usage)


class CallLog:
    """The calls of one emulator; they survive its restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, operation: str, owner: str, model: str, request: str, label: str | None, opening: str) -> Call:
        """Notes a call as soon as it has been read."""
        row = (time.time(), operation, owner, model, request, label, opening[:OPENING_CHARACTERS])
        return Call(self._store.begin_call(row))

    def end(self, call: Call, status: int) -> None:
        """Notes what the call was answered, before the answer goes out."""
        tokens = (call.usage.input, call.usage.output)
        self._store.end_call(call.seq, (time.time(), status, call.fault, call.retry_after, *tokens))

    def listed(self, query: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
        """Up to `limit` calls in order, those after the number `after` that have all the values in `query`.

        `early_by` is how many seconds before its own Retry-After a call came again, `model_early_by` how many before
        one that any call of the same key and model was told. Calls under way have no status.
        """
        wanted = {name: query[name] for name in FILTERS if name in query}
        after = int(query.get("after", 0))
        found = (row for row in self._timed() if row["seq"] > after and _has(row, wanted))
        return [row for row, _ in zip(found, range(limit), strict=False)]

    def summary(self) -> dict[str, Any]:
        """Counts: of calls by what they were and what became of them, of requests by how often they were called."""
        rows = self._timed()
        times = Counter(row["request"] for row in rows)
        return {
            "calls": len(rows),
            "requests": len(times),
            "repeated": {request: count for request, count in times.items() if count > 1},
            **{name: _counts(rows, name) for name in ("operation", "owner", "model", "status", "fault")},
            "early": sum(row["early_by"] > 0 for row in rows),
            "model_early": sum(row["model_early_by"] > 0 for row in rows),
            "input_tokens": sum(row["input_tokens"] or 0 for row in rows),
            "output_tokens": sum(row["output_tokens"] or 0 for row in rows),
        }

    def clear(self) -> None:
        """Forgets all calls."""
        self._store.drop_direct_calls()

    def _timed(self) -> list[dict[str, Any]]:
        rows = self._store.direct_calls()
        _time(rows, "early_by", ("operation", "owner", "request"))
        _time(rows, "model_early_by", ("operation", "owner", "model"))
        return rows


def _time(rows: list[dict[str, Any]], name: str, scope: tuple[str, ...]) -> None:
    """Sets `name` to how many seconds each row came before the end of what its scope had been told to wait."""
    told: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
    for row in rows:
        waits = told.setdefault(tuple(row[part] for part in scope), [])
        until = max((end for start, end in waits if start < row["at"]), default=0.0)
        row[name] = max(0.0, until - row["at"])
        if row["retry_after"] is not None and row["ended"] is not None:
            waits[:] = [wait for wait in waits if wait[1] > row["at"]]
            waits.append((row["ended"], row["ended"] + row["retry_after"]))


def _has(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(str(row[name]) == value for name, value in wanted.items())


def _counts(rows: list[dict[str, Any]], name: str) -> dict[str, int]:
    return dict(sorted(Counter(str(row[name]) for row in rows if row[name] is not None).items()))
