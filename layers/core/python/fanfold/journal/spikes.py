"""Spikes: an hour of a stream that has far more errors than those of the day before.

Counters are of what is flushed, so a spike is seen a flush after it begins. It is looked for as long as its hour is
open, and noted once it was told; who dies in between tells it again.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from fanfold.clock import stamp
from fanfold.events import ErrorSpike
from fanfold.journal import counters, ids
from fanfold.journal.backend import JournalBackend
from fanfold.ports import Change, Item, Query, every_item

BEFORE = 24
"""Hours that say what is usual."""
LEAST, TIMES = 20, 5
"""Errors in an hour that a spike has at least, and how many times as many as usual."""
ERRORS = ("level_error", "level_critical")


def tell_spikes(tenant: str, hour: str, backend: JournalBackend) -> int:
    """Tell of the streams that have a spike in this hour, each once; how many."""
    here = [item for item in _counted(tenant, hour, hour, backend) if _errors(item) >= LEAST and "told" not in item]
    if not here:
        return 0
    usual = _usual(tenant, hour, backend)
    spikes = [item for item in here if _errors(item) >= TIMES * max(usual.get(_stream(item), 0), 1)]
    for item in spikes:
        name = _stream(item)
        spike = ErrorSpike(
            tenant=tenant,
            at=stamp(backend.clock()),
            stream=name,
            hour=hour,
            errors=_errors(item),
            usual=round(usual.get(name, 0), 2),
        )
        backend.events.publish(spike.NAME, spike)
        backend.table.change(Change(key=counters.place(tenant, hour, name), set={"told": True}))
    return len(spikes)


def _usual(tenant: str, hour: str, backend: JournalBackend) -> dict[str, float]:
    """Errors in an hour of the day before, by stream."""
    beginning = ids.beginning(hour)
    since, until = (ids.hour(beginning - timedelta(hours=hours)) for hours in (BEFORE, 1))
    sums: Counter[str] = Counter()
    for item in _counted(tenant, since, until, backend):
        sums[_stream(item)] += _errors(item)
    return {stream: count / BEFORE for stream, count in sums.items()}


def _counted(tenant: str, since: str, until: str, backend: JournalBackend) -> Iterator[Item]:
    return every_item(backend.table, Query(partition=counters.counted(tenant), since=since, until=f"{until}#~"))


def _errors(item: Item) -> int:
    return sum(item.get(level, 0) for level in ERRORS)


def _stream(item: Item) -> str:
    return str(item["sk"]).partition("#")[2]
