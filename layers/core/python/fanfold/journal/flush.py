"""Flush: blocks from the table to cold storage.

Objects are staged first. Then one transaction takes the blocks away, notes their segments and moves the counters: it
is made once, whoever else has the same blocks in hand. Then the objects are published. A crash before the
transaction leaves blocks that are flushed again, under the same object names if together with the same ones; a
crash after it leaves segments that readers find and the sweeper publishes.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel

from fanfold.clock import stamp
from fanfold.errors import Contended
from fanfold.journal import counters, ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import KIND, JournalBlock
from fanfold.journal.entry import Entry
from fanfold.journal.segment import Segment, commit, made, publication
from fanfold.ports import Change, Removal

MOST_BLOCKS = 50
MOST_STREAMS = 20
"""In one transaction: each takes two items, its segment and its counters."""
MOST_FLUSHED_ENTRIES = 20_000
MOST_FLUSHED_BYTES = 3_000_000
"""A transaction's items have 4 MB at most."""
ATTEMPTS = 8
PAUSE = 0.05


class Flushed(BaseModel):
    """What a call moved to cold storage; `elsewhere` are blocks that somebody else had flushed already."""

    blocks: int = 0
    entries: int = 0
    segments: int = 0
    elsewhere: int = 0
    retries: int = 0


def flush(blocks: Iterable[JournalBlock], backend: JournalBackend) -> Flushed:
    """Move the blocks; each is moved once, however many do. Raises Contended, and ValueError for a spoilt block."""
    done = Flushed()
    for group in _groups(blocks):
        _flush_group(group, backend, done)
    return done


class _Part(NamedTuple):
    """What becomes one segment, with its entries by milliseconds of lag."""

    segment: Segment
    lags: dict[int, int]


def _groups(blocks: Iterable[JournalBlock]) -> Iterator[list[JournalBlock]]:
    """Blocks of a tenant and hour that fit into one transaction."""
    once = {(block.tenant, block.first): block for block in blocks}
    group: list[JournalBlock] = []
    for place in sorted(once):
        if group and not _fits(group, once[place]):
            yield group
            group = []
        group.append(once[place])
    if group:
        yield group


def _fits(group: list[JournalBlock], block: JournalBlock) -> bool:
    streams = set(block.tally).union(*(each.tally for each in group))
    return (
        (block.tenant, block.hour) == (group[0].tenant, group[0].hour)
        and len(group) < MOST_BLOCKS
        and len(streams) <= MOST_STREAMS
        and block.size + sum(each.size for each in group) <= MOST_FLUSHED_ENTRIES
        and len(block.body) + sum(len(each.body) for each in group) <= MOST_FLUSHED_BYTES
    )


def _flush_group(group: list[JournalBlock], backend: JournalBackend, done: Flushed) -> None:
    parts: list[_Part] = []
    for attempt in range(ATTEMPTS):
        parts = parts or list(_staged(group, backend))
        try:
            if backend.table.together(*_changes(group, parts, attempt, backend)):
                break
            left = _left(group, backend)
            done.elsewhere += len(group) - len(left)
            group, parts = left, []
            if not group:
                return
        except Contended:
            backend.pause(PAUSE * 2**attempt)
        done.retries += 1
    else:
        raise Contended(f"{len(group)} blocks of {group[0].tenant} are in other hands at this moment")
    for part in parts:
        publish(part.segment, backend)
    done.blocks += len(group)
    done.segments += len(parts)
    done.entries += sum(part.segment.size for part in parts)


def _staged(group: list[JournalBlock], backend: JournalBackend) -> Iterator[_Part]:
    """The segments of a group, their objects written."""
    now = ids.millis(backend.clock())
    by_stream: dict[str, list[Entry]] = {}
    for entry in (entry for block in group for entry in block.entries()):
        by_stream.setdefault(entry.stream, []).append(entry)
    names = [block.first for block in group]
    for stream, entries in by_stream.items():
        entries.sort(key=lambda entry: entry.id)
        segment, body = made(group[0].tenant, group[0].hour, stream, entries, names)
        backend.blobs.put(segment.staged, body)
        yield _Part(segment, _lags(group, stream, now))


def _lags(group: list[JournalBlock], stream: str, now: int) -> dict[int, int]:
    lags: dict[int, int] = {}
    for block in group:
        lag = max(0, now - ids.millis(ids.accepted(block.first)))
        lags[lag] = lags.get(lag, 0) + sum(block.tally.get(stream, {}).values())
    return lags


def _changes(
    group: list[JournalBlock], parts: list[_Part], retries: int, backend: JournalBackend
) -> list[Change | Removal]:
    now = stamp(backend.clock())
    found: list[Change | Removal] = [Removal(key=block.key, expect={"kind": KIND}) for block in group]
    for segment, lags in parts:
        found.append(commit(segment, now))
        key = counters.place(segment.tenant, segment.hour, segment.stream)
        found.append(counters.moved(key, segment.levels, lags, segment.stored, retries))
    return found


def _left(group: list[JournalBlock], backend: JournalBackend) -> list[JournalBlock]:
    """Those that nobody has flushed yet."""
    found = backend.table.several([block.key for block in group])
    return [block for block, item in zip(group, found, strict=True) if item is not None]


def publish(segment: Segment, backend: JournalBackend) -> None:
    """Put the object where readers of raw files look. May be repeated."""
    try:
        backend.blobs.copy(segment.staged, segment.object)
    except KeyError:
        backend.blobs.size(segment.object)  # an earlier call copied it, and the staged one is gone
    backend.table.change(publication(segment))
    backend.blobs.remove_under(segment.staged)
