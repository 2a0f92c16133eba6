"""Executions that ended without finishing their job, and jobs that a crash left lying."""

import json
from typing import Any

import pytest

from fanfold.batches.model.batch import BatchJob
from fanfold.errors import (
    Conflict,
    Incomplete,
    Invalid,
    JobRefused,
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
    Superseded,
    Unsettled,
)
from fanfold.jobs.halt import halt
from fanfold.jobs.identity import Begin
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.sweep import SweptJobs, sweep
from fanfold.ports import Ended
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash, Fuse
from tests.fakes.machine import LOST


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def running(cloud: FakeCloud, key: str = "k-1") -> BatchJob:
    """A job that its execution has taken over."""
    job = cloud.create([{"input": "a"}], ACME.model_copy(update={"idempotency_key": key}))
    cloud.machine.deliver()
    arn = cloud.workflow.arn(job.execution_name)
    return cloud.backend.jobs.move(job, state=State.RUNNING, execution=arn)


def failed(error: str, detail: str = "why") -> Ended:
    return Ended("FAILED", error, json.dumps({"errorMessage": detail}))


def halted(cloud: FakeCloud, job: BatchJob, ended: Ended) -> BatchJob:
    return halt(job.ref, job.execution or "", ended, cloud.backend)


def sent(cloud: FakeCloud) -> list[tuple[str, int]]:
    begins = [Begin.model_validate_json(text) for text in cloud.starts.messages]
    return [(begin.job, begin.run) for begin in begins]


class TestHalt:
    @pytest.mark.parametrize(
        "ended",
        [
            LOST,
            Ended("TIMED_OUT", "", ""),
            failed("Lambda.Unknown"),
            failed("Runtime.ExitError"),
            *(failed(kind.__name__) for kind in (ProviderUnavailable, Unsettled, Incomplete, Superseded)),
        ],
        ids=str,
    )
    def test_a_mishap_gives_the_job_another_run(self, cloud: FakeCloud, ended: Ended) -> None:
        job = running(cloud)
        again = halted(cloud, job, ended)
        assert (again.state, again.run, again.execution) == (State.RUNNING, 2, None)
        assert sent(cloud) == [(job.id, 2)]

    @pytest.mark.parametrize(
        "kind", [JobRefused, ProviderRefused, Invalid, NotFound, Conflict], ids=lambda kind: kind.__name__
    )
    def test_what_trying_again_cannot_change_fails_the_job(self, cloud: FakeCloud, kind: type[Exception]) -> None:
        job = running(cloud)
        over = halted(cloud, job, failed(kind.__name__, "the reason"))
        assert (over.state, over.error, over.finished_at) == (State.FAILED, "the reason", "2026-11-22T12:00:00.000Z")
        assert sent(cloud) == []
        assert not list(cloud.backend.jobs.open())

    @pytest.mark.parametrize(("cause", "said"), [("too dear", ": too dear"), ("", "")])
    def test_a_stop_in_the_console_fails_the_job(self, cloud: FakeCloud, cause: str, said: str) -> None:
        over = halted(cloud, running(cloud), Ended("ABORTED", "", cause))
        assert (over.state, over.error) == (State.FAILED, f"its execution was stopped{said}")

    def test_a_job_has_only_so_many_runs(self, cloud: FakeCloud) -> None:
        cloud.configure(max_mishaps=2)
        job = running(cloud)
        for run in (2, 3):
            job = halted(cloud, job, LOST)
            assert job.run == run
            job = cloud.backend.jobs.move(job, execution=f"arn:{run}")
        job = halted(cloud, job, LOST)
        assert (job.state, job.error) == (State.FAILED, "Sandbox.Timedout: the worker was lost")

    def test_an_end_told_twice_counts_once(self, cloud: FakeCloud) -> None:
        job = running(cloud)
        again = halted(cloud, job, LOST)
        assert halted(cloud, job, LOST) == again
        assert sent(cloud) == [(job.id, 2)]

    def test_an_execution_that_the_job_left_behind_is_not_heard(self, cloud: FakeCloud) -> None:
        job = running(cloud)
        assert halt(job.ref, "arn:another", Ended("ABORTED", "", ""), cloud.backend) == job

    def test_a_finished_job_stays_finished(self, cloud: FakeCloud) -> None:
        job = cloud.backend.jobs.move(running(cloud), state=State.COMPLETED)
        assert halted(cloud, job, Ended("ABORTED", "", "")) == job

    def test_an_execution_that_died_before_it_took_the_job_over_is_heard(self, cloud: FakeCloud) -> None:
        job = cloud.create([{"input": "a"}])
        again = halt(job.ref, cloud.workflow.arn(job.execution_name), LOST, cloud.backend)
        assert (again.state, again.run) == (State.ACCEPTED, 2)
        assert sent(cloud) == [(job.id, 1), (job.id, 2)]

    @pytest.mark.parametrize("news", [{"run": 2}, {"execution": "arn:other"}, {"state": State.FAILED}], ids=str)
    def test_a_job_that_has_moved_on_is_not_written_over(self, cloud: FakeCloud, news: dict[str, Any]) -> None:
        job = running(cloud)
        cloud.backend.jobs.move(job, **news)
        with pytest.raises(Superseded):
            cloud.backend.jobs.move(job, state=State.COMPLETED)

    def test_a_job_that_never_was_is_not_found(self, cloud: FakeCloud) -> None:
        with pytest.raises(NotFound):
            halt(JobRef(tenant="acme", job="b404"), "arn", LOST, cloud.backend)


