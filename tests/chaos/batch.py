"""`make chaos-batch`: workers killed at random points of every step of the batch lane, several in each batch.

The whole stack runs on the emulated cloud. In every wave some batches are posted at the same time while, for each of
them and each step, a rule waits to kill the worker of that step right before or after one of its calls to the cloud.
A kill hits whichever batch comes by first. Points are drawn with a seed, so that a run can be told again.
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

TITLE = "Batches under SIGKILL"
BATCHES = 4
"""In a wave."""
REQUESTS = 1200
MODELS = ("gpt-5.4-mini", "gpt-5.4-nano")
"""Each takes a shard of its own."""
MINUTE_SECONDS = 4
SWEEPER_SECONDS = 5 * MINUTE_SECONDS
QUICK = {"provider_timeout_seconds": 2, "accept_grace_seconds": 1}
WHEN = ("before", "after")
POINTS = {
    "accept": ("BatchesApi", {"PUT /": 1, "UpdateItem": 1, "SendMessage": 1}),
    "start": ("StartFunction", {"StartExecution": 1}),
    "plan": ("PlanFunction", {"GetItem": 1, "UpdateItem": 4, "GET /": 1, "PUT /": 4, "Query": 1}),
    "submit": ("SubmitFunction", {"GetItem": 2, "UpdateItem": 3, "GET /": 1}),
    "poll": ("PollFunction", {"Query": 1, "UpdateItem": 2, "SendTaskSuccess": 2}),
    "collect": ("CollectFunction", {"GetItem": 2, "GET /": 1, "PUT /": 1, "TransactWriteItems": 1, "UpdateItem": 1}),
    "finish": ("FinishFunction", {"GetItem": 1, "Query": 2, "GET /": 2, "PUT /": 1, "UpdateItem": 1}),
}
"""By step: the function, and its calls with how often it makes them in a batch like these."""


class Ended(NamedTuple):
    """A batch as it was found two sweeper periods after the last kill, or at its end."""

    state: str
    missing: int
    doubled: int
    miscounted: int
    creates: list[int]
    """How often each of its shards was made at the provider."""


class Found(NamedTuple):
    """Everything that a run found."""

    kills: Counter[str]
    ended: list[Ended]


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    least = size.of(smoke=1, small=14, full=50)
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder:
        kills, ended = _run(Path(folder), Random(seed), least)
    for step in POINTS:
        yield Bar(f"workers killed in {step}", str(kills[step]))
    total = sum(kills.values())
    yield Bar("workers killed", str(total), f"≥ {least}", total >= least)
    yield Bar("batches of 1,200 requests", str(len(ended)))
    stuck = sum(each.state not in OVER for each in ended)
    yield Bar("stuck two sweeper periods after the last kill", str(stuck), "0", stuck == 0)
    failed = sum(each.state != "completed" for each in ended) - stuck
    yield Bar("ended otherwise than completed", str(failed), "0", failed == 0)
    for what in ("missing", "doubled", "miscounted"):
        amount = sum(getattr(each, what) for each in ended)
        yield Bar(f"results {what}", str(amount), "0", amount == 0)
    creates = [times for each in ended for times in each.creates]
    figure = f"{min(creates)} to {max(creates)} ({len(creates)} shards)"
    yield Bar("creates at the provider per shard", figure, "1", set(creates) == {1})


def _run(scratch: Path, random: Random, least: int) -> Found:
    """Waves of batches until so many workers were killed."""
    found = Found(Counter(), [])
    timing: dict[str, Any] = {"minute_seconds": MINUTE_SECONDS, "provider_latency": 0.5}
    with (
        LocalStack(None, scratch, environ={}, settings=QUICK, **timing) as stack,
        Fanfold(stack.url, stack.issue_key("acme")) as fanfold,
    ):
        while sum(found.kills.values()) < least:
            _wave(stack, fanfold, random, found)
    return found


def _wave(stack: LocalStack, fanfold: Fanfold, random: Random, found: Found) -> None:
    steps = [_armed(stack, step, random) for step in POINTS for _ in range(BATCHES)]
    keys = [f"{random.random()}" for _ in range(BATCHES)]
    with ThreadPoolExecutor(BATCHES) as pool:
        ids = list(pool.map(lambda key: _submitted(fanfold, key), keys))
    _await(stack, fanfold, ids)
    for step, rule in zip(steps, stack.cloud.killed(), strict=True):
        found.kills[step] += len(rule["killed"])
    stack.cloud.spare_workers()
    found.ended.extend(_ended(stack, fanfold, id) for id in ids)


def _armed(stack: LocalStack, step: str, random: Random) -> str:
    """Set a rule for one kill somewhere in the step."""
    function, calls = POINTS[step]
    call = random.choice(list(calls))
    stack.cloud.kill_worker_at(function, call, when=random.choice(WHEN), skip=random.randrange(calls[call]))
    return step


def _requests() -> list[dict[str, Any]]:
    return [{"custom_id": f"id-{n}", "input": f"What is {n}?", "model": MODELS[n % 2]} for n in range(REQUESTS)]


def _submitted(fanfold: Fanfold, key: str) -> str:
    """The batch's id: a caller that gets no answer asks again."""
    while True:
        try:
            return fanfold.batches.create(_requests(), idempotency_key=key).id
        except FanfoldError:
            time.sleep(0.2)


def _await(stack: LocalStack, fanfold: Fanfold, ids: list[str]) -> None:
    """Wait for the end of all of them, or two sweeper periods without one more kill."""
    kills, since = 0, time.monotonic()
    while time.monotonic() < since + 2 * SWEEPER_SECONDS:
        if all(_state(fanfold, id) in OVER for id in ids):
            return
        now = sum(len(rule["killed"]) for rule in stack.cloud.killed())
        kills, since = now, since if now == kills else time.monotonic()
        time.sleep(0.5)


def _state(fanfold: Fanfold, id: str) -> str:
    try:
        return fanfold.batches.get(id).state
    except FanfoldError:
        return "unknown"


def _ended(stack: LocalStack, fanfold: Fanfold, id: str) -> Ended:
    assert stack.provider
    batch = fanfold.batches.get(id)
    results = (
        Counter(str(each["custom_id"]) for each in fanfold.batches.iter_results(id))
        if batch.state in OVER
        else Counter()
    )
    wanted = {each["custom_id"] for each in _requests()}
    made = [times for name, times in stack.provider.stats()["creates"].items() if id in name]
    return Ended(
        state=batch.state,
        missing=len(wanted - results.keys()),
        doubled=sum(results.values()) - len(results),
        miscounted=abs(batch.progress.succeeded - REQUESTS) + batch.progress.failed,
        creates=made,
    )
