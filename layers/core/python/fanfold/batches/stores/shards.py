"""Shards in the table, fenced by their attempt: whoever claims a shard last is the one who may write to it."""

from collections.abc import Iterator
from typing import Any

from fanfold.batches.model.batch import LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Waiting
from fanfold.errors import Incomplete, Superseded
from fanfold.jobs.job import JobRef
from fanfold.ports import Change, Item, Key, Query, Table, every_item
from fanfold.versions import WRITTEN_AS, newest, read_item

OPEN = "shard"


class Shards:
    """The shards of batches."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def plan(self, shard: Shard) -> None:
        """Write a new shard; one that is there already stays as it is."""
        self._table.change(Change(key=shard.ref.key(_sk(shard.number)), set=_item(shard), expect={"state": None}))

    def get(self, ref: JobRef, number: int) -> Shard:
        """The shard. Raises Incomplete if planning has not come to it."""
        item = self._table.get(ref.key(_sk(number)))
        if item is None:
            raise Incomplete(f"shard {number} of {ref.job} is not planned")
        return _shard(item, ref)

    def claim(self, shard: Shard, token: str, now: str) -> Shard:
        """Begin an attempt: the intent to submit, and the token that waits for it. Raises Superseded."""
        if shard.batch is not None:
            return self._write(shard, add={"attempt": 1}, token=token)
        intent: Item = {"state": ShardState.SUBMITTING, "intent_at": shard.intent_at or now, "tried_at": now}
        return self._write(shard, add={"attempt": 1}, token=token, **intent)

    def dispatched(self, shard: Shard, token: str, sent: int, now: str) -> Shard:
        """Begin an attempt in the real-time lane, which sends so many of its chunks: from here on it is looked after.

        Raises Superseded.
        """
        news: Item = {"submitted_at": shard.submitted_at or now, "intent_at": shard.intent_at or now, "tried_at": now}
        news |= {"open": OPEN, "open_since": now, "sent": sent}
        return self._write(shard, add={"attempt": 1}, state=ShardState.SUBMITTED, token=token, **news)

    def sent_more(self, shard: Shard, sent: int) -> Shard:
        """Note that so many of its chunks are sent by now. Raises Superseded."""
        return self._write(shard, expect={"state": shard.state}, sent=sent)

    def sent_again(self, shard: Shard, now: str) -> Shard:
        """Note that messages of it were sent again, and how often. Raises Superseded."""
        return self._write(shard, expect={"state": shard.state}, tried_at=now, resent=shard.resent + 1)

    def staged(self, shard: Shard, staged: str, now: str) -> Shard:
        """Still ours, right before the batch is made: from now on others wait for it. Raises Superseded."""
        return self._write(shard, staged=staged, tried_at=now, creates=[*shard.creates, now])

    def submitted(self, shard: Shard, batch: str, now: str, *, adopted: bool = False) -> Shard:
        """Record the provider's batch: from here on the poller looks after it. Raises Superseded."""
        news: Item = {"batch": batch, "adopted": adopted, "submitted_at": now, "open": OPEN, "open_since": now}
        news |= {"waiting": None}
        return self._write(shard, state=ShardState.SUBMITTED, **news)

    def held(self, shard: Shard, token: str, waiting: Waiting, now: str) -> Shard:
        """Leave it to the poller, which answers the token when it is worth trying again. Raises Superseded."""
        news: Item = {"waiting": waiting.model_dump(mode="json"), "open": OPEN, "open_since": now}
        return self._write(shard, add={"attempt": 1}, state=ShardState.PLANNED, token=token, tried_at=None, **news)

    def turned_down(self, shard: Shard, waiting: Waiting) -> Shard:
        """The shard without the batch that its provider has no room for. Raises Superseded."""
        gone: Item = dict.fromkeys(("batch", "adopted", "submitted_at", "open", "open_since", "token", "moved_at"))
        news: Item = {"waiting": waiting.model_dump(mode="json"), "done": 0, "creates": [], "staged": None}
        news |= {"turned_down": shard.turned_down + 1}
        return self._write(shard, add={"attempt": 1}, state=ShardState.PLANNED, **news, **gone)

    def waits(self, shard: Shard, waiting: Waiting) -> Shard:
        """Note what it waits for while it is tried again by itself. Raises Superseded."""
        return self._write(shard, waiting=waiting.model_dump(mode="json"))

    def disowned(self, shard: Shard) -> Shard:
        """The shard without its batch, as if it had none yet. Raises Superseded."""
        gone: Item = dict.fromkeys(("batch", "adopted", "submitted_at", "open", "open_since", "token"))
        return self._write(shard, state=ShardState.PLANNED, done=0, **gone)

    def skipped(self, shard: Shard, token: str) -> Shard:
        """End a shard that is not to be submitted any more. Raises Superseded."""
        return self._write(shard, add={"attempt": 1}, state=ShardState.ENDED, token=token, waiting=None)

    def progress(self, shard: Shard, *, done: int, ended: bool, now: str) -> Shard:
        """Record how far the provider is, if the shard is still there. Raises Superseded."""
        still: Item = {"state": shard.state}
        news: Item = {"done": done, "moved_at": now, "stuck_since": None}
        return self._write(shard, expect=still, state=ShardState.ENDED if ended else shard.state, **news)

    def stuck(self, shard: Shard, since: str) -> Shard:
        """Note that nothing has moved since then. Raises Superseded."""
        return self._write(shard, expect={"state": shard.state}, stuck_since=since)

    def mark_failed_over(self, shard: Shard, now: str) -> Shard:
        """Give its batch up, unless it has ended. Raises Superseded."""
        return self._write(shard, expect={"state": shard.state, "failed_over_at": None}, failed_over_at=now)

    def handed_over(self, shard: Shard, *, overtaken: bool) -> Shard:
        """The shard in the real-time lane, as if it had never been sent. Raises Superseded."""
        gone: Item = dict.fromkeys(("open", "open_since", "token", "stuck_since", "moved_at"))
        news: Item = {"lane": LaneName.REALTIME, "overtaken": overtaken, "done": 0}
        return self._write(shard, add={"attempt": 1}, state=ShardState.PLANNED, **news, **gone)

    def collected(self, shard: Shard, paid_twice: int | None = None) -> Shard:
        """Close the shard: every one of its chunks is settled. Raises Superseded."""
        news: Item = {"open": None, "open_since": None, "token": None, "paid_twice": paid_twice, "waiting": None}
        return self._write(shard, state=ShardState.COLLECTED, **news)

    def of(self, ref: JobRef) -> Iterator[Shard]:
        """The job's shards, in order."""
        items = every_item(self._table, Query(partition=ref.partition, prefix="S#"))
        return (_shard(item, ref) for item in items)

    def open(self) -> Iterator[Shard]:
        """Every tenant's shards that are at a provider, oldest first."""
        items = every_item(self._table, Query(partition=OPEN, index="open"))
        return (_shard(item, JobRef.from_partition(item["pk"])) for item in items)

    def take_room(self, tenant: str, queue: str, chunks: int, most: int) -> int:
        """How many of these chunks the tenant may send to the queue, where it has `most` at a time; counted as sent."""
        item = self._table.change(Change(key=_waiting(tenant, queue), add={"chunks": chunks})) or {}
        over = min(chunks, max(0, int(item["chunks"]) - most))
        if over:
            self._table.change(Change(key=_waiting(tenant, queue), add={"chunks": -over}))
        return chunks - over

    def note_waiting(self, tenant: str, queue: str, chunks: int) -> None:
        """How many of the tenant's chunks wait in the queue, as they were counted."""
        self._table.change(Change(key=_waiting(tenant, queue), set={"chunks": chunks}))

    def _write(self, shard: Shard, *, add: Item | None = None, expect: Item | None = None, **news: Any) -> Shard:
        key, held = shard.ref.key(_sk(shard.number)), {"attempt": shard.attempt, **(expect or {})}
        whole = _whole_if_old(shard, {*news, *(add or {})})
        item = self._table.change(Change(key=key, set=whole | news, add=add or {}, expect=held))
        if item is None:
            raise Superseded(f"a newer attempt holds shard {shard.number} of {shard.job}")
        return _shard(item, shard.ref)


def _waiting(tenant: str, queue: str) -> Key:
    return Key(f"T#{tenant}", f"WAITING#{queue}")


def _sk(number: int) -> str:
    return f"S#{number:04d}"


def _item(shard: Shard) -> Item:
    """What the table has of a shard, but for its place in the index."""
    return shard.model_dump(mode="json", exclude={"tenant", "job", "number"}, exclude_none=True)


def _whole_if_old(shard: Shard, changed: set[str]) -> Item:
    """What else there is of a shard that an earlier release wrote, as this one writes it; nothing of others."""
    if shard.written_as == (now := newest(Shard.STEPS)):
        return {}
    return {name: value for name, value in _item(shard).items() if name not in changed} | {WRITTEN_AS: now}


def _shard(item: Item, ref: JobRef) -> Shard:
    where = {"tenant": ref.tenant, "job": ref.job, "number": int(item["sk"].removeprefix("S#"))}
    return Shard.model_validate(read_item(item, Shard.STEPS) | where)
