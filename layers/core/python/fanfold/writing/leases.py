"""How many jobs run at a time, over all and for each tenant; the others wait in the order of their acceptance.

One item, the book, holds all leases and changes only as it was read, so no two callers can give out the same place.
A lease ends at a stated time: one whose holder died is a free place then, and a holder that comes back late finds
itself not in the book. Waiting jobs have a ticket each, whose sort key begins with the time of their acceptance.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Clock, moment, stamp
from fanfold.errors import Incomplete
from fanfold.jobs.job import JobRef
from fanfold.ports import Change, Key, Query, Table, every_item

PARTITION = "WRITING"
BOOK = Key(PARTITION, "LEASES")
TRIES = 200


class WritingLease(BaseModel):
    """A place that a job's run has."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    run: int
    until: str

    @property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)


class Ticket(NamedTuple):
    """A job that waits, since its acceptance."""

    since: str
    ref: JobRef


class WritingLimits(NamedTuple):
    """Leases at a time, and how long one lasts."""

    overall: int
    tenant: int
    seconds: int


class Granted(StrEnum):
    YES = "yes"
    FULL = "full"
    TENANT_FULL = "tenant full"


class _Book(NamedTuple):
    version: int | None
    leases: tuple[WritingLease, ...]


class Leases:
    """`allowed` is how many the operator lets a tenant have, if that is less than the limits say."""

    def __init__(
        self, table: Table, clock: Clock, limits: WritingLimits, allowed: Callable[[str], int | None] = lambda _: None
    ) -> None:
        self._table, self._clock, self._limits, self._allowed = table, clock, limits, allowed

    def held(self) -> list[WritingLease]:
        """Every lease that has not ended."""
        return list(self._read().leases)

    def active(self) -> int:
        """Jobs that have a lease, or wait for one."""
        return len({lease.ref for lease in self.held()} | {ticket.ref for ticket in self.waiting()})

    def take(self, ref: JobRef, run: int) -> Granted:
        """A lease for the run; it takes the place of one of an earlier run. One that it has already is kept."""
        most = min(self._limits.tenant, self._allowed(ref.tenant) or self._limits.tenant)
        for _ in range(TRIES):
            book = self._read()
            others = tuple(lease for lease in book.leases if lease.ref != ref)
            if len(others) >= self._limits.overall:
                return Granted.FULL
            if sum(lease.tenant == ref.tenant for lease in others) >= most:
                return Granted.TENANT_FULL
            if self._write(book, (*others, self._lease(ref, run))):
                return Granted.YES
        raise Incomplete("too many change the leases at the same moment")

    def renew(self, ref: JobRef, run: int) -> bool:
        """Make the run's lease last; False if it has none any more. Half of a term is worth no write."""
        for _ in range(TRIES):
            book = self._read()
            mine = next((lease for lease in book.leases if lease.ref == ref and lease.run == run), None)
            if mine is None:
                return False
            if moment(mine.until) - self._clock() > timedelta(seconds=self._limits.seconds / 2):
                return True
            others = tuple(lease for lease in book.leases if lease != mine)
            if self._write(book, (*others, self._lease(ref, run))):
                return True
        raise Incomplete("too many change the leases at the same moment")

    def release(self, ref: JobRef, run: int) -> None:
        """Give back the lease of this run, or of an earlier one."""
        for _ in range(TRIES):
            book = self._read()
            kept = tuple(lease for lease in book.leases if lease.ref != ref or lease.run > run)
            if kept == book.leases or self._write(book, kept):
                return
        raise Incomplete("too many change the leases at the same moment")

    def queue(self, ref: JobRef, since: str) -> None:
        """Let the job wait, if it does not yet."""
        self._table.change(Change(key=_place(ref, since), set={"job": ref.job}))

    def is_queued(self, ticket: Ticket) -> bool:
        """Whether the job waits."""
        return self._table.get(_place(ticket.ref, ticket.since)) is not None

    def leave(self, ticket: Ticket) -> None:
        """The job waits no more."""
        self._table.remove(_place(ticket.ref, ticket.since))

    def waiting(self) -> Iterator[Ticket]:
        """Everybody who waits, in order."""
        for item in every_item(self._table, Query(partition=PARTITION, prefix="W#")):
            _, since, tenant, job = item["sk"].split("#")
            yield Ticket(since, JobRef(tenant=tenant, job=job))

    def _lease(self, ref: JobRef, run: int) -> WritingLease:
        until = self._clock() + timedelta(seconds=self._limits.seconds)
        return WritingLease(tenant=ref.tenant, job=ref.job, run=run, until=stamp(until))

    def _read(self) -> _Book:
        item, now = self._table.get(BOOK) or {}, stamp(self._clock())
        leases = tuple(WritingLease.model_validate(each) for each in item.get("leases", ()))
        return _Book(item.get("version"), tuple(lease for lease in leases if lease.until > now))

    def _write(self, book: _Book, leases: tuple[WritingLease, ...]) -> bool:
        kept = [lease.model_dump() for lease in leases]
        change = Change(key=BOOK, set={"leases": kept}, add={"version": 1}, expect={"version": book.version})
        return self._table.change(change) is not None


def _place(ref: JobRef, since: str) -> Key:
    return Key(PARTITION, f"W#{since}#{ref.tenant}#{ref.job}")
