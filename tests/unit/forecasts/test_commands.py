"""The life of a forecast after it was accepted: cancelled, tried again, halted, deleted, found by the sweeper."""

import json
from collections.abc import Callable

import pytest

from fanfold.errors import Conflict, FanfoldError, JobRefused, NotFound, Superseded
from fanfold.forecasts.commands import retry
from fanfold.forecasts.gather import gather
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.halt import halt
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import cancel, delete
from fanfold.jobs.sweep import SweptJobs, sweep
from fanfold.ports import Ended
from tests.fakes.forecasts import ACME, FakePortfolios, monthly

SERIES = [monthly("a"), monthly("b"), {"name": "bad", "values": [None]}]
LOST = Ended("FAILED", "Sandbox.Timedout", "the worker was lost")


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


def planned(cloud: FakePortfolios, job: ForecastJob) -> ForecastJob:
    cloud.plan(cloud.workflow.arn(job.execution_name), json.loads(cloud.workflow.started[job.execution_name]))
    return cloud.backend.jobs.get(job.ref)


def halted(cloud: FakePortfolios, job: ForecastJob, ended: Ended = LOST) -> ForecastJob:
    return halt(job.ref, cloud.workflow.arn(job.execution_name), ended, cloud.backend)


def told(cloud: FakePortfolios) -> list[str]:
    return [json.loads(detail)["state"] for _, detail in cloud.events.published]


