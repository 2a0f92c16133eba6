"""Jobs in the table: `META` is the job, `COUNT` its running counters."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from fanfold.errors import NotFound, Superseded
from fanfold.jobs.job import OPEN, Counts, Job, JobRef
from fanfold.ports import Change, Item, Query, Table

META = "META"
COUNT = "COUNT"
J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """The jobs of one kind; `model` is the kind's own Job."""

    def __init__(self, table: Table, model: type[J], kind: str) -> None:
        self._table, self._model, self._kind = table, model, kind

    def accept(self, job: J) -> J | None:
        """Write a new job, once. None if it is new; otherwise the job that already has its id."""
        item = job.model_dump(mode="json", exclude={"tenant", "id"}, exclude_none=True)
        indexes = {"listing": f"T#{job.tenant}#{self._kind}", "listed": f"{job.created_at}#{job.id}"}
        if job.state in OPEN:
            indexes |= {"open": f"job#{self._kind}", "open_since": job.created_at}
        written = self._table.change(Change(key=job.ref.key(META), set=item | indexes, expect={"state": None}))
        return None if written else self.get(job.ref)

    def get(self, ref: JobRef) -> J:
        """The job. Raises NotFound, also for another tenant's."""
        item = self._table.get(ref.key(META))
        if item is None or item["kind"] != self._kind:
            raise NotFound(f"there is no {self._kind} {ref.job!r}", field="id")
        return self._job(item)

    def move(self, job: J, **news: Any) -> J:
        """Change a job that is still as we read it: same state, run and execution. Raises Superseded."""
        shut = {"open": None, "open_since": None} if news.get("state", job.state) not in OPEN else {}
        read = {"state": job.state.value, "run": job.run, "execution": job.execution}
        item = self._table.change(Change(key=job.ref.key(META), set=news | shut, expect=read))
        if item is None:
            raise Superseded(f"{self._kind} {job.id} has moved on")
        return self._job(item)

    def counts(self, ref: JobRef) -> Counts:
        """The running counters, as far as chunks are settled."""
        return Counts.model_validate(self._table.get(ref.key(COUNT)) or {})

    def list(self, tenant: str, limit: int, cursor: str | None) -> tuple[list[J], str | None]:
        """A page of the tenant's jobs, newest first, and the next page's cursor."""
        page = self._table.page(
            Query(partition=f"T#{tenant}#{self._kind}", index="listing", newest_first=True, limit=limit, after=cursor)
        )
        return [self._job(item) for item in page.items], page.cursor

    def open(self) -> Iterator[J]:
        """Every tenant's jobs that are not over, oldest first."""
        cursor = None
        while True:
            page = self._table.page(Query(partition=f"job#{self._kind}", index="open", after=cursor))
            yield from (self._job(item) for item in page.items)
            if not (cursor := page.cursor):
                return

    def _job(self, item: Item) -> J:
        _, tenant, _, job = item["pk"].split("#")
        return self._model.model_validate(item | {"tenant": tenant, "id": job})
