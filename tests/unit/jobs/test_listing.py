"""Lists of a tenant's jobs: what is asked for, and how many there are."""

import pytest
from pydantic import ValidationError

from fanfold.jobs import listing
from fanfold.jobs.job import Counts, State
from fanfold.jobs.listing import JobFilter, count_jobs, find_jobs
from tests.fakes.forecasts import ACME, FakePortfolios, monthly


@pytest.fixture
def cloud() -> FakePortfolios:
    """Five forecasts: two that completed, one of them with a failure; one that failed, two that are accepted."""
    cloud = FakePortfolios()
    for n in range(5):
        caller = ACME.model_copy(update={"idempotency_key": f"{n}"})
        cloud.create([monthly("a")], caller, name=f"Sales {n}", tags=["even"] if n % 2 == 0 else [])
    jobs, _ = cloud.backend.jobs.list("acme", 10, None)
    cloud.backend.jobs.move(jobs[0], state=State.COMPLETED, counts=Counts(succeeded=1).model_dump())
    cloud.backend.jobs.move(jobs[1], state=State.COMPLETED, counts=Counts(succeeded=1, failed=1).model_dump())
    cloud.backend.jobs.move(jobs[2], state=State.FAILED, error="no series")
    return cloud


def found(cloud: FakePortfolios, **asked: object) -> int:
    jobs, _ = find_jobs(cloud.backend.jobs, "acme", JobFilter.model_validate(asked), lambda job: job.config)
    return len(jobs)


def test_jobs_are_found_by_states_tags_names_and_failures(cloud: FakePortfolios) -> None:
    assert found(cloud) == 5
    assert found(cloud, state="completed,failed") == 3
    assert found(cloud, state="accepted", tag="even") + found(cloud, state="completed,failed", tag="even") == 3
    assert found(cloud, name="SALES 3") == 1
    assert found(cloud, has_failures="true") == 2
    assert found(cloud, has_failures="false") == 3


def test_a_job_is_found_by_a_part_of_its_id(cloud: FakePortfolios) -> None:
    (job, *_), _ = cloud.backend.jobs.list("acme", 10, None)
    assert found(cloud, name=job.id[3:]) == 1


def test_a_state_that_there_is_not_is_named() -> None:
    with pytest.raises(ValidationError, match="there is no state 'done'; there are: draft, accepted"):
        JobFilter(state="completed,done")


def test_jobs_are_counted_by_state(cloud: FakePortfolios) -> None:
    totals = count_jobs(cloud.backend.jobs, "acme")
    assert totals.by_state == {State.COMPLETED: 2, State.FAILED: 1, State.ACCEPTED: 2}
    assert (totals.with_failures, totals.counted, totals.complete) == (2, 5, True)
    assert count_jobs(cloud.backend.jobs, "other").by_state == {}


def test_only_the_newest_are_counted(cloud: FakePortfolios, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNTED", 2)
    monkeypatch.setattr(listing, "COUNTED_AT_ONCE", 1)
    totals = count_jobs(cloud.backend.jobs, "acme")
    assert (totals.counted, totals.complete) == (2, False)
    assert sum(totals.by_state.values()) == 2
