"""`make chaos-realtime`: the real-time lane under SIGKILLs at named points, with every message delivered twice.

The whole stack runs on the emulated cloud. Some batches are posted at the same time; rules wait to kill workers right
before or after one of their calls to the cloud, at every named point, and are renewed until enough have died. Points
and places are drawn with a seed.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fanfold_client import OVER, Fanfold, FanfoldError
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "The real-time lane under SIGKILL, every message twice"
BATCHES = 5
MODEL = "gpt-5.4-nano"
FLUSH = 70
MINUTE_SECONDS = 10
LONGEST_SECONDS = 1500
QUICK = {
    "provider_timeout_seconds": 6,
    "accept_grace_seconds": 5,
    "resend_after_seconds": 60,
    "flush_requests": FLUSH,
    "rate_limits": {"openai": {"requests": 1_000_000, "tokens": 1_000_000_000}},
}
SIZES = {"WorkerSeconds": "25"}
WHEN = ("before", "after")
POINTS = {
    "messages sent": ("SubmitFunction", "SendMessageBatch", 2),
    "claim, lease or flush noted": ("WorkFunction", "UpdateItem", 40),
    "claimed, chunk read": ("WorkFunction", "GET /", 12),
    "part flushed": ("WorkFunction", "parts/", 12),
    "results written": ("WorkFunction", "results/", 12),
    "chunk settled": ("WorkFunction", "TransactWriteItems", 12),
    "last chunk noticed": ("WorkFunction", "GetItem", 40),
    "execution woken": ("WorkFunction", "SendTaskSuccess", 1),
    "shard collected": ("CollectFunction", "UpdateItem", 1),
}
"""By name: the function, what its call has in it, and how many such calls to choose among."""


class Found(NamedTuple):
    """What a run found. `calls` are those that the provider got, `others` answers to another's question."""

    kills: Counter[str]
    states: list[str]
    requests: int
    lost: int
    doubled: int
    others: int
    failed: int
    miscounted: int
    calls: int
    seconds: float


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    requests, kills = size.of(smoke=(100, 1), small=(500, 5), full=(10_000, 50))
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder:
        yield from _held(_run(Path(folder), Random(seed), requests, kills), kills)


def _held(found: Found, kills: int) -> Iterator[Bar]:
    for point in POINTS:
        yield Bar(f"workers killed: {point}", str(found.kills[point]))
    points = sum(1 for point in POINTS if found.kills[point])
    yield Bar("named points with kills", str(points), f"≥ {min(kills, 5)}", points >= min(kills, 5))
    total = sum(found.kills.values())
    yield Bar("workers killed", str(total), f"≥ {kills}", total >= kills)
    yield Bar("requests", f"{found.requests:,} in {len(found.states)} batches, {found.seconds:.0f} s")
    ended = sum(state == "completed" for state in found.states)
    yield Bar("batches completed", str(ended), str(len(found.states)), ended == len(found.states))
    for what in ("lost", "doubled", "others", "failed", "miscounted"):
        amount = getattr(found, what)
        yield Bar(f"results {what}", str(amount), "0", amount == 0)
    extra, most = found.calls - found.requests, total * FLUSH
    yield Bar("extra calls to the provider", f"{extra:,}", f"≤ {most:,} ({FLUSH} a kill)", 0 <= extra <= most)


def _run(scratch: Path, random: Random, requests: int, kills: int) -> Found:
    """All batches to their end, with so many kills on the way."""
    timing: dict[str, Any] = {"minute_seconds": MINUTE_SECONDS, "provider_latency": 0}
    with (
        LocalStack(None, scratch, environ={}, parameters=SIZES, settings=QUICK, **timing) as stack,
        Fanfold(stack.url, stack.issue_key("acme"), timeout=120) as fanfold,
    ):
        began, each = time.monotonic(), requests // BATCHES
        stack.cloud.double_messages()
        armed = [_arm(stack, point, random) for point in POINTS for _ in range(min(2, kills))]
        with ThreadPoolExecutor(BATCHES) as pool:
            ids = list(pool.map(lambda number: _submitted(fanfold, number, each), range(BATCHES)))
        armed += _see_through(stack, fanfold, ids, kills, random, armed)
        seconds = time.monotonic() - began
        killed = [len(rule["killed"]) for rule in stack.cloud.killed()]
        struck = Counter[str]()
        for point, times in zip(armed, killed, strict=True):
            struck[point] += times
        return _found(stack, fanfold, ids, each, struck, seconds)


def _arm(stack: LocalStack, point: str, random: Random) -> str:
    """Set a rule for one kill somewhere at the point."""
    function, call, times = POINTS[point]
    stack.cloud.kill_worker_at(function, call, when=random.choice(WHEN), skip=random.randrange(times))
    return point


def _submitted(fanfold: Fanfold, batch: int, requests: int) -> str:
    """The batch's id: a caller that gets no answer asks again."""
    while True:
        try:
            asked = [{"custom_id": f"{n}", "input": _question(batch, n)} for n in range(requests)]
            return fanfold.batches.create(asked, idempotency_key=f"chaos-{batch}", model=MODEL, mode="realtime").id
        except FanfoldError:
            time.sleep(0.5)


def _question(batch: int, number: int) -> str:
    return f"Say the number {batch}{number:06d}"


def _see_through(
    stack: LocalStack, fanfold: Fanfold, ids: list[str], kills: int, random: Random, armed: list[str]
) -> list[str]:
    """Wait for the end of all batches, renewing rules while more kills are wanted; the points of the new rules."""
    more, until = list[str](), time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        rules = stack.cloud.killed()
        done, waiting = sum(len(rule["killed"]) for rule in rules), sum(not rule["killed"] for rule in rules)
        if done < kills and waiting < len(POINTS):
            points = [each for each in POINTS if POINTS[each][2] > 2]
            more.append(_arm(stack, random.choice(points), random))
        elif all(_state(fanfold, id) in OVER for id in ids):
            break
        time.sleep(1)
    return more


def _state(fanfold: Fanfold, id: str) -> str:
    try:
        return fanfold.batches.get(id).state
    except FanfoldError:
        return "unknown"


def _found(
    stack: LocalStack, fanfold: Fanfold, ids: list[str], each: int, kills: Counter[str], seconds: float
) -> Found:
    assert stack.provider
    stack.cloud.spare_workers()
    lost = doubled = others = failed = miscounted = 0
    states = []
    for number, id in enumerate(ids):
        batch = fanfold.batches.get(id)
        states.append(batch.state)
        results = list(fanfold.batches.iter_results(id)) if batch.state in OVER else []
        seen = Counter(str(result["custom_id"]) for result in results)
        lost += len({str(n) for n in range(each)} - seen.keys())
        doubled += sum(seen.values()) - len(seen)
        failed += sum(result["status"] != "succeeded" for result in results)
        others += sum(
            _question(number, int(str(result["custom_id"]))).rpartition(" ")[2] not in str(result.get("output"))
            for result in results
            if result["status"] == "succeeded"
        )
        miscounted += abs(batch.progress.succeeded - each) + batch.progress.failed
    calls = stack.provider.stats()["calls"].get("openai.chat.completions", 0)
    return Found(kills, states, each * len(ids), lost, doubled, others, failed, miscounted, calls, seconds)
