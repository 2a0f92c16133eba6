"""Budgets are used up: a request ends as `budget` only if what is left does not cover what it can cost."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.estimate import estimate
from fanfold.batches.results.reserve import most_nanos
from fanfold.jobs.budget import BudgetLimits
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from fanfold.pricing.tariff import nanos
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Fuse
from tests.fakes.machine import Machine
from tests.fakes.prices import flat

JOBS = 200


def left_over(cloud: FakeCloud, job: BatchJob) -> list[int]:
    """What those that were not sent could have cost."""
    found = []
    for line, result in zip(cloud.blobs.get(job.ref.chunk_key(0)).splitlines(), cloud.results(job), strict=False):
        if result.get("error", {}).get("kind") == "budget":
            found.append(bound(cloud, job, line))
    return found


def bound(cloud: FakeCloud, job: BatchJob, line: bytes) -> int:
    lane: Any = job.goes.value
    return most_nanos(json.loads(line)["body"], cloud.provider, job.tariffs["echo-1"], lane)


def random_job(random: Random) -> tuple[FakeCloud, BatchJob]:
    """One chunk of requests with limits, some of its calls dying, to its end."""
    cloud = FakeCloud()
    cloud.configure(max_mishaps=1000, chunk_requests=100, realtime_chunk_requests=100)
    cloud.configure(flush_requests=random.choice((2, 10)))
    cloud.prices.tariffs["echo-1"] = flat(input=random.randint(1, 50), output=random.randint(1, 100))
    requests = [{"input": f"p{n}", "max_tokens": random.choice((1, 5, 50))} for n in range(random.randint(1, 12))]
    mode = random.choice(("batch", "realtime"))
    job = cloud.create(requests, mode=mode, budget_usd=random.choice((100, 1000, 3000, 10_000)) / 10**9)
    cloud.through = Fuse(*(random.randint(1, 80) for _ in range(random.randint(0, 3)))).on
    Machine(cloud, fragile=False).settle()
    cloud.through = lambda port: port
    return cloud, cloud.backend.jobs.get(job.ref)


def test_random_jobs_end_as_budget_only_where_nothing_else_is_possible() -> None:
    random = Random(7)
    unsent = 0
    for _ in range(JOBS):
        cloud, job = random_job(random)
        budget = nanos(job.options.budget_usd or 0)
        assert job.state is State.COMPLETED
        assert job.counts.spent_nanos <= budget
        over = left_over(cloud, job)
        unsent += len(over)
        left = budget - job.counts.spent_nanos
        if job.goes == "realtime":
            assert all(each > left for each in over)
        else:
            assert not over or job.waves == 2 or over[0] > left
        assert cloud.backend.budgets.spending("acme").month == job.counts.spent_nanos
    assert unsent


@pytest.mark.parametrize("mode", ["batch", "realtime"])
def test_a_budget_that_covers_what_it_costs_goes_a_long_way(mode: str) -> None:
    """What answers cost is a twentieth of what they can: in real time all of them are had."""
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-1"] = flat(output=1000)
    job = cloud.create([{"input": f"p{n}", "max_tokens": 100} for n in range(40)], mode=mode, budget_usd=0.001)
    Machine(cloud, fragile=False).settle()
    job = cloud.backend.jobs.get(job.ref)
    assert (job.counts.succeeded == 40) if mode == "realtime" else (job.counts.succeeded >= 30)
    assert job.counts.spent_nanos <= nanos(0.001)


def test_no_wave_begins_that_may_end_after_the_deadline() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-1"] = flat(output=1000)
    deadline = cloud.now + timedelta(seconds=cloud.settings.batch_promise_seconds - 3600)
    requests = [{"input": f"p{n}", "max_tokens": 100} for n in range(30)]
    job = cloud.create(requests, budget_usd=0.001, deadline=deadline.isoformat(), failover=True)
    Machine(cloud, fragile=False).settle()
    job = cloud.backend.jobs.get(job.ref)
    assert (job.waves, "were not sent" in (job.note or "")) == (0, True)


def test_batches_with_and_without_limits_are_one_sum() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-1"] = flat(input=10, output=40)
    for n, limits in enumerate((None, BudgetLimits(daily=10**9), None, BudgetLimits(monthly=10**9))):
        if limits:
            cloud.backend.budgets.limit("acme", limits)
        caller = Caller(tenant="acme", correlation_id="c", idempotency_key=f"{n}")
        cloud.run(cloud.create([{"input": f"{n}"}], caller, mode="realtime" if n % 2 else "batch"))
    rows = cloud.backend.usage_stats.days("acme", "2026-11-01", "2026-11-30")
    told = sum(row.figures["spent_nanos"] for row in rows if row.usage_key)
    assert cloud.backend.budgets.spending("acme") == (told, told)
    assert told > 0


def test_how_many_fit_and_what_to_change_is_told_before_the_start() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-1"] = flat(output=1000)
    body = {"requests": [{"input": f"p{n}", "max_tokens": 1000} for n in range(100)], "mode": "realtime"}
    [note] = estimate(CreateBatch.model_validate(body | {"budget_usd": 0.05}), "acme", cloud.backend).notes
    assert "50 of 100 requests" in note
    assert "max_tokens to 500 or less" in note
    [note] = estimate(CreateBatch.model_validate(body | {"budget_usd": 0.02}), "acme", cloud.backend).notes
    assert "expected to cost 0.03 USD" in note
    assert estimate(CreateBatch.model_validate(body | {"budget_usd": 0.1}), "acme", cloud.backend).notes == []
    planned = cloud.run(cloud.create(**body, budget_usd=0.05))  # type: ignore[arg-type]
    assert any("50 of 100 requests" in note for note in planned.notes)
