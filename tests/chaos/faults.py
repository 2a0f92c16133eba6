"""`make chaos-faults`: what goes wrong at providers, up to 200 times each kind, met by a worker's flight.

For every kind of fault the provider emulator strikes calls of all three SDKs. It is counted what each struck call was
taken for, whether every request had its answer in the end, whether anything final was asked again, whether anybody came
back before they were told to, and how long after its deadline a request was still under way.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, cast

from fanfold import providers
from fanfold.batches.realtime_lane.calls import PendingRequest, Rules
from fanfold.batches.realtime_lane.request_pool import RequestPool
from fanfold.clock import utc_now
from fanfold.errors import ProviderRefused, ProviderUnavailable
from fanfold.limits.breaker import Breaker
from fanfold.limits.bucket import Bucket
from fanfold.limits.gate import Gate
from fanfold.limits.route import Route
from fanfold.providers import ChatMessage, Outcome, Prompt, Provider, Status
from fanfold.settings import Rate
from local.provider.process import ProviderEmulator
from tests.fakes.table import MemoryTable
from tools.measure import Bar, Size

TITLE = "Faults of providers, in real time"
TIMEOUTS = {"hold": 1.5, "slow_drip": 1.5}
TIMEOUT = 60.0
"""Seconds that a call may take; fewer where it is to take too long."""
DEADLINE = 3.0
PASSING = {
    "429": ("rate_limited", "rate_limited"),
    "429 with Retry-After": ("rate_limited_retry_after", "rate_limited"),
    "500": ("server_error", "provider_error"),
    "529": ("overloaded", "overloaded"),
    "reset": ("reset", "disconnected"),
    "time-out": ("hold", "timed_out"),
    "slow drip": ("slow_drip", "timed_out"),
    "malformed JSON": ("malformed_json", "bad_reply"),
    "truncated": ("truncated_content", "bad_reply"),
    "empty": ("empty_body", "bad_reply"),
    "another's answer": ("foreign_answer", "wrong_reply"),
    "oversize": ("oversize_body", "oversize_reply"),
}
"""What may pass: the emulator's name of it, and what it is to be taken for."""
FINAL = {"400": ("bad_request", "invalid_request")}
SPARE = 20
"""Requests more than the share that is struck would need: a few strikes are drawn by lot."""
NARROW = {"oversize_body": 4}
"""Calls in flight of what the emulator takes long to make."""


class Watched:
    """A provider, and what its calls were taken for."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.taken: Counter[str] = Counter()
        self.late = 0.0
        """Seconds after the deadline at which the last request had its outcome."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        try:
            return await self._provider.answer(id, body, timeout)
        except (ProviderUnavailable, ProviderRefused) as error:
            self.taken[error.kind] += 1
            raise


