"""Calls of one worker to an emulated provider, without a cloud: CPU a request, and how many are in flight.

python -m benchmarks.realtime_calls PROVIDER REQUESTS IN_FLIGHT
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from random import Random
from typing import Any, cast

from fanfold import providers
from fanfold.batches.realtime_lane.calls import PendingRequest, Rules
from fanfold.batches.realtime_lane.request_pool import RequestPool
from fanfold.clock import utc_now
from fanfold.limits.breaker import Breaker
from fanfold.limits.bucket import Bucket
from fanfold.limits.gate import Gate
from fanfold.limits.route import Route
from fanfold.providers import ChatMessage, Outcome, Prompt, Provider
from fanfold.settings import Rate
from tests.fakes.table import MemoryTable

TEXT = "Sum up what is said here in one sentence: " + "the quick brown fox jumps over the lazy dog; " * 42
"""About 2 KB."""


def main() -> None:
    name, requests, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(asyncio.run(measured(name, requests, in_flight))))


class Counted:
    """A provider, and how many of its calls are under way: at most, and call-seconds."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.now = self.peak = 0
        self.area, self._since = 0.0, time.monotonic()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        self.count(1)
        try:
            return await self._provider.answer(id, body, timeout)
        finally:
            self.count(-1)

    def count(self, step: int) -> None:
        """One more or one less from here on."""
        moment = time.monotonic()
        self.area += self.now * (moment - self._since)
        self.now, self._since = self.now + step, moment
        self.peak = max(self.peak, self.now)


async def measured(name: str, requests: int, in_flight: int) -> dict[str, float]:
    """CPU seconds and seconds of `requests`, after some to warm up; `answered` of them had an answer."""
    provider = Counted(providers.provider(name, lambda: "sk-emulated", 60))
    turns = (ChatMessage(role="user", content=TEXT),)
    body = provider.body(Prompt(model=provider.default_model, messages=turns, max_tokens=400))
    table = MemoryTable()
    gate = Gate(
        Route(name, provider.default_model, "bench"),
        Bucket(table, utc_now, lambda route: Rate(requests=10_000_000, tokens=10_000_000_000)),
        Breaker(table, utc_now, 5),
        utc_now,
        in_flight,
    )
    held: dict[int, Outcome] = {}

    async def flush(outcomes: Mapping[int, Outcome]) -> None:
        held.update(outcomes)

    rules = Rules(60, requests, 5, 3, 3, None, lambda: 1e9, utc_now, Random(1))

    async def fly(first: int, number: int) -> None:
        flight = RequestPool(cast(Provider, provider), gate, rules, flush)
        await flight.run([PendingRequest(first + n, body, len(TEXT), 400) for n in range(number)])
        held.update(flight.held)

    await fly(0, in_flight)
    provider.area = 0.0
    cpu, began = time.process_time(), time.monotonic()
    await fly(in_flight, requests)
    found = {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - began}
    await provider.close()
    answered = sum(outcome.output is not None for outcome in held.values()) - in_flight
    return found | {"answered": answered, "peak": provider.peak, "mean": provider.area / found["seconds"]}


if __name__ == "__main__":
    main()
