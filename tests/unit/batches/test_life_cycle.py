"""Jobs from their acceptance to their end, whatever happens in whatever order."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from fanfold.batches.model.batch import BatchJob
from fanfold.jobs.halt import halt
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import Counts, State
from fanfold.jobs.sweep import sweep
from fanfold.ports import Ended
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Fuse
from tests.fakes.machine import LOST, Machine

AFTER = {
    State.ACCEPTED: {State.ACCEPTED, State.PLANNING, State.RUNNING, State.COMPLETED, State.FAILED},
    State.PLANNING: {State.PLANNING, State.RUNNING, State.COMPLETED, State.FAILED},
    State.RUNNING: {State.RUNNING, State.COMPLETED, State.FAILED},
    State.COMPLETED: {State.COMPLETED},
    State.FAILED: {State.FAILED},
}


class LifeCycle(RuleBasedStateMachine):
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.cloud = FakeCloud()
        self.cloud.configure(max_mishaps=100)
        self.seen: dict[str, BatchJob] = {}
        self.good: dict[str, int] = {}

    @rule(target=jobs, key=st.integers(0, 5), requests=st.lists(st.booleans(), min_size=1, max_size=9))
    def accept(self, key: int, requests: list[bool]) -> BatchJob:
        caller = Caller(tenant="acme", correlation_id="c", idempotency_key=f"{key}-{requests}")
        lines = [json.dumps({"input" if good else "inptu": f"{n}"}) for n, good in enumerate(requests)]
        job = self.cloud.upload("\n".join(lines), f"{key}-{''.join('xo'[good] for good in requests)}.jsonl", caller)
        self.good[job.id] = sum(requests)
        return self.seen.setdefault(job.id, job)

    @rule(crashes=st.lists(st.integers(1, 60), max_size=3), fragile=st.booleans(), tells=st.booleans())
    def run_whatever_was_started(self, crashes: list[int], fragile: bool, tells: bool) -> None:
        self.cloud.through = Fuse(*crashes).on
        machine = Machine(self.cloud, fragile=fragile, tells=tells)
        machine.deliver()
        for name in list(self.cloud.workflow.started):
            if self.cloud.workflow.arn(name) not in self.cloud.workflow.ends:
                machine.execute(name)
        self.cloud.through = lambda port: port

    @rule()
    def lose_all_messages(self) -> None:
        self.cloud.starts.messages.clear()

    @rule()
    def double_all_messages(self) -> None:
        self.cloud.starts.messages *= 2

    @rule(seconds=st.integers(1, 600))
    def wait_and_sweep(self, seconds: int) -> None:
        self.cloud.wait(seconds)
        sweep(self.cloud.backend)

    @rule(job=jobs, ended=st.sampled_from([LOST, Ended("ABORTED", "", ""), Ended("FAILED", "JobRefused", "")]))
    def tell_of_an_end_that_was_long_ago(self, job: BatchJob, ended: Ended) -> None:
        halt(job.ref, self.cloud.workflow.arn("of another"), ended, self.cloud.backend)

    @rule(job=jobs)
    def replay(self, job: BatchJob) -> None:
        found = self.cloud.backend.jobs.get(job.ref)
        assert (found.fingerprint, found.created_at) == (job.fingerprint, job.created_at)

    @invariant()
    def jobs_only_go_forward(self) -> None:
        for id, before in self.seen.items():
            now = self.cloud.backend.jobs.get(before.ref)
            assert now.state in AFTER[before.state]
            assert now.run >= before.run
            self.seen[id] = now

    @invariant()
    def every_shard_is_one_batch(self) -> None:
        markers = Counter(marker for marker, _ in self.cloud.provider.batches.values())
        assert not [marker for marker, times in markers.items() if times > 1]

    @invariant()
    def what_is_over_adds_up(self) -> None:
        for job in self.seen.values():
            if job.state is State.COMPLETED:
                assert job.total == self.good[job.id] == job.counts.succeeded == len(self.cloud.results(job))
                assert self.cloud.backend.jobs.counts(job.ref) == job.counts
            if job.state is State.FAILED:
                assert self.good[job.id] == 0
                assert job.counts == Counts()

    def teardown(self) -> None:
        self.cloud.through = lambda port: port
        self.cloud.machine.settle()
        self.jobs_only_go_forward()
        self.what_is_over_adds_up()
        assert all(job.state in (State.COMPLETED, State.FAILED) for job in self.seen.values())


LifeCycle.TestCase.settings = settings(max_examples=60, stateful_step_count=15)


class TestLifeCycle(LifeCycle.TestCase):  # type: ignore[misc, valid-type]
    """Run by pytest as the test case that hypothesis makes."""


@pytest.mark.parametrize("models", [1, 3])
def test_cut_and_merged_again_every_request_is_there_once(models: int) -> None:
    """Of one model in the order of the input; of several, each in its own order."""
    cloud = FakeCloud()
    requests: list[dict[str, Any]] = [{"input": f"{n}", "model": f"echo-{n % models}"} for n in range(40)]
    results = cloud.results(cloud.run(cloud.create(requests)))
    lines = [result["line"] for result in results]
    assert sorted(lines) == list(range(1, 41))
    for model in range(models):
        own = [line for line in lines if (line - 1) % models == model]
        assert own == sorted(own)
    assert models > 1 or lines == sorted(lines)
