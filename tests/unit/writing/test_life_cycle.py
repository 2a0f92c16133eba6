"""Jobs of writing sessions from their acceptance to their end, whatever happens in whatever order."""

from collections import Counter
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from fanfold.errors import Conflict, FanfoldError, NotFound
from fanfold.jobs.halt import halt
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import cancel
from fanfold.ports import Ended
from fanfold.writing import job_views, words
from fanfold.writing.job import WritingJob, WritingTask
from fanfold.writing.run_guard import RunStep, guard_run
from fanfold.writing.session import Session
from fanfold.writing.session_commands import delete, reset
from fanfold.writing.sweep import sweep
from tests.fakes.crash import Fuse
from tests.fakes.writing import Studio

LIMIT, TENANT_LIMIT = 2, 1
TENANTS = ("acme", "other", "third")
SEEN: set[str] = set()
CRASHES: list[int] = []
"""States that any run has reached."""


class LifeCycle(RuleBasedStateMachine):
    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.studio = Studio()
        self.studio.configure(writing_jobs=LIMIT, writing_jobs_per_tenant=TENANT_LIMIT)
        self.studio.configure(max_mishaps=100, removal_grace_seconds=5)
        self.jobs: dict[str, WritingJob] = {}
        self.gone: set[str] = set()
        """Sessions that were deleted or reset: what becomes of their jobs is their end."""
        self.crashes = 0
        self.lapses = 0
        """Moments at which leases may have ended under a run that lives."""

    @initialize(target=sessions)
    def open_and_train(self) -> Any:
        return multiple(*(self.studio.trained(tenant) for tenant in TENANTS))

    @rule(session=sessions, words=st.integers(50, 700))
    def generate(self, session: Session, words: int) -> None:
        self._asked(lambda: self.studio.generate(session, words=words))

    @rule(session=sessions)
    def train(self, session: Session) -> None:
        self._asked(lambda: self.studio.train(session))

    @rule(session=sessions)
    def train_on_nothing(self, session: Session) -> None:
        self._asked(lambda: self.studio.train(session, text=" \n "))

    @rule(crashes=st.lists(st.integers(1, 80), max_size=3), fragile=st.booleans(), most=st.integers(1, 3))
    def run_what_was_started(self, crashes: list[int], fragile: bool, most: int) -> None:
        fuse = Fuse(*crashes)
        self.studio.through, self.studio.fragile = fuse.on, fragile
        ended = self.studio.workflow.ends
        waiting = [name for name in self.studio.workflow.started if self.studio.workflow.arn(name) not in ended]
        for name in waiting[:most]:
            self.studio.alone(partial(self.studio.execute, name))
        self.studio.through = lambda port: port
        self.crashes += fuse.crashes
        CRASHES.append(fuse.crashes)

    @rule(data=st.data())
    def a_run_begins_and_goes_no_further_for_now(self, data: Any) -> None:
        held = {lease.job for lease in self.studio.backend.leases.held()}
        if found := [job for job in self._known() if job.id in held and not job.over]:
            job = data.draw(st.sampled_from(found))
            self.studio.alone(
                lambda: guard_run(RunStep(tenant=job.tenant, job=job.id, run=job.run), self.studio.backend)
            )

    @rule(seconds=st.sampled_from([1, 70, 2000]))
    def wait_and_sweep(self, seconds: int) -> None:
        self.lapses += seconds > self.studio.settings.lease_seconds
        self.studio.wait(seconds)
        sweep(self.studio.backend)

    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        if self.jobs:
            job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
            try:
                cancel(job.ref, self.studio.backend)
            except (Conflict, NotFound):
                return

    @rule(data=st.data(), ended=st.sampled_from([Ended("ABORTED", "", ""), Ended("FAILED", "ProviderRefused", "")]))
    def tell_of_an_end_that_was_long_ago(self, data: Any, ended: Ended) -> None:
        if known := self._known():
            job = data.draw(st.sampled_from(known))
            halt(job.ref, f"{job.id}-{job.run - 1}", ended, self.studio.backend)

    @rule(data=st.data())
    def an_execution_is_lost_unseen(self, data: Any) -> None:
        ends = self.studio.workflow.ends
        if open := [name for name in self.studio.workflow.started if self.studio.workflow.arn(name) not in ends]:
            name = data.draw(st.sampled_from(open))
            ends[self.studio.workflow.arn(name)] = Ended("TIMED_OUT", "States.Timeout", "")

    @rule(target=sessions, session=consumes(sessions), crash=st.none() | st.integers(1, 60))
    def empty(self, session: Session, crash: int | None) -> Session:
        """Reset it; or delete it, and die on the way."""
        self.gone.add(session.id)
        if crash is None:
            return reset(session.ref, self.studio.backend)
        self.studio.through = Fuse(crash).on
        self.studio.alone(lambda: delete(session.ref, self.studio.backend))
        self.studio.through = lambda port: port
        if self.studio.backend.sessions.find(session.ref):
            delete(session.ref, self.studio.backend)
        return self.studio.trained(session.tenant)

    @invariant()
    def no_more_run_than_may(self) -> None:
        held = self.studio.backend.leases.held()
        assert len(held) <= LIMIT
        assert all(count <= TENANT_LIMIT for count in Counter(lease.tenant for lease in held).values())
        assert len({lease.job for lease in held}) == len(held)

    @invariant()
    def whoever_waits_is_not_overtaken(self) -> None:
        """A tenant's job that was accepted later gets no first lease before an earlier one that waits."""
        held = {lease.job for lease in self.studio.backend.leases.held()}
        known = {job.id: job for job in self._known() if job.run == 1 and job.state is State.ACCEPTED}
        waiting = [ticket for ticket in self.studio.backend.leases.waiting() if ticket.ref.job in known]
        for tenant in TENANTS:
            own = [ticket for ticket in waiting if ticket.ref.tenant == tenant and ticket.ref.job not in held]
            first = min((ticket.since for ticket in own), default="9")
            fresh = [job for job in known.values() if job.id in held and job.tenant == tenant]
            assert all(job.created_at <= first for job in fresh)

    @invariant()
    def what_is_over_stays_over_and_adds_up(self) -> None:
        for id, before in list(self.jobs.items()):
            try:
                now = self.studio.job(before)
            except NotFound:
                assert before.session in self.gone
                del self.jobs[id]
                continue
            assert not before.over or now.state is before.state
            assert now.run >= before.run
            SEEN.add(job_views.shown(now))
            self.jobs[id] = now
            if now.state is State.COMPLETED and now.task is WritingTask.WRITE and now.session not in self.gone:
                assert words.count(self.studio.text(now)) == now.words == now.asked.words

    @invariant()
    def no_piece_is_paid_for_more_often_than_workers_died(self) -> None:
        extra = sum(self.studio.writer.paid.values()) - len(self.studio.writer.paid)
        again = len([name for name, count in self.studio.writer.paid.items() if count > 1])
        assert again <= extra <= self.crashes + self.lapses

    def teardown(self) -> None:
        self.studio.through = lambda port: port
        self.studio.settle()
        self.what_is_over_stays_over_and_adds_up()
        assert all(job.over for job in self.jobs.values())
        told = Counter(name for name, _ in self.studio.events.published)
        assert told["Job ended"] >= len([job for job in self.jobs.values() if job.over])
        owners = {key.pk.split("#")[3] for key in self.studio.table.items if key.pk.count("#") == 3}
        for key in (*self.studio.blobs.objects, *self.studio.writer.files.values()):
            assert any(owner in key for owner in owners), key

    def _known(self) -> list[WritingJob]:
        found = []
        for job in self.jobs.values():
            try:
                found.append(self.studio.job(job))
            except NotFound:
                continue
        return sorted(found, key=lambda job: job.id)

    def _asked(self, ask: Any) -> None:
        try:
            job = ask()
        except FanfoldError:  # the session is not trained, or full
            return
        self.jobs.setdefault(job.id, job)
        SEEN.add(job_views.shown(job))


LifeCycle.TestCase.settings = settings(max_examples=40, stateful_step_count=18)


class TestLifeCycle(LifeCycle.TestCase):  # type: ignore[misc, valid-type]
    """Run by pytest as the test case that hypothesis makes."""


def test_a_training_under_way_is_shown_as_one() -> None:
    """Few of the runs above stop in one."""
    studio = Studio()
    job = studio.train(studio.open())
    guard_run(RunStep(tenant=job.tenant, job=job.id, run=job.run), studio.backend)
    assert job_views.shown(studio.job(job)) == "training"


def test_every_other_state_was_reached() -> None:
    """Behind the states machine, by the order of the file."""
    assert {"pending", "generating", "completed", "failed", "cancelled"} == SEEN - {"training"}
