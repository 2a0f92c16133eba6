"""Bad behaviour of a provider, 200 requests at a time: it lands on its requests as typed errors, and on no others."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

import pytest

from fanfold import providers
from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.collect import CollectShard, FailedLine, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.finish import finish
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.poll import poll
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.clock import utc_now
from fanfold.errors import Held, ProviderRefused, Retryable
from local.provider.process import ProviderEmulator
from tests.chaos.submit import ADDRESSES, NAMES, SKEW
from tests.fakes.cloud import FakeCloud
from tests.unit.batches.stores.test_submit_locks import planned

T = TypeVar("T")
REQUESTS = 200
PATIENCE = 2.0
ATTEMPTS = 400


class Bad(NamedTuple):
    """A kind of bad behaviour: what is switched on, and what becomes of the requests by kind of error (None: fine)."""

    kind: str
    settings: dict[str, Any]
    becomes: dict[str | None, int]
    elsewhere: dict[str, dict[str | None, int]] = {}  # noqa: RUF012 - a NamedTuple's default is shared and never changed


FINE: dict[str | None, int] = {None: REQUESTS}
LOST: dict[str | None, int] = {None: REQUESTS - 1, "bad_reply": 1}
ALL_EXPIRED: dict[str | None, int] = {"expired": REQUESTS}
BAD = [
    Bad("rate_limited", {"where": "batches.create|batches.retrieve", "count": 2}, FINE),
    Bad("rate_limited_retry_after", {"where": "batches.create|batches.retrieve", "count": 2}, FINE),
    Bad("server_error", {"where": "batches.create|batches.list|batches.retrieve", "count": 3}, FINE),
    Bad("overloaded", {"where": "batches.create|batches.retrieve", "count": 2}, FINE),
    Bad("reset", {"where": "batches.create|batches.list|batches.retrieve", "count": 3}, FINE),
    Bad("reset_midway", {"where": "files.content|batches.results", "count": 2}, FINE),
    Bad("malformed_json", {"where": "batches.create|batches.retrieve", "count": 2}, FINE),
    Bad("late_response", {"where": "batches.create", "count": 1}, FINE),
    Bad("truncated_content", {"count": 1}, LOST),
    Bad("expired", {"lines": 0.5}, {None: 100, "expired": 100}, {"gemini": ALL_EXPIRED}),
    Bad("partial", {"lines": 0.1}, {None: 180, "missing": 20}),
    Bad("duplicated_lines", {"lines": 0.5}, FINE),
    Bad("reordered_lines", {}, FINE),
    Bad("request_error", {"share": 0.25}, {None: 150, "provider_error": 50}),
    Bad(
        "token_limit",
        {"count": 1},
        {"batch_failed": REQUESTS},
        {"anthropic": {"provider_error": REQUESTS}, "openai": FINE},
    ),
    Bad("quota_exhausted", {"where": "batches.create", "count": 2}, FINE),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture
def emulator(shared: ProviderEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderEmulator]:
    urls = (shared.openai_base_url, shared.anthropic_base_url, shared.gemini_base_url)
    for name, url in zip(ADDRESSES, urls, strict=True):
        monkeypatch.setenv(name, url)
    yield shared
    shared.clear_faults()


@pytest.mark.parametrize("bad", BAD, ids=[bad.kind for bad in BAD])
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.wide] * (name != "openai")) for name in NAMES])
def test_it_lands_on_its_requests_alone(emulator: ProviderEmulator, name: str, bad: Bad) -> None:
    cloud = FakeCloud()
    cloud.configure(chunk_requests=64, provider_timeout_seconds=PATIENCE)
    provider = providers.provider(name, lambda: f"sk-{name}-{bad.kind}", PATIENCE)
    cloud = replace(cloud, plugins={"openai": provider})
    job = planned(cloud, REQUESTS, f"{name} {bad.kind}")
    before = made(emulator, name)
    emulator.fault(bad.kind, **bad.settings)
    clock = Clock()
    run(job, replace(cloud.backend, clock=clock, submit_locks=SubmitLocks(cloud.table, utc_now, PATIENCE, SKEW)), clock)

    results = cloud.results(job)
    found = Counter((result.get("error") or {}).get("kind") for result in results)
    assert dict(found) == bad.elsewhere.get(name, bad.becomes)
    assert [result["line"] for result in results] == list(range(1, REQUESTS + 1))
    assert all(result["output"] for result in results if result["status"] == "succeeded")
    again = bad.kind == "token_limit" and name == "openai"
    assert made(emulator, name) == before + 1 + again


def made(emulator: ProviderEmulator, name: str) -> int:
    return sum(batch["surface"] == name for batch in emulator.stats()["batches"])


class Clock:
    """The clock of the wall, and ahead of it by what was waited for."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def run(job: BatchJob, backend: BatchBackend, clock: Clock) -> None:
    """The state machine's path of one shard."""
    where: dict[str, Any] = {"tenant": job.tenant, "job": job.id, "shard": 0}
    failure = None
    while True:
        try:
            retried(lambda: submit(SubmitShard(**where, token="t"), backend))
        except ProviderRefused as error:
            failure = FailedLine(Error="ProviderRefused", Cause=str(error))
        try:
            retried(partial(collected, CollectShard(**where, failure=failure), backend))
            break
        except Held:
            clock.ahead += timedelta(minutes=16)
    finish(job.ref, backend)


def collected(command: CollectShard, backend: BatchBackend) -> None:
    poll(backend, lambda shard, error: None)
    collect(command, backend)


def retried(call: Callable[[], T]) -> T:
    for _ in range(ATTEMPTS):
        try:
            return call()
        except Retryable as error:
            last = error
            time.sleep(0.05)
    raise last
