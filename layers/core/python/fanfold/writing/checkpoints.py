"""Checkpoints of a job: one item for each paid piece of its work, which is written once.

`claim` gives a writer its attempt; only the last that claimed can settle. A piece that is settled stays so.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from fanfold.jobs.job import Counts, JobRef
from fanfold.ports import Change, Item, Query, Table


class Checkpoint(BaseModel):
    """A piece of work: its result is the object `result`. `number` counts from 1; 0 is the outline, or the training."""

    model_config = ConfigDict(frozen=True)

    number: int
    attempt: int = 0
    result: str | None = None
    words: int = 0
    calls: int = 0
    """Requests that it took: one, and one for each time that an answer was cut at its limit."""
    repaired: bool = False
    """Whether it was written a second time because its length was wrong."""
    tokens: Counts = Counts()
    cost: int | None = None

    @property
    def settled(self) -> bool:
        return self.result is not None


class Checkpoints:
    """The pieces of jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, ref: JobRef, number: int) -> Checkpoint:
        """The piece as it is; one that nobody has touched has attempt 0."""
        item = self._table.get(ref.key(_sk(number)))
        return _section(item) if item else Checkpoint(number=number)

    def all(self, ref: JobRef) -> Iterator[Checkpoint]:
        """Every piece that was begun, in order."""
        page = self._table.page(Query(partition=ref.partition, prefix="S#"))
        return (_section(item) for item in page.items)

    def claim(self, ref: JobRef, section: Checkpoint) -> Checkpoint | None:
        """Begin the piece; None if somebody else has begun or settled it meanwhile."""
        before = {"attempt": section.attempt or None, "result": None}
        change = Change(key=ref.key(_sk(section.number)), set={"attempt": section.attempt + 1}, expect=before)
        item = self._table.change(change)
        return _section(item) if item else None

    def settle(self, ref: JobRef, section: Checkpoint) -> bool:
        """Record the piece; False if a later attempt has it, or it is settled."""
        item = section.model_dump(mode="json", exclude={"number", "attempt"}, exclude_none=True)
        same = {"attempt": section.attempt, "result": None}
        return self._table.change(Change(key=ref.key(_sk(section.number)), set=item, expect=same)) is not None


def _sk(number: int) -> str:
    return f"S#{number:02d}"


def _section(item: Item) -> Checkpoint:
    return Checkpoint.model_validate(item | {"number": int(item["sk"].removeprefix("S#"))})
