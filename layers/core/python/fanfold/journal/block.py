"""A block: the entries of one POST, or a part of them, that are not flushed yet, as one item."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fanfold.journal import ids
from fanfold.journal.columns import decode, encode
from fanfold.journal.entry import Entry
from fanfold.ports import Item, Key
from fanfold.versions import Steps, read_item, stamped

KIND = "block"
STEPS: Steps = ()
"""From each version of a block's item to the next."""
MOST_BODY_BYTES = 350_000
"""What an item's body may have, so that the item stays under DynamoDB's 400 KB."""


class JournalBlock(NamedTuple):
    """Entries of one tenant that are not flushed yet. `first` is the lowest id, and names it."""

    tenant: str
    first: str
    body: bytes
    tally: dict[str, dict[str, int]]
    """Entries by stream and level."""

    @property
    def hour(self) -> str:
        return ids.hour_of(self.first)

    @property
    def key(self) -> Key:
        return Key(pending(self.tenant, self.hour), self.first)

    @property
    def size(self) -> int:
        """Entries in it."""
        return sum(sum(levels.values()) for levels in self.tally.values())

    def entries(self) -> list[Entry]:
        """What it holds, in the order of the ids. Raises ValueError if the body is not one of ours."""
        return decode(self.first[: ids.ORIGIN], self.body)


def pending(tenant: str, hour: str) -> str:
    """The partition of a tenant's blocks of an hour."""
    return f"T#{tenant}#P#{hour}"


def pack(tenant: str, entries: Sequence[Entry]) -> Iterator[JournalBlock]:
    """The entries of one POST, in the order of their ids, as few blocks as fit an item each."""
    body = encode(entries)
    if len(body) > MOST_BODY_BYTES and len(entries) > 1:
        half = len(entries) // 2
        yield from pack(tenant, entries[:half])
        yield from pack(tenant, entries[half:])
        return
    yield JournalBlock(tenant, entries[0].id, body, tallied(entries))


def tallied(entries: Sequence[Entry]) -> dict[str, dict[str, int]]:
    """How many there are, by stream and level."""
    found: dict[str, dict[str, int]] = {}
    for (stream, level), count in Counter((entry.stream, entry.level) for entry in entries).items():
        found.setdefault(stream, {})[level] = count
    return found


def item(block: JournalBlock) -> dict[str, Any]:
    """What the table keeps of it besides its key."""
    return {"kind": KIND, "body": block.body, "tally": block.tally} | stamped(STEPS)


def block_of(kept: Item) -> JournalBlock:
    """The block of an item. Raises KeyError for another kind of item, WrittenLater for one of a later release."""
    if kept.get("kind") != KIND:
        raise KeyError("kind")
    kept = read_item(kept, STEPS)
    tally = {stream: {level: int(count) for level, count in levels.items()} for stream, levels in kept["tally"].items()}
    return JournalBlock(kept["pk"].split("#")[1], kept["sk"], kept["body"], tally)
