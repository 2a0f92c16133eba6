"""Jobs in the table: `META` is the job, `COUNT` its running counters, `TOLD` what was told of it on its way."""

import builtins
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from fanfold.errors import NotFound, Superseded
from fanfold.jobs.job import OPEN, Counts, Job, JobRef, State
from fanfold.ports import Change, Item, Query, Table, every_item
from fanfold.versions import brought_up, newest

LOG = logging.getLogger(__name__)
META = "META"
COUNT = "COUNT"
TOLD = "TOLD"
J = TypeVar("J", bound=Job)
LAST = "~"
"""Behind every place in a list of jobs."""
Unreadable = Callable[[str, Exception], None]
"""Told of an item that can't be read: its partition, and why."""
States = Callable[[Sequence[JobRef]], Sequence[str | None]]
"""The states of jobs of whatever kind, 100 at most; None for one that is gone."""


def states_in(table: Table) -> States:
    """The states of jobs as that table has them."""

    def states(refs: Sequence[JobRef]) -> list[str | None]:
        found = table.several([ref.key(META) for ref in refs]) if refs else []
        return [item["state"] if item else None for item in found]

    return states


class Jobs(Generic[J]):
    """The jobs of one kind; `model` is the kind's own Job."""

    def __init__(self, table: Table, model: type[J], kind: str) -> None:
        self._table, self._model, self._kind = table, model, kind
        self._newest = newest(model.STEPS)

    def accept(self, job: J) -> J | None:
        """Write a new job, once. None if it is new; otherwise the job that already has its id."""
        item = _item(job) | {"version": job.version}
        indexes = {"listing": f"T#{job.tenant}#{self._kind}", "listed": _listed(job)}
        indexes |= self._open(job.state, job.created_at, job.expires_at, job.end_unpublished)
        written = self._table.change(Change(key=job.ref.key(META), set=item | indexes, expect={"state": None}))
        return None if written else self.get(job.ref)

    def get(self, ref: JobRef) -> J:
        """The job. Raises NotFound, also for another tenant's."""
        item = self._table.get(ref.key(META))
        if item is None or item["kind"] != self._kind:
            raise NotFound(f"there is no {self._kind} {ref.job!r}", field="id")
        return self._job(item, ref)

    def move(self, job: J, *also: Change, **news: Any) -> J:
        """Change a job that is still as we read it, together with other items if there are any. Raises Superseded."""
        state, expires_at = news.get("state", job.state), news.get("expires_at", job.expires_at)
        end_unpublished = bool(news.get("end_unpublished", job.end_unpublished))
        index = self._open(state, job.created_at, expires_at, end_unpublished)
        change = Change(
            key=job.ref.key(META),
            set=self._whole_if_old(job) | news | index,
            add={"version": 1},
            expect={"version": job.version},
        )
        item = self._table.change(change) if not also else self._together(change, *also)
        if item is None:
            raise Superseded(f"{self._kind} {job.id} has moved on")
        return self._job(item, job.ref)

    def _together(self, change: Change, *also: Change) -> Item | None:
        return self._table.get(change.key) if self._table.together(change, *also) else None

    def counts(self, ref: JobRef) -> Counts:
        """The running counters, as far as chunks are settled."""
        return Counts.model_validate(self._table.get(ref.key(COUNT)) or {})

    def counts_of(self, jobs: Sequence[J]) -> list[Counts]:
        """The same of several jobs, 100 at most."""
        found = self._table.several([job.ref.key(COUNT) for job in jobs]) if jobs else []
        return [Counts.model_validate(item or {}) for item in found]

    def was_told(self, ref: JobRef, event: str) -> bool:
        """Whether it is noted that this event of the job was told."""
        return event in (self._table.get(ref.key(TOLD)) or {})

    def note_told(self, ref: JobRef, event: str) -> None:
        """Note that this event of the job was told."""
        self._table.change(Change(key=ref.key(TOLD), set={event: True}))

    def list(self, tenant: str, limit: int, cursor: str | None) -> tuple[list[J], str | None]:
        """A page of the tenant's jobs, newest first, and the next page's cursor; an item that is no job any more is
        logged and left out, so that it takes no other with it."""
        page = self._table.page(
            Query(partition=f"T#{tenant}#{self._kind}", index="listing", newest_first=True, limit=limit, after=cursor)
        )
        return [job for item in page.items if (job := self._readable(item))], page.cursor

    def older(self, tenant: str, limit: int, than: J | None = None) -> builtins.list[J]:
        """So many of the tenant's jobs, newest first: those from before one, or the newest of all."""
        return self._beside(tenant, limit, than, newest_first=True, until=_listed(than) if than else None)

    def newer(self, tenant: str, limit: int, than: J | None = None) -> builtins.list[J]:
        """So many of the tenant's jobs, oldest first: those from after one, or the oldest of all."""
        return self._beside(tenant, limit, than, since=_listed(than) if than else "", until=LAST)

    def _beside(self, tenant: str, limit: int, than: J | None, **where: Any) -> builtins.list[J]:
        query = Query(partition=f"T#{tenant}#{self._kind}", index="listing", **where)
        items = islice(every_item(self._table, query.model_copy(update={"limit": limit + 1})), limit + 1)
        jobs = (job for item in items if (job := self._readable(item)))
        return [job for job in jobs if than is None or job.id != than.id][:limit]

    def open(self, unreadable: Unreadable | None = None) -> Iterator[J]:
        """Every tenant's jobs that something has to happen to, oldest first.

        An item that is no job any more goes to `unreadable`, with its key and the error; without it, it is raised.
        """
        return self._every(Query(partition=f"job#{self._kind}", index="open"), unreadable)

    def expired(self, now: str, unreadable: Unreadable | None = None) -> Iterator[J]:
        """Every tenant's jobs whose time has come, oldest first; `unreadable` as in `open`."""
        return self._every(Query(partition=f"expiry#{self._kind}", index="open", until=now), unreadable)

    def remove(self, ref: JobRef) -> None:
        """Forget every item of the job; the job's own goes last, so that a removal can be taken up again."""
        query = Query(partition=ref.partition)
        while found := [item["sk"] for item in self._table.page(query).items if item["sk"] != META]:
            for sk in found:
                self._table.remove(ref.key(sk))
        self._table.remove(ref.key(META))

    def _readable(self, item: Item) -> J | None:
        try:
            return self._job(item)
        except ValueError as error:
            LOG.warning("%s can't be read: %s", item["pk"], error)
            return None

    def _open(self, state: State, since: str, expires_at: str | None, end_unpublished: bool = False) -> Item:
        """The place in the index `open`: with the sweeper, or waiting for its end."""
        if state in OPEN or end_unpublished:
            return {"open": f"job#{self._kind}", "open_since": since}
        return {"open": f"expiry#{self._kind}" if expires_at else None, "open_since": expires_at}

    def _every(self, query: Query, unreadable: Unreadable | None) -> Iterator[J]:
        for item in every_item(self._table, query):
            try:
                job = self._job(item)
            except ValueError as error:
                if unreadable is None:
                    raise
                unreadable(item["pk"], error)
            else:
                yield job

    def _job(self, item: Item, ref: JobRef | None = None) -> J:
        ref, written_as = ref or JobRef.from_partition(item["pk"]), item.get("written_as", 1)
        known = item if written_as == self._newest else brought_up(item, self._model.STEPS, written_as)
        return self._model.model_validate(known | {"tenant": ref.tenant, "id": ref.job, "written_as": written_as})

    def _whole_if_old(self, job: J) -> Item:
        """All of a job that an earlier release wrote, as this one writes it; nothing of others."""
        return {} if job.written_as == self._newest else _item(job) | {"written_as": self._newest}


def _listed(job: Job) -> str:
    """The job's place in the list of its tenant's: by time."""
    return f"{job.created_at}#{job.id}"


def _item(job: Job) -> Item:
    """What the table has of a job, but for its places in the indexes."""
    return job.model_dump(mode="json", exclude={"tenant", "id", "version"}, exclude_none=True)
