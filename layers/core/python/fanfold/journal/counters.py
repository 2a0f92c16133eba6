"""Counters of what is flushed, an item by stream and hour; they move in the transaction that flushes.

Lags and sizes are counted by powers of two, from which percentiles are read.
"""

from collections.abc import Iterable, Mapping

from fanfold.ports import Change, Item, Key

LEVEL, LAG, SIZE = "level_", "lag_", "size_"


def counted(tenant: str) -> str:
    """The partition of a tenant's counters."""
    return f"T#{tenant}#N"


def place(tenant: str, hour: str, stream: str) -> Key:
    return Key(counted(tenant), f"{hour}#{stream}")


def moved(key: Key, levels: Mapping[str, int], lags: Mapping[int, int], size: int, retries: int) -> Change:
    """Add a segment: entries by level, by milliseconds of lag, and its bytes."""
    entries = sum(levels.values())
    add: dict[str, int] = {"entries": entries, "segments": 1, "bytes": size, "retries": retries}
    add |= {LEVEL + level: count for level, count in levels.items()}
    add[f"{SIZE}{step(entries)}"] = 1
    for lag, count in lags.items():
        name = f"{LAG}{step(lag)}"
        add[name] = add.get(name, 0) + count
    return Change(key=key, add=add)


def step(value: int) -> int:
    """The power of two that the value is under."""
    return max(value, 0).bit_length()


def spread(items: Iterable[Item], prefix: str) -> dict[int, int]:
    """How many fell into each step, over all items."""
    found: dict[int, int] = {}
    for item in items:
        for name, count in item.items():
            if name.startswith(prefix) and name.removeprefix(prefix).isdigit():
                at = int(name.removeprefix(prefix))
                found[at] = found.get(at, 0) + count
    return found


def percentile(spread: Mapping[int, int], percent: float) -> int | None:
    """A value that so many percent are not over: the upper end of a step, so up to twice too high."""
    left = sum(spread.values()) * percent / 100
    for at in sorted(spread):
        left -= spread[at]
        if left <= 0:
            return (1 << at) - 1
    return None
