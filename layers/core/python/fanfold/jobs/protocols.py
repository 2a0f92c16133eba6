"""What the job engine needs of a service, and what a service does in its own way."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from fanfold.clock import Clock
from fanfold.jobs.job import Job, JobRef, State
from fanfold.jobs.store import Jobs
from fanfold.ports import Change, Events, Workflow
from fanfold.settings import Settings

J = TypeVar("J", bound=Job)
J_contra = TypeVar("J_contra", bound=Job, contravariant=True)
B_contra = TypeVar("B_contra", contravariant=True)


class Retention(Protocol):
    """Tenants, as far as it matters how long they keep what has ended."""

    def retention_days(self, tenant: str) -> int | None: ...


class EndsJobs(Protocol):
    """What a service's backend has to have for its jobs to end."""

    @property
    def tenants(self) -> Retention: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def settings(self) -> Settings: ...


class Closing(NamedTuple):
    """What is written with a job's end, in the one write that makes it."""

    changes: tuple[Change, ...] = ()
    """Of other items."""
    news: Mapping[str, Any] = MappingProxyType({})
    """Of the job."""


class AfterEnd(Protocol[J_contra, B_contra]):
    """What one kind of job does once it is over."""

    def after_end(self, job: J_contra, backend: B_contra) -> None:
        """What follows a job's end before it is told, such as giving its place to another; it may be done again."""


class PublishesEnds(Protocol[J]):
    """What a service's backend has to have for the ends of its jobs to be told."""

    @property
    def jobs(self) -> Jobs[J]: ...
    @property
    def events(self) -> Events: ...
    @property
    def rules(self) -> AfterEnd[J, Self]: ...


class JobRules(AfterEnd[J_contra, B_contra], Protocol[J_contra, B_contra]):
    """What one kind of job does in its own way; a module of its service."""

    @property
    def NOUN(self) -> str:  # noqa: N802
        """What messages call such a job, such as `batch`."""

    @property
    def IN_CHUNKS(self) -> bool:  # noqa: N802
        """Whether it is planned and settled chunk by chunk: its next run goes on from there, and what it has when it is
        cancelled is kept. If not, each run begins as the first did, and one that is cancelled is over at once."""

    def start(self, job: J_contra, backend: B_contra) -> None:
        """Have the execution of the job's run started, as soon as it may; done twice it is started once."""

    def waits(self, job: J_contra, backend: B_contra) -> bool:
        """Whether nothing is wrong if it has no execution yet: its start is on its way, or it is not its turn."""

    def close(self, job: J_contra, state: State, reason: str, backend: B_contra) -> Closing:
        """What comes before a job is moved to the end `state`, such as its accounts; it may be done again.

        What it answers goes with the move.
        """

    def keeps(self, job: J_contra, backend: B_contra) -> bool:
        """Whether the job outlives its retention."""

    def release(self, job: J_contra, backend: B_contra) -> None:
        """What comes before a job is deleted; it may be done again."""

    def ask_removal(self, job: J_contra, backend: B_contra) -> None:
        """Have everything of a deleted job removed soon."""

    def remove(self, job: J_contra, backend: B_contra) -> None:
        """The same, asked by the sweeper of a job that is still there."""


class Admits(Protocol):
    """Quotas, as far as they matter to a job that is to run once more."""

    def admitted(self, ref: JobRef, *, again: bool) -> AbstractContextManager[None]:
        """A place among the tenant's open jobs, given back if nothing comes of it. Raises QuotaExceeded."""


class JobService(EndsJobs, PublishesEnds[J], Protocol[J]):
    """A service's backend, as the engine that moves its jobs through their life takes it."""

    @property
    def workflow(self) -> Workflow: ...
    @property
    def quotas(self) -> Admits: ...
    @property
    def rules(self) -> JobRules[J, Self]: ...
