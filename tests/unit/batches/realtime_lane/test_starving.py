"""Chunks of a batch whose workers share a slow key, after a Retry-After: each has its turn, and none starves."""

import asyncio
from collections import defaultdict
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import Priority
from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.batches.realtime_lane.worker import work
from fanfold.errors import ProviderThrottled
from fanfold.limits import bucket
from fanfold.providers import Outcome
from fanfold.settings import Rate
from tests.fakes.cloud import FakeCloud
from tests.fakes.loop import run_quietly

CHUNKS, REQUESTS = 12, 30
PER_MINUTE = 60
TURN_SECONDS = 2
"""A worker takes the grants of 2.5 seconds at a time, rounded down."""
RETRY_AFTER = 30.0
WORKER_SECONDS = 280.0


class Workers:
    """Workers that take messages as SQS gives them: each when its delay is over, in any order, so many at a time."""

    def __init__(self, cloud: FakeCloud, most: int, random: Random) -> None:
        self._cloud, self._most, self._random = cloud, most, random
        self._began = cloud.now
        self.calls: dict[int, list[float]] = defaultdict(list)
        """By chunk, when each of its calls began."""

    @property
    def seconds(self) -> float:
        return (self._cloud.now - self._began).total_seconds()

    async def run(self) -> None:
        """Until no message is left."""
        queue, seen = self._cloud.work[Priority.NORMAL], 0
        hidden: list[tuple[float, str]] = []
        at_work: set[asyncio.Task[None]] = set()
        while hidden or at_work or len(queue.messages) > seen:
            fresh = zip(queue.delays[seen:], queue.messages[seen:], strict=True)
            hidden += [(self.seconds + delay, text) for delay, text in fresh]
            seen = len(queue.messages)
            ready = [each for each in hidden if each[0] <= self.seconds]
            self._random.shuffle(ready)
            for each in ready[: self._most - len(at_work)]:
                hidden.remove(each)
                at_work.add(asyncio.create_task(self._one(each[1])))
            await asyncio.sleep(0.25)
            for task in [task for task in at_work if task.done()]:
                task.result()
                at_work.remove(task)

    async def _one(self, text: str) -> None:
        """A message, by a worker of its own, which knows of others what the table says."""
        began = self.seconds
        left = lambda: WORKER_SECONDS - (self.seconds - began)  # noqa: E731
        await work(WorkChunk.model_validate_json(text), self._cloud.backend, left)


@pytest.mark.parametrize("seed", range(3))
def test_every_chunk_has_its_turn(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "RANDOM", Random(seed))
    cloud = FakeCloud()
    rates = {"echo": Rate(requests=PER_MINUTE, tokens=10_000_000)}
    cloud.configure(realtime_chunk_requests=REQUESTS, in_flight=4, flush_requests=8, rate_limits=rates)
    cloud.provider.held = 1.0
    workers = Workers(cloud, CHUNKS, Random(seed))
    answer = cloud.provider.answer

    async def throttled_once(id: str, body: dict[str, Any], timeout: float) -> Outcome:
        number = int(body["messages"][-1]["content"])
        workers.calls[number // REQUESTS].append(workers.seconds)
        if sum(map(len, workers.calls.values())) == CHUNKS:
            raise ProviderThrottled("slow down", retry_after=RETRY_AFTER)
        return await answer(id, body, timeout)

    monkeypatch.setattr(cloud.provider, "answer", throttled_once)
    job = cloud.create([{"input": str(n)} for n in range(CHUNKS * REQUESTS)], provider="echo", mode="realtime")
    planned = cloud.machine.plan(job)
    for shard in planned.shards:
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=shard, token="token"), cloud.backend)
    run_quietly(workers.run(), cloud.wait)

    assert sorted(map(len, workers.calls.values())) == [REQUESTS] * (CHUNKS - 1) + [REQUESTS + 1]
    waits = [span for calls in workers.calls.values() for span in pairwise([0.0, *calls])]
    turn = CHUNKS * TURN_SECONDS
    assert max(later - earlier for earlier, later in waits) <= RETRY_AFTER + 2 * turn
    settled = [later - earlier for earlier, later in waits if earlier > RETRY_AFTER + turn]
    assert max(settled) <= 2 * turn  # twice where a worker's time is up, and another has its chunk
    assert workers.seconds <= 1.1 * (RETRY_AFTER + CHUNKS * REQUESTS * 60 / PER_MINUTE)
