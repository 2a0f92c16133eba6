"""Random jobs with random budgets, prices, deadlines and limits of their tenant, some of their calls dying.

None ends requests as `budget` that could have been sent, and none spends more than it may, but for what requests
without a limit have beyond what they are taken for.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from fanfold.batches.input.lines import Stored
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.results.reserve import most_nanos
from fanfold.jobs.budget import BudgetLimits
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from fanfold.pricing.tariff import Lane, nanos
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Fuse
from tests.fakes.machine import Machine
from tests.fakes.prices import flat

SEEDS = range(200)
HOURS = (None, None, 0.5, 5, 20, 40)
"""Until the deadline: none, one that only real time can keep, one that a batch is given up for, one that it keeps."""
MONEY = (1000, 10_000, 30_000, 100_000, 1_000_000, 10_000_000)
"""Nanodollars."""
LIMITS = (None,) * 6 + MONEY


class Ended(NamedTuple):
    """A job that is over, and what its tenant had left when it began."""

    cloud: FakeCloud
    job: BatchJob
    room: int | None
    before: int
    """What its tenant had spent by then."""

    @property
    def left(self) -> int:
        """What may still be spent."""
        spent = self.job.counts.spent_nanos
        most = nanos(self.job.options.budget_usd) if self.job.options.budget_usd else None
        return min(limit - spent for limit in (most, self.room, 10**15) if limit is not None)

    def requests(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The body of each, and its result."""
        chunks = (self.cloud.blobs.get(self.job.ref.chunk_key(number)) for number in range(self.job.chunks))
        lines = [line for chunk in chunks for line in chunk.splitlines()]
        for line, result in zip(lines, self.cloud.results(self.job), strict=True):
            yield Stored.model_validate_json(line).body, result

    def bound(self, body: dict[str, Any], lane: Lane | None = None) -> int:
        """What a request can cost, if it has a limit."""
        return most_nanos(body, self.cloud.provider, self.job.tariffs["echo-1"], lane or self.job.goes.value)

    def unsent(self) -> list[int]:
        """What those could have cost that were not sent."""
        return [self.bound(body) for body, result in self.requests() if _kind(result) == "budget"]

    def beyond(self) -> int:
        """What answers without a limit cost more than they were taken for."""
        answered = ((body, result) for body, result in self.requests() if result.get("cost_usd"))
        costs = (nanos(result["cost_usd"]) - self.bound(body, _lane(result, self.job)) for body, result in answered)
        return sum(max(0, cost) for cost in costs)


def _kind(result: dict[str, Any]) -> str | None:
    kind: str | None = result.get("error", {}).get("kind")
    return kind


def _lane(result: dict[str, Any], job: BatchJob) -> Lane:
    lane: Lane = result.get("lane") or job.goes.value
    return lane


def random_requests(random: Random, cloud: FakeCloud) -> list[dict[str, Any]]:
    """A few with limits, and now and then one without; answers are as long as they may be, or shorter."""
    found = []
    for number in range(random.randint(1, 12)):
        limit = random.choice((1, 5, 50, 50, None))
        prompt = f"p{number}-{random.randrange(10**6)}"
        cloud.provider.lengths[prompt] = random.randint(1, limit or 9_000)
        found.append({"input": prompt} | ({"max_tokens": limit} if limit else {}))
    return found


def random_job(random: Random) -> Ended:
    """A few requests, to their end; what its tenant may spend has in part been spent by a batch before it."""
    cloud = FakeCloud()
    chunk = random.choice((3, 100))
    cloud.configure(max_mishaps=1000, chunk_requests=chunk, realtime_chunk_requests=chunk)
    cloud.configure(flush_requests=random.choice((2, 10)))
    cloud.prices.tariffs["echo-1"] = flat(input=random.randint(1, 50), output=random.randint(1, 100))
    limits = BudgetLimits(daily=random.choice(LIMITS), monthly=random.choice(LIMITS))
    cloud.run(cloud.create([{"input": "before"}], Caller(tenant="acme", correlation_id="c", idempotency_key="before")))
    cloud.backend.budgets.limit("acme", limits)
    spent = cloud.backend.budgets.spending("acme")
    rooms = [limit - spent.month for limit in (limits.daily, limits.monthly) if limit is not None]
    job = cloud.create(random_requests(random, cloud), **random_options(random, cloud))
    if random.random() < 0.5 and job.options.deadline is not None:
        _stick(random, cloud)
    cloud.through = Fuse(*(random.randint(1, 80) for _ in range(random.randint(0, 3)))).on
    Machine(cloud).settle()
    cloud.through = lambda port: port
    return Ended(cloud, cloud.backend.jobs.get(job.ref), min(rooms, default=None), spent.month)


def _stick(random: Random, cloud: FakeCloud) -> None:
    """Batches end only when they are cancelled, with some of their answers, or do not even end then."""
    cloud.provider.stuck, cloud.provider.deaf = True, random.random() < 0.3
    cloud.provider.early = set(random.sample(sorted(cloud.provider.lengths), len(cloud.provider.lengths) // 2))
    cloud.configure(accept_grace_seconds=5000)  # so long is a round of the fakes: they wait for a day and a half


def random_options(random: Random, cloud: FakeCloud) -> dict[str, Any]:
    hours, budget = random.choice(HOURS), random.choice((None, *MONEY))
    deadline = {"deadline": (cloud.now + timedelta(hours=hours)).isoformat()} if hours else {}
    money = {"budget_usd": budget / 10**9} if budget else {}
    return {"mode": random.choice(("batch", "realtime", "auto"))} | deadline | money


@pytest.mark.parametrize("seed", SEEDS)
def test_a_job_spends_what_it_may_and_no_more(seed: int) -> None:
    ended = random_job(Random(seed))
    job, unsent = ended.job, ended.unsent()
    assert job.state is State.COMPLETED
    assert ended.left + ended.beyond() >= 0
    assert ended.cloud.backend.budgets.spending("acme").month == job.counts.spent_nanos + ended.before
    if job.goes is LaneName.REALTIME:
        assert all(each > ended.left for each in unsent)
    else:
        assert not unsent or job.waves == 2 or unsent[0] > ended.left or not _time_for_a_wave(ended)


def _time_for_a_wave(ended: Ended) -> bool:
    deadline = ended.job.options.deadline
    promise = timedelta(seconds=ended.cloud.settings.batch_promise_seconds)
    return deadline is None or ended.cloud.now + promise <= deadline