class Met(NamedTuple):
    """What came of requests of which some were struck."""

    outcomes: dict[int, Outcome]
    taken: Counter[str]
    asked: int
    most_asked: int
    """Calls of the request that was asked most often."""
    early: int
    """Calls of a request before it was told to come back."""
    others_early: int
    """Calls of others that were on their way, or started, before the worker had read it."""
    struck: int


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Every kind of fault against its bar."""
    with TemporaryDirectory(prefix="fanfold-faults-") as folder, ProviderEmulator(Path(folder)) as emulator:
        os.environ |= {
            "OPENAI_BASE_URL": emulator.openai_base_url,
            "ANTHROPIC_BASE_URL": emulator.anthropic_base_url,
            "GOOGLE_GEMINI_BASE_URL": emulator.gemini_base_url,
        }
        yield from _kinds(emulator, size.of(smoke=3, small=20, full=200))


def _kinds(emulator: ProviderEmulator, strikes: int) -> Iterator[Bar]:
    early = others = 0
    for what, (kind, wanted) in PASSING.items():
        met = _met(emulator, kind, strikes)
        early, others = early + met.early, others + met.others_early
        right, whole = met.taken[wanted], all(each.status is Status.SUCCEEDED for each in met.outcomes.values())
        figure = f"{right} of {met.struck} taken for {wanted}" + ("" if whole else "; not all answered in the end")
        yield Bar(what, figure, f"≥ {strikes}, all", whole and right == met.struck >= strikes)
    for what, (kind, wanted) in FINAL.items():
        met = _met(emulator, kind, strikes)
        failed = sum(bool(each.error and each.error.kind == wanted) for each in met.outcomes.values())
        figure = f"{failed} of {met.struck} failed as {wanted}; asked {met.most_asked} time(s) at most"
        yield Bar(f"{what} (final)", figure, "all, once", failed == met.struck >= strikes and met.most_asked == 1)
    yield Bar("requests asked before they were told to come back", str(early), "0", early == 0)
    yield Bar("others asked while that was on its way to us", str(others))
    for kind in ("hold", "slow_drip"):
        expired, overrun = _expired(emulator, kind, strikes)
        ok = expired == strikes and overrun <= 1
        yield Bar(f"deadline, {kind}", f"{expired} expired, the last after {overrun:.2f} s", "≤ 1 s", ok)


def _met(emulator: ProviderEmulator, kind: str, strikes: int) -> Met:
    """About a third of the calls of each provider are struck, until there were as many as are wanted."""
    emulator.clear_faults()
    emulator.clear_calls()
    names = providers.names()
    each = -(-strikes // len(names))
    for name in names:
        settings = {"seconds": 20.0, "retry_after": 1.0, "size": 9 * 1024 * 1024}
        emulator.fault(kind, where=f"{name}.request", share=0.34, count=each, **settings)
    outcomes: dict[int, Outcome] = {}
    taken: Counter[str] = Counter()
    for offset, name in enumerate(names):
        found, provider = asyncio.run(_flown(name, kind, 4 * each + SPARE))
        outcomes |= {n * 10 + offset: outcome for n, outcome in found.items()}
        taken += provider.taken
    struck = sum(rule["used"] for rule in emulator.stats()["faults"])
    summary = emulator.call_summary()
    most = max([*summary["repeated"].values(), 1])
    return Met(outcomes, taken, summary["calls"], most, summary["early"], summary["model_early"], struck)


async def _flown(
    name: str, label: str, requests: int, deadline: float | None = None
) -> tuple[dict[int, Outcome], Watched]:
    """Outcomes of so many requests; what is put off for long is waited for here."""
    provider = Watched(providers.provider(name, lambda: "sk-emulated", 30))
    model = provider.default_model
    table = MemoryTable()
    bucket = Bucket(table, utc_now, lambda route: Rate(requests=1_000_000, tokens=1_000_000_000))
    gate = Gate(Route(name, model, "bench"), bucket, Breaker(table, utc_now, 1), utc_now, NARROW.get(label, 32))
    held: dict[int, Outcome] = {}

    async def flush(outcomes: Mapping[int, Outcome]) -> None:
        held.update(outcomes)

    until = None if deadline is None else utc_now() + timedelta(seconds=deadline)
    timeout = TIMEOUTS.get(label, TIMEOUT)
    rules = Rules(timeout, 70, 40, 3, 3, until, lambda: 1e9, utc_now, Random(1))
    left = list(range(requests))
    while left:
        flight = RequestPool(cast(Provider, provider), gate, rules, flush)
        delay = await flight.run([_ask(provider, label, n) for n in left])
        held.update(flight.held)
        left = [n for n in left if n not in held]
        await asyncio.sleep(delay or 0)
    if until is not None:
        provider.late = (utc_now() - until).total_seconds()
    await provider.close()
    return held, provider


def _ask(provider: Watched, label: str, number: int) -> PendingRequest:
    turns = (ChatMessage(role="user", content=f"Say the number {number} ({label})"),)
    body = provider.body(Prompt(model=provider.default_model, messages=turns, max_tokens=300))
    return PendingRequest(number, body, 200, 300)


def _expired(emulator: ProviderEmulator, kind: str, requests: int) -> tuple[int, float]:
    """How many requests expired that are never answered in time, and seconds after the deadline until all had."""
    emulator.clear_faults()
    emulator.fault(kind, where="request", seconds=30.0)
    found, provider = asyncio.run(_flown("openai", f"late {kind}", requests, DEADLINE))
    return sum(outcome.status is Status.EXPIRED for outcome in found.values()), max(0.0, provider.late)
