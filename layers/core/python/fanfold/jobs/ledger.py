"""Ledger: what jobs of every kind cost, added up by day and by all that money is asked for by.

An item for each day and each combination of kind, provider, model, lane, template, key and tags that jobs had that day,
`T#<tenant>#STATS` / `L#<day>#<hash>`. `usage_stats` moves them in the transaction that counts the job.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from fanfold.ports import Change, Item, Key, Query, Table, every_item

FAMILY = "L"
DIMENSIONS = ("kind", "provider", "model", "lane", "template", "key")
FIGURES = (
    *("jobs", "primary_jobs", "succeeded", "failed", "spent_nanos", "list_nanos", "unpriced"),
    *("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"),
    *("repeated", "limited", "limit_tokens"),
)
"""Figures that a row has. `repeated` requests asked what another of their job did; `limited` ones had a token limit of
their batch, in all `limit_tokens`."""


class Bill(NamedTuple):
    """What a row is about."""

    kind: str
    provider: str
    model: str
    lane: str
    template: str | None = None
    key: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return blake2b(json.dumps(self).encode(), digest_size=12).hexdigest()


class LedgerRow(NamedTuple):
    """What jobs that had all of this in common came to on a day."""

    day: str
    bill: Bill
    figures: Counter[str]


def move(partition: str, day: str, bill: Bill, step: Mapping[str, int]) -> Iterator[Change]:
    """The change of a row by a step, if that is any."""
    moved = {name: step[name] for name in FIGURES if step.get(name)}
    if moved:
        said = {name: value for name, value in bill._asdict().items() if value is not None and value != ()}
        yield Change(key=Key(partition, f"{FAMILY}#{day}#{bill.digest}"), set=_plain(said), add=moved)


def rows(table: Table, partition: str, first: str, last: str) -> Iterator[LedgerRow]:
    """The rows of these days, both included."""
    query = Query(partition=partition, since=f"{FAMILY}#{first}", until=f"{FAMILY}#{last}#~")
    return map(_row, every_item(table, query))


def _plain(said: Item) -> Item:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _row(item: Item) -> LedgerRow:
    said: Item = {name: item.get(name) for name in DIMENSIONS}
    figures = Counter({name: int(item[name]) for name in FIGURES if name in item})
    return LedgerRow(item["sk"].split("#")[1], Bill(**said, tags=tuple(item.get("tags", ()))), figures)
