"""A tenant's jobs, newest first: a page of those that are asked for, and how many there are in each state."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from fanfold.jobs.job import Job, State
from fanfold.jobs.store import Jobs

LOOKS = 20
"""Pages of the index that one call reads at most."""
COUNTED, COUNTED_AT_ONCE = 1000, 250
"""The newest jobs that are counted, a quarter of a megabyte of the index at a time."""
J = TypeVar("J", bound=Job)
Word = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Labels(Protocol):
    """What a tenant calls a job."""

    @property
    def name(self) -> str | None: ...

    @property
    def tags(self) -> tuple[str, ...]: ...


def _states(text: str) -> str:
    if unknown := sorted(set(text.split(",")) - set(State)):
        raise ValueError(f"there is no state {unknown[0]!r}; there are: {', '.join(State)}")
    return text


class JobFilter(BaseModel):
    """The query of a list of jobs. `state` is one, or several with commas between; `name` is part of the name or
    of the id, in any case."""

    model_config = ConfigDict(frozen=True)

    state: Annotated[Word, AfterValidator(_states)] | None = None
    tag: Word | None = None
    name: Word | None = None
    has_failures: bool | None = None
    """Whether it failed, or some of its units did: known of jobs that ended."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None

    def means(self, job: Job, labels: Labels) -> bool:
        """Whether the job is among those that are asked for."""
        return (
            (self.state is None or job.state in self.state.split(","))
            and (self.tag is None or self.tag in labels.tags)
            and (self.name is None or self.name.casefold() in f"{job.id}\n{labels.name or ''}".casefold())
            and self.has_failures in (None, has_failures(job))
        )


class JobTotals(BaseModel):
    """How many jobs a tenant has by state, among the newest `counted`; all of them if it is `complete`."""

    by_state: dict[State, int]
    with_failures: int
    """Those that failed, or some of whose units did."""
    counted: int
    complete: bool


def has_failures(job: Job) -> bool:
    """Whether it failed, or ended with units that did."""
    return job.state is State.FAILED or job.counts.failed > 0


def find_jobs(
    jobs: Jobs[J], tenant: str, asked: JobFilter, labels: Callable[[J], Labels]
) -> tuple[list[J], str | None]:
    """A page of the tenant's jobs, newest first, and the next page's cursor. What one call reads is limited: a page
    may be short, or empty, and have a cursor."""
    found: list[J] = []
    cursor = asked.cursor
    for _ in range(LOOKS):
        read, cursor = jobs.list(tenant, asked.limit - len(found), cursor)
        found += [job for job in read if asked.means(job, labels(job))]
        if cursor is None or len(found) == asked.limit:
            break
    return found, cursor


def count_jobs(jobs: Jobs[J], tenant: str) -> JobTotals:
    """How many of the tenant's newest jobs are in which state."""
    counted: list[J] = []
    cursor: str | None = None
    while len(counted) < COUNTED:
        read, cursor = jobs.list(tenant, COUNTED_AT_ONCE, cursor)
        counted += read
        if cursor is None:
            break
    return JobTotals(
        by_state=dict(Counter(job.state for job in counted)),
        with_failures=sum(map(has_failures, counted)),
        counted=len(counted),
        complete=cursor is None,
    )