class TestSweep:
    def test_nothing_open_is_nothing_to_do(self, cloud: FakeCloud) -> None:
        assert sweep(cloud.backend) == SweptJobs()

    def test_a_start_message_has_time_to_arrive(self, cloud: FakeCloud) -> None:
        cloud.create([{"input": "a"}])
        cloud.wait(cloud.settings.accept_grace_seconds - 1)
        assert sweep(cloud.backend) == SweptJobs(open=1)
        assert len(sent(cloud)) == 1

    def test_a_lost_start_message_is_sent_again(self, cloud: FakeCloud) -> None:
        job = cloud.create([{"input": "a"}])
        cloud.starts.messages.clear()
        cloud.wait(cloud.settings.accept_grace_seconds)
        assert sweep(cloud.backend) == SweptJobs(open=1, started=1)
        assert sent(cloud) == [(job.id, 1)]

    def test_a_start_message_that_was_never_sent_is_sent(self, cloud: FakeCloud) -> None:
        fuse = Fuse(4)
        cloud.through = fuse.on
        with pytest.raises(Crash):
            cloud.create([{"input": "a"}])
        cloud.through = lambda port: port
        assert not cloud.starts.messages
        cloud.machine.settle()
        assert cloud.backend.jobs.list("acme", 1, None)[0][0].state is State.COMPLETED

    def test_an_execution_under_way_is_left_alone(self, cloud: FakeCloud) -> None:
        running(cloud)
        cloud.wait(3600)
        assert sweep(cloud.backend) == SweptJobs(open=1)

    def test_an_execution_that_has_not_taken_its_job_over_yet_is_left_alone(self, cloud: FakeCloud) -> None:
        cloud.create([{"input": "a"}])
        cloud.machine.deliver()
        cloud.wait(3600)
        assert sweep(cloud.backend) == SweptJobs(open=1)
        assert sent(cloud) == []

    def test_an_end_that_nobody_told_is_found(self, cloud: FakeCloud) -> None:
        job = running(cloud)
        cloud.workflow.ends[job.execution or ""] = LOST
        assert sweep(cloud.backend) == SweptJobs(open=1, halted=1)
        assert sent(cloud) == [(job.id, 2)]

    def test_an_early_end_that_nobody_told_is_found(self, cloud: FakeCloud) -> None:
        job = cloud.create([{"input": "a"}])
        cloud.machine.deliver()
        cloud.workflow.ends[cloud.workflow.arn(job.execution_name)] = LOST
        cloud.wait(3600)
        assert sweep(cloud.backend) == SweptJobs(open=1, halted=1)
        assert sent(cloud) == [(job.id, 2)]

    def test_an_execution_that_is_gone_is_begun_again(self, cloud: FakeCloud) -> None:
        job = cloud.backend.jobs.move(running(cloud), execution=cloud.workflow.arn("gone"))
        assert sweep(cloud.backend) == SweptJobs(open=1, halted=1)
        assert cloud.backend.jobs.get(job.ref).run == 2

    def test_every_open_job_is_seen(self, cloud: FakeCloud) -> None:
        for n in range(130):
            job = running(cloud, f"k-{n}")
            cloud.workflow.ends[job.execution or ""] = LOST
        assert sweep(cloud.backend) == SweptJobs(open=130, halted=130)
        assert len(sent(cloud)) == 130
