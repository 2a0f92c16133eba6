"""Sweep: what the stream missed is flushed, what a crash left unpublished is published, what is too old goes."""

from collections.abc import Iterator
from datetime import timedelta

from fanfold.clock import moment
from fanfold.errors import FanfoldError
from fanfold.journal import counters, ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import JournalBlock, block_of, pending
from fanfold.journal.flush import MOST_BLOCKS, flush, publish
from fanfold.journal.hour_index import tenant_of
from fanfold.journal.segment import UNPUBLISHED, flushed, folder, segment_of
from fanfold.journal.spikes import tell_spikes
from fanfold.ports import Change, Item, Key, Query, every_item
from fanfold.sweeping import SweepRound

SHUT_AFTER = timedelta(hours=2)
"""After its beginning: an hour takes blocks while it lasts, and no call that began in it lasts another."""


class SweptJournal(SweepRound):
    """What a round did. `oldest_seconds` is how long the oldest block has been waiting that is still there."""

    flushed: int = 0
    """Entries."""
    published: int = 0
    """Segments."""
    failed: int = 0
    """Blocks that can't be flushed."""
    pending: int = 0
    """Blocks that are younger than the sweeper looks at."""
    removed: int = 0
    """Segments that were too old."""
    oldest_seconds: int = 0
    spikes: int = 0
    """Streams that had far more errors than usual, and were told of."""


def sweep(backend: JournalBackend) -> SweptJournal:
    """One round over all tenants. What is wrong with one of them stops no other."""
    swept = SweptJournal()
    for item in every_item(backend.table, Query(partition=UNPUBLISHED, index="open")):
        swept.attempt(f"{item['pk']} {item['sk']}", _publish, item, backend, swept)
    for tenant, hour in list(backend.places.open_hours()):
        swept.attempt(pending(tenant, hour), _look_into, tenant, hour, backend, swept)
    for stream in list(backend.places.streams()):
        swept.attempt(f"{stream['pk']} {stream['sk']}", _forget_old, stream, backend, swept)
    return swept


def _publish(item: Item, backend: JournalBackend, swept: SweptJournal) -> None:
    until = backend.clock() - timedelta(seconds=backend.settings.journal_grace_seconds)
    if moment(item["open_since"]) <= until:
        publish(segment_of(item), backend)
        swept.published += 1


def _look_into(tenant: str, hour: str, backend: JournalBackend, swept: SweptJournal) -> None:
    _flush_hour(tenant, hour, backend, swept)
    swept.spikes += tell_spikes(tenant, hour, backend)


def _flush_hour(tenant: str, hour: str, backend: JournalBackend, swept: SweptJournal) -> None:
    now = backend.clock()
    until = now - timedelta(seconds=backend.settings.journal_grace_seconds)
    waiting, left = False, False
    for page in _pages(Query(partition=pending(tenant, hour), limit=MOST_BLOCKS), backend):
        old = [item for item in page if ids.accepted(item["sk"]) <= until]
        waiting = waiting or len(old) < len(page)
        swept.pending += len(page) - len(old)
        spoilt = _flush(old, backend, swept)
        left = left or bool(spoilt)
        for item in spoilt:
            waited = now - ids.accepted(item["sk"])
            swept.oldest_seconds = max(swept.oldest_seconds, int(waited.total_seconds()))
    if not (waiting or left) and now - ids.beginning(hour) > SHUT_AFTER:
        backend.places.shut(tenant, hour)


def _pages(query: Query, backend: JournalBackend) -> Iterator[list[Item]]:
    while True:
        page = backend.table.page(query)
        yield page.items
        if not page.cursor:
            return
        query = query.model_copy(update={"after": page.cursor})


def _flush(items: list[Item], backend: JournalBackend, swept: SweptJournal) -> list[Item]:
    """Flush them together or, if that fails, one by one, so that a spoilt one keeps no other; answers those."""
    blocks = [block_of(item) for item in items]
    if _flushes(blocks, backend, swept):
        return []
    spoilt = [item for item, block in zip(items, blocks, strict=True) if not _flushes([block], backend, swept)]
    for item in spoilt:
        place = Key(item["pk"], item["sk"])
        backend.table.change(Change(key=place, add={"failures": 1}, expect={"kind": item["kind"]}))
        swept.failed += 1
    return spoilt


def _flushes(blocks: list[JournalBlock], backend: JournalBackend, swept: SweptJournal) -> bool:
    try:
        swept.flushed += flush(blocks, backend).entries
    except (FanfoldError, ValueError):
        return False
    return True


def _forget_old(stream: Item, backend: JournalBackend, swept: SweptJournal) -> None:
    """Remove what is past the stream's retention, hour by hour."""
    tenant, name = tenant_of(stream), stream["sk"]
    days = stream.get("retention_days") or backend.settings.journal_retention_days
    until = ids.hour(backend.clock() - timedelta(days=days))
    since = stream["open_since"]
    if since >= until:
        return
    for hour in [item["sk"] for item in backend.places.between(tenant, since, until)]:
        if hour < until:
            _forget_hour(tenant, name, hour, backend, swept)
    backend.places.kept_since(tenant, name, until)


def _forget_hour(tenant: str, stream: str, hour: str, backend: JournalBackend, swept: SweptJournal) -> None:
    """Objects first: an item without its object is found again, an object without its item is not."""
    backend.blobs.remove_under(folder(tenant, stream, hour))
    partition = flushed(tenant, hour)
    for item in list(every_item(backend.table, Query(partition=partition, prefix=f"{stream}#"))):
        backend.blobs.remove_under(segment_of(item).staged)
        backend.table.remove(Key(partition, item["sk"]))
        swept.removed += 1
    backend.table.remove(counters.place(tenant, hour, stream))
    left = (backend.table.page(Query(partition=each, limit=1)).items for each in (partition, pending(tenant, hour)))
    if not any(left):
        backend.places.forget(tenant, hour)