class TestCancel:
    def test_before_it_runs_it_is_over_at_once(self, cloud: FakePortfolios) -> None:
        job = cloud.create(SERIES)
        assert cancel(job.ref, cloud.backend).state is State.CANCELLED
        assert cloud.workflow.ends[cloud.workflow.arn(job.execution_name)]
        assert told(cloud) == ["cancelled"]
        with pytest.raises(Superseded):
            planned(cloud, job)

    def test_twice_is_once(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        first = cancel(job.ref, cloud.backend)
        assert first.state is State.CANCELLING
        assert cancel(job.ref, cloud.backend) == first
        done = gather(job.ref, cloud.backend)
        assert cancel(job.ref, cloud.backend) == done
        assert told(cloud) == ["cancelled"]

    def test_what_is_over_is_not_cancelled(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create(SERIES))
        with pytest.raises(Conflict, match="over"):
            cancel(job.ref, cloud.backend)

    def test_an_execution_lost_while_cancelling_is_taken_up_again(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        cancel(job.ref, cloud.backend)
        again = halted(cloud, job)
        assert (again.state, again.run) == (State.CANCELLING, 2)
        assert cloud.run(again).state is State.CANCELLED


class TestRetry:
    def test_what_was_cancelled_goes_on(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        cancel(job.ref, cloud.backend)
        gather(job.ref, cloud.backend)
        cloud.wait(1000)
        done = cloud.run(retry(job.ref, cloud.backend))
        assert (done.state, done.counts.succeeded, done.counts.failed) == (State.COMPLETED, 2, 1)
        assert done.started_at == done.finished_at > job.created_at
        assert told(cloud) == ["cancelled", "completed"]

    def test_without_a_failure_there_is_nothing_to_do(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create(SERIES[:2]))
        with pytest.raises(Conflict, match="nothing"):
            retry(job.ref, cloud.backend)

    def test_what_runs_is_left_alone(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        assert retry(job.ref, cloud.backend) == job

    def test_what_is_deleted_stays_so(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create(SERIES))
        delete(job.ref, cloud.backend)
        with pytest.raises(Conflict, match="not over"):
            retry(job.ref, cloud.backend)


class TestHalt:
    def test_a_lost_execution_is_started_again_and_finished_chunks_stay(self, cloud: FakePortfolios) -> None:
        job = cloud.create(SERIES)
        lines = cloud.manifest(
            cloud.plan(cloud.workflow.arn(job.execution_name), json.loads(cloud.workflow.started[job.execution_name]))
        )
        cloud.fit(lines[0])
        again = halted(cloud, job)
        assert (again.state, again.run, again.mishaps) == (State.RUNNING, 2, 1)
        cloud.fitted.clear()
        assert cloud.run(again).state is State.COMPLETED
        assert cloud.fitted[0] == (0, 0)

    def test_after_so_many_mishaps_it_has_failed(self, cloud: FakePortfolios) -> None:
        job = cloud.create(SERIES)
        for _ in range(cloud.settings.max_mishaps):
            job = halted(cloud, job)
        failed = halted(cloud, job)
        assert (failed.state, failed.error) == (State.FAILED, "Sandbox.Timedout: the worker was lost")
        assert told(cloud) == ["failed"]
        assert cloud.run(retry(job.ref, cloud.backend)).state is State.COMPLETED

    @pytest.mark.parametrize(
        ("ended", "said"),
        [
            (Ended("FAILED", "JobRefused", json.dumps({"errorMessage": "its input is empty"})), "its input is empty"),
            (Ended("ABORTED", "", "by hand"), "its execution was stopped: by hand"),
        ],
    )
    def test_an_end_that_stays_fails_it_with_the_reason(self, cloud: FakePortfolios, ended: Ended, said: str) -> None:
        failed = halted(cloud, planned(cloud, cloud.create(SERIES)), ended)
        assert (failed.state, failed.error) == (State.FAILED, said)

    def test_another_execution_and_another_state_are_left_alone(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        assert halt(job.ref, "arn:another", LOST, cloud.backend) == job
        done = cloud.finish(job, cloud.manifest_of(job))
        assert halted(cloud, job) == done


class TestDelete:
    def test_everything_of_it_goes(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create_from(cloud.upload(b"series_name,date,value\na,2024-01-01,1\na,2024-02-01,2\n")))
        delete(job.ref, cloud.backend)
        assert sweep(cloud.backend) == SweptJobs(open=1, removed=1)
        assert not [key for key in cloud.blobs.objects if not key.startswith("cache/")]
        assert not [key for key in cloud.table.items if job.id in key.pk]
        with pytest.raises(NotFound):
            cloud.backend.jobs.get(job.ref)

    def test_one_that_runs_is_stopped(self, cloud: FakePortfolios) -> None:
        job = planned(cloud, cloud.create(SERIES))
        assert delete(job.ref, cloud.backend) == delete(job.ref, cloud.backend)
        assert cloud.workflow.ends[cloud.workflow.arn(job.execution_name)].status == "ABORTED"  # type: ignore[union-attr]
        with pytest.raises(Superseded):
            cloud.fit(cloud.manifest_of(job)[0])

    def test_what_is_past_its_retention_goes_by_itself(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create(SERIES))
        assert sweep(cloud.backend) == SweptJobs()
        cloud.wait((cloud.settings.retention_days * 24 + 1) * 3600)
        assert sweep(cloud.backend) == SweptJobs(expired=1, open=1, removed=1)
        assert not [key for key in cloud.table.items if job.id in key.pk]


class TestSweep:
    def test_a_job_that_was_never_started_is(self, cloud: FakePortfolios) -> None:
        job = cloud.create(SERIES)
        cloud.workflow.started.clear()
        assert sweep(cloud.backend) == SweptJobs(open=1)
        cloud.wait(cloud.settings.accept_grace_seconds + 1)
        assert sweep(cloud.backend) == SweptJobs(open=1, started=1)
        assert cloud.run(job).state is State.COMPLETED

    @pytest.mark.parametrize("step", [lambda cloud, job: job, planned])
    def test_an_execution_that_ended_unnoticed_is_found(
        self, cloud: FakePortfolios, step: Callable[[FakePortfolios, ForecastJob], ForecastJob]
    ) -> None:
        job = step(cloud, cloud.create(SERIES))
        cloud.wait(cloud.settings.accept_grace_seconds + 1)
        assert sweep(cloud.backend) == SweptJobs(open=1)
        cloud.workflow.ends[cloud.workflow.arn(job.execution_name)] = LOST
        assert sweep(cloud.backend) == SweptJobs(open=1, halted=1)
        assert cloud.run(cloud.backend.jobs.get(job.ref)).state is State.COMPLETED

    def test_an_end_that_was_not_told_is(self, cloud: FakePortfolios) -> None:
        job = cloud.run(cloud.create(SERIES))
        cloud.backend.jobs.move(job, end_unpublished=True)
        assert sweep(cloud.backend) == SweptJobs(open=1)
        assert told(cloud) == ["completed", "completed"]
        assert sweep(cloud.backend) == SweptJobs()


def test_a_portfolio_that_is_refused_fails_with_what_is_wrong(cloud: FakePortfolios) -> None:
    job = cloud.create_from(cloud.upload(b"series_name,date\na,2024-01-01\n", "spring.csv"))
    with pytest.raises(JobRefused) as refused:
        planned(cloud, job)
    assert isinstance(refused.value, FanfoldError)
    failed = cloud.fail(job, refused.value)
    assert failed.state is State.FAILED
    assert str(failed.error).startswith("spring.csv: ")
    assert told(cloud) == ["failed"]
    assert retry(job.ref, cloud.backend).run == 2


def test_another_tenants_forecast_is_not_there(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES, ACME)
    for call in (cancel, retry, delete):
        with pytest.raises(NotFound):
            call(job.ref.model_copy(update={"tenant": "other"}), cloud.backend)
