"""Cache: answers that another of the tenant's batches has had to the same request, to the word, of the same model.

An entry names no more than where an answer is among the results of the batch that paid for it: it is worthless once
that batch is deleted, and expires when that batch does. What a chunk found is written down before anything is asked,
so that every attempt on it asks the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from fanfold.batches.input.duplicates import body_of
from fanfold.batches.model.result import Result
from fanfold.batches.model.shard import Shard
from fanfold.clock import Clock, moment
from fanfold.errors import Contended
from fanfold.ports import Blobs, Change, Item, Key, Table
from fanfold.providers import Outcome, Status, Usage

T = TypeVar("T")
SK = "CACHED"
READ, WRITTEN = 100, 50
"""Entries in one call."""


class CachedAnswer(NamedTuple):
    """An answer to keep: what was asked, and where in which object the result is."""

    body: bytes
    results: str
    start: int
    length: int


class Cache:
    """Where tenants' answers are, by what was asked."""

    def __init__(self, table: Table, blobs: Blobs, clock: Clock) -> None:
        self._table, self._blobs, self._clock = table, blobs, clock

    def known(self, shard: Shard, requests: Sequence[bytes], positions: Iterable[int]) -> dict[int, Outcome]:
        """The outcomes of those positions that are known; what was found for the chunk once is found again."""
        found: dict[int, Outcome] = {}
        for some in _some(positions, READ):
            keys = {position: _key(shard, body_of(requests[position])) for position in some}
            items = dict(zip(wanted, self._table.several(wanted), strict=True)) if (wanted := _once(keys)) else {}
            for position, key in keys.items():
                if (item := items[key]) and (outcome := self._outcome(item, position)):
                    found[position] = outcome
        return found

    def keep(self, shard: Shard, answers: Iterable[CachedAnswer], until: str) -> None:
        """Remember where answers are. What another writes at the same moment may get lost: it is asked again."""
        changes = {}
        for each in answers:
            key = _key(shard, each.body)
            place = {"results": each.results, "start": each.start, "length": each.length}
            changes[key] = Change(key=key, set=place | {"expires": int(moment(until).timestamp())})
        for some in _some(changes.values(), WRITTEN):
            with suppress(Contended):
                self._table.together(*some)

    def _outcome(self, item: Item, position: int) -> Outcome | None:
        if item["expires"] <= self._clock().timestamp():
            return None
        try:
            line = self._blobs.get_range(item["results"], item["start"], item["length"])
            result = Result.model_validate_json(line)
        except (KeyError, ValidationError):  # its batch is deleted
            return None
        if result.status is not Status.SUCCEEDED:
            return None
        told = result.model_dump(include={"output", "finish_reason", "provider_reason", "response"})
        return Outcome(id=str(position), status=Status.SUCCEEDED, usage=Usage(), cached=True, **told)


def _some(each: Iterable[T], most: int) -> Iterator[list[T]]:
    rest = iter(each)
    while found := list(islice(rest, most)):
        yield found


def _once(keys: dict[int, Key]) -> list[Key]:
    return list(dict.fromkeys(keys.values()))


def _key(shard: Shard, body: bytes) -> Key:
    asked = sha256(shard.provider.encode() + b"\n" + body).hexdigest()
    return Key(f"T#{shard.tenant}#CACHE#{asked}", SK)
