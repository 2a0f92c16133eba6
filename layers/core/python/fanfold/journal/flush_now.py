"""Flush now: what a tenant has posted goes to cold storage at once, without waiting for the stream's next batch."""

from pydantic import BaseModel

from fanfold.errors import Busy, Contended
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import JournalBlock, block_of, pending
from fanfold.journal.flush import MOST_BLOCKS, flush
from fanfold.ports import Query

MOST_FLUSHED = 500
"""Blocks in one call, which is to answer soon."""
FIRST_HOUR, LAST_HOUR = "0", "9"


class FlushedNow(BaseModel):
    """What was moved to cold storage. With `more` there is more: ask again."""

    blocks: int = 0
    entries: int = 0
    segments: int = 0
    elsewhere: int = 0
    """Blocks that somebody else had flushed at the same moment."""
    spoilt: int = 0
    """Blocks that can't be flushed; the operator is told of them."""
    more: bool = False


def flush_now(tenant: str, backend: JournalBackend) -> FlushedNow:
    """Move all that the tenant's open hours hold, or as much as one call can. Raises Busy."""
    done = FlushedNow()
    for hour in [item["sk"] for item in backend.places.between(tenant, FIRST_HOUR, LAST_HOUR) if item.get("open")]:
        after = None
        while done.blocks < MOST_FLUSHED:
            query = Query(partition=pending(tenant, hour), limit=MOST_BLOCKS, after=after)
            page = backend.table.page(query)
            done = _flushed(page.items, done, backend)
            if (after := page.cursor) is None:
                break
        else:
            return done.model_copy(update={"more": True})
    return done


def _flushed(items: list[dict[str, object]], done: FlushedNow, backend: JournalBackend) -> FlushedNow:
    """The sum with these blocks; one that can't be read keeps no other."""
    moved = done.model_dump()
    blocks = [block_of(item) for item in items]
    for group in (blocks,) if _readable(blocks) else tuple([block] for block in blocks):
        if not _readable(group):
            moved["spoilt"] += len(group)
            continue
        try:
            flushed = flush(group, backend)
        except Contended:
            raise Busy("others flush the same at this moment; ask again", 1) from None
        for name in ("blocks", "entries", "segments", "elsewhere"):
            moved[name] += getattr(flushed, name)
    return FlushedNow.model_validate(moved)


def _readable(blocks: list[JournalBlock]) -> bool:
    try:
        for block in blocks:
            list(block.entries())
    except ValueError:
        return False
    return True
