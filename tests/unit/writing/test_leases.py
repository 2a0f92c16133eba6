"""Leases: how many at a time, in which order, and what becomes of those whose holder died."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.jobs.halt import halt
from fanfold.jobs.job import JobRef, State
from fanfold.ports import Ended
from fanfold.writing.leases import Granted, Leases, WritingLimits
from fanfold.writing.run_guard import RunStep
from fanfold.writing.sweep import sweep
from tests.fakes.table import MemoryTable
from tests.fakes.writing import Studio


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def ref(job: str, tenant: str = "acme") -> JobRef:
    return JobRef(tenant=tenant, job=job)


def test_there_are_so_many_leases_and_no_more() -> None:
    leases = Leases(MemoryTable(), Clock(), WritingLimits(overall=3, tenant=2, seconds=60))
    assert [leases.take(ref(job), 1) for job in "abc"] == [Granted.YES, Granted.YES, Granted.TENANT_FULL]
    assert leases.take(ref("d", "other"), 1) is Granted.YES
    assert leases.take(ref("e", "third"), 1) is Granted.FULL
    assert leases.take(ref("a"), 1) is Granted.YES
    leases.release(ref("a"), 1)
    assert leases.take(ref("c"), 1) is Granted.YES


def test_the_operator_may_let_a_tenant_have_fewer() -> None:
    allowed = {"acme": 1, "other": 9}.get
    leases = Leases(MemoryTable(), Clock(), WritingLimits(overall=5, tenant=2, seconds=60), allowed)
    assert [leases.take(ref(job), 1) for job in "ab"] == [Granted.YES, Granted.TENANT_FULL]
    assert [leases.take(ref(job, "other"), 1) for job in "cde"] == [Granted.YES, Granted.YES, Granted.TENANT_FULL]


def test_a_lease_ends_unless_it_is_renewed() -> None:
    clock = Clock()
    leases = Leases(MemoryTable(), clock, WritingLimits(overall=2, tenant=2, seconds=60))
    for job in "ab":
        leases.take(ref(job), 1)
    clock.now += timedelta(seconds=40)
    assert leases.renew(ref("a"), 1)
    clock.now += timedelta(seconds=40)
    assert [lease.job for lease in leases.held()] == ["a"]
    assert leases.take(ref("c"), 1) is Granted.YES
    assert not leases.renew(ref("b"), 1)


def test_leases_are_fenced_by_the_run() -> None:
    leases = Leases(MemoryTable(), Clock(), WritingLimits(overall=2, tenant=2, seconds=60))
    leases.take(ref("a"), 1)
    leases.take(ref("a"), 2)
    assert [lease.run for lease in leases.held()] == [2]
    assert not leases.renew(ref("a"), 1)
    leases.release(ref("a"), 1)
    assert [lease.run for lease in leases.held()] == [2]
    leases.release(ref("a"), 3)
    assert leases.held() == []


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=12, unique_by=lambda each: each[0]))
def test_tickets_come_in_the_order_of_acceptance(queued: list[tuple[int, str]]) -> None:
    leases = Leases(MemoryTable(), Clock(), WritingLimits(overall=1, tenant=1, seconds=60))
    for at, tenant in queued:
        leases.queue(ref(f"job{at}", tenant), f"2026-11-26T00:00:{at:02d}.000Z")
    assert [ticket.ref.job for ticket in leases.waiting()] == [f"job{at}" for at, _ in sorted(queued)]


def test_jobs_over_the_limit_wait_in_order() -> None:
    studio = Studio()
    studio.configure(writing_jobs=2, writing_jobs_per_tenant=1)
    sessions = {tenant: studio.trained(tenant) for tenant in ("acme", "other", "third")}
    studio.begun.clear()
    jobs = [studio.generate(sessions[tenant]) for tenant in ("acme", "acme", "other", "third", "other")]
    started = [name for name in studio.workflow.started if name not in studio.begun][3:]
    assert started == [jobs[0].execution_name, jobs[2].execution_name]
    studio.run()
    order = [jobs[at].execution_name for at in (0, 2, 1, 3, 4)]
    assert studio.begun == order
    assert {studio.job(job).state for job in jobs} == {State.COMPLETED}
    assert studio.unfinished() == []


def test_a_lease_whose_job_died_unseen_comes_back() -> None:
    studio = Studio()
    studio.configure(writing_jobs=1)
    session = studio.trained()
    dead, waiting = studio.generate(session), studio.generate(session)
    studio.workflow.ends[studio.workflow.arn(dead.execution_name)] = Ended("TIMED_OUT", "States.Timeout", "")
    studio.settle()
    assert [studio.job(job).state for job in (dead, waiting)] == [State.COMPLETED] * 2
    assert studio.job(dead).mishaps == 1


def test_an_execution_that_somebody_stopped_fails_its_job() -> None:
    studio = Studio()
    job = studio.generate(studio.trained())
    studio.workflow.stop(job.execution_name)
    sweep(studio.backend)
    assert (studio.job(job).state, studio.job(job).error) == (State.FAILED, "its execution was stopped")
    assert studio.unfinished() == []


def test_a_run_whose_lease_ended_waits_for_another() -> None:
    studio = Studio()
    studio.configure(writing_jobs=1)
    session = studio.trained()
    slow = studio.generate(session)
    start = {"tenant": "acme", "job": slow.id, "run": 1}
    studio.step({"step": "outline", **start})
    studio.wait(studio.settings.lease_seconds + 1)
    quick = studio.generate(session)
    with pytest.raises(Exception, match="the lease of job"):
        studio.step({"step": "section", "section": 1, **start})
    assert (studio.job(slow).state, studio.job(slow).run) == (State.ACCEPTED, 2)
    studio.settle()
    assert [studio.job(job).state for job in (slow, quick)] == [State.COMPLETED] * 2
    assert max(studio.writer.paid.values()) == 1


def test_a_run_whose_lease_ended_goes_on_where_there_is_room() -> None:
    studio = Studio()
    job = studio.generate(studio.trained())
    start = {"tenant": "acme", "job": job.id, "run": 1}
    studio.step({"step": "outline", **start})
    studio.wait(studio.settings.lease_seconds + 1)
    studio.step({"step": "section", "section": 1, **start})
    assert [lease.job for lease in studio.backend.leases.held()] == [job.id]
    assert studio.job(job).run == 1


def test_the_word_of_an_old_run_changes_nothing() -> None:
    studio = Studio()
    job = studio.generate(studio.trained())
    first = RunStep(tenant="acme", job=job.id, run=1)
    lost = Ended("FAILED", "Sandbox.Timedout", "")
    assert halt(first.ref, first.execution, lost, studio.backend).run == 2
    assert halt(first.ref, first.execution, lost, studio.backend).run == 2
    studio.run()
    assert studio.job(job).state is State.COMPLETED


def test_a_lease_that_outlived_its_job_is_swept() -> None:
    studio = Studio()
    job = studio.generate(studio.trained())
    studio.run()
    studio.backend.leases.take(job.ref, 1)
    studio.backend.leases.take(ref("never"), 1)
    assert sweep(studio.backend).released == 2
    assert studio.unfinished() == []


def test_a_job_written_without_a_ticket_gets_one_from_the_sweeper() -> None:
    """Whoever accepted it died before they could let it wait."""
    studio = Studio()
    session = studio.trained()
    job = studio.generate(session)
    studio.workflow.started.pop(job.execution_name)
    studio.backend.leases.release(job.ref, job.run)
    studio.backend.leases.leave(job.ticket)
    swept = sweep(studio.backend)
    assert (swept.started, job.execution_name in studio.workflow.started) == (1, True)
    studio.settle()
    assert studio.job(job).state is State.COMPLETED


def test_a_job_that_waits_for_its_turn_is_not_asked_after() -> None:
    studio = Studio()
    studio.configure(writing_jobs=1)
    session = studio.trained()
    studio.generate(session)
    waiting = studio.generate(session)
    asked: list[str] = []
    ended = studio.workflow.ended
    studio.workflow.ended = lambda name: asked.append(name) or ended(name)  # type: ignore[method-assign,assignment,func-returns-value]
    swept = sweep(studio.backend)
    assert (swept.open, swept.started, swept.halted) == (2, 0, 0)
    assert waiting.execution_name not in asked


def test_a_running_job_whose_execution_is_gone_is_started_again() -> None:
    studio = Studio()
    job = studio.generate(studio.trained())
    studio.step({"step": "outline", "tenant": "acme", "job": job.id, "run": 1})
    studio.workflow.started.pop(job.execution_name)
    sweep(studio.backend)
    assert studio.job(job).state is State.RUNNING
    studio.run()
    assert (studio.job(job).state, studio.job(job).run) == (State.COMPLETED, 1)


def test_a_ticket_whose_job_never_came_goes() -> None:
    """The release before wrote a ticket first."""
    studio = Studio()
    studio.backend.leases.queue(ref("never"), "2026-11-26T00:00:00.000Z")
    sweep(studio.backend)
    assert studio.unfinished() == []
