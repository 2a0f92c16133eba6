"""Dead letters: requests that workers die of. Each is a letter of its own, listed for its tenant.

The batch completes with them failed as `poisoned`; redriving sends them, and only them, in a round of their own.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from fanfold.jobs.job import JobRef
from fanfold.ports import Change, Item, Query, Table, every_item
from fanfold.providers import Fault

PAGE = 100
KIND = "poisoned"
POISONED = Fault(kind=KIND, message="workers die of this request; it is among the dead letters")


class DeadLetter(BaseModel):
    """A request that is dead, and since when."""

    model_config = ConfigDict(frozen=True)

    job: str
    chunk: int
    position: int
    custom_id: str
    line: int
    kind: str = KIND
    died_at: str


class DeadLetters:
    """The dead letters of tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, letter: DeadLetter) -> None:
        """Keep the letter; one that is there already stays as it is."""
        ref = JobRef(tenant=tenant, job=letter.job)
        item = letter.model_dump(exclude={"job", "chunk", "position"})
        place = f"{letter.died_at}#{letter.job}#{letter.chunk:06d}#{letter.position:06d}"
        listed = {"listing": f"T#{tenant}#dead", "listed": place}
        self._table.change(Change(key=ref.key(_sk(letter)), set=item | listed, expect={"died_at": None}))

    def page(self, tenant: str, limit: int, cursor: str | None) -> tuple[list[DeadLetter], str | None]:
        """A page of the tenant's letters, newest first, and the cursor of the next."""
        query = Query(partition=f"T#{tenant}#dead", index="listing", newest_first=True, limit=limit, after=cursor)
        page = self._table.page(query)
        return [_letter(item) for item in page.items], page.cursor

    def all(self, tenant: str) -> Iterator[DeadLetter]:
        """Every letter of the tenant."""
        query = Query(partition=f"T#{tenant}#dead", index="listing", newest_first=True)
        return map(_letter, every_item(self._table, query))

    def remove(self, ref: JobRef) -> None:
        """Forget the job's letters."""
        query = Query(partition=ref.partition, prefix="DEAD#")
        while found := self._table.page(query).items:
            for item in found:
                self._table.remove(ref.key(item["sk"]))


def _sk(letter: DeadLetter) -> str:
    return f"DEAD#{letter.chunk:06d}#{letter.position:06d}"


def _letter(item: Item) -> DeadLetter:
    job = JobRef.from_partition(item["pk"]).job
    _, chunk, position = item["sk"].split("#")
    return DeadLetter.model_validate(item | {"job": job, "chunk": int(chunk), "position": int(position)})
