"""`make bench-limits`: buckets, breakers and full queues on the emulated cloud.

Eight processes take all they can from one bucket for a while. A provider is dead for as long while batches wait for
it and another provider's go on. Ten times as much is posted as the provider takes.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.lab import ROOT
from fanfold.limits.breaker import SK
from fanfold.limits.bucket import BURST_SECONDS
from fanfold_client import OVER, Batch, Fanfold
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "Limits in real time"
PROCESSES = 8
RATE = 6000
"""Requests a minute of the bucket."""
PROBE_SECONDS = 5
IN_FLIGHT_SECONDS = 6
"""Calls that were in flight, or started, when the breaker opened have come in after this."""
SLOW = 600
"""Requests a minute that the provider takes that gets ten times as many."""
REQUESTS = 50
"""In one post of the overload."""
SIZES = {"WorkerSeconds": "60"}
SETTINGS = {
    "provider_timeout_seconds": 5,
    "most_waiting_chunks": 12,
    "rate_limits": {"openai": {"requests": 1_000_000}, "openai/gpt-5.4-nano": {"requests": SLOW}},
}


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Buckets, breakers and full queues, each for a minute, or a few seconds."""
    seconds = size.of(smoke=3, small=60, full=60)
    with (
        TemporaryDirectory(prefix="fanfold-limits-") as folder,
        LocalStack(None, Path(folder), environ={}, parameters=SIZES, settings=SETTINGS, minute_seconds=10) as stack,
        Fanfold(stack.url, stack.issue_key("acme"), timeout=120) as fanfold,
    ):
        yield from bucket(stack, seconds, size.of(smoke=2, small=PROCESSES, full=PROCESSES))
        yield from dead(stack, fanfold, seconds, size.of(smoke=30, small=200, full=200))
        yield from overload(stack, fanfold, seconds)


def bucket(stack: LocalStack, seconds: int, processes: int) -> Iterator[Bar]:
    """Some processes on one bucket."""
    arguments = [stack.cloud.url, stack.cloud.outputs["TableName"], str(seconds), str(RATE)]
    command = [sys.executable, "-m", "benchmarks.bucket_process", *arguments]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(processes)]
    told = [json.loads(each.communicate()[0]) for each in running]
    passed = max(each["last"] for each in told) - min(each["first"] for each in told)
    granted, writes = sum(each["granted"] for each in told), sum(each["writes"] for each in told)
    most = RATE / 60 * (passed + BURST_SECONDS)
    figure = f"{granted:,} in {passed:.1f} s"
    yield Bar(f"bucket, {processes} processes: grants", figure, f"≤ {most:,.0f} (rate and burst)", granted <= most)
    share = granted / (RATE / 60 * passed)
    yield Bar("bucket: share of the rate", f"{share:.1%}", "≥ 95 %", share >= 0.95)
    each = granted / max(1, writes)
    yield Bar("bucket: grants a write", f"{each:.1f} ({writes} writes)", "≥ 25", each >= 25)


def dead(stack: LocalStack, fanfold: Fanfold, seconds: int, requests: int) -> Iterator[Bar]:
    """One provider is dead for a while; what waits for it, and what does not: three batches each."""
    assert stack.provider
    warm = [_create(fanfold, provider, model, requests // 2) for provider, model in MODELS]
    for id in warm:
        _ended(fanfold, id)
    stack.provider.clear_calls()
    stack.provider.fault("reset", where="openai.request", lasts=float(seconds))
    until = time.time() + seconds
    waiting = [_create(fanfold, *MODELS[0], requests) for _ in range(3)]
    others = [_create(fanfold, *MODELS[1], requests) for _ in range(3)]
    unaffected = [_ended(fanfold, id) for id in others]
    early = time.time() < until
    failed = sum(batch.progress.failed for batch in unaffected)
    figure = f"{sum(batch.progress.succeeded for batch in unaffected)} answered" + (" meanwhile" if early else ", late")
    yield Bar("dead provider: another's requests", figure, f"{3 * requests} meanwhile", early and not failed)
    ended = [_ended(fanfold, id) for id in waiting]
    calls = stack.provider.calls(operation="openai.chat.completions", limit=100_000)
    struck = [call["at"] for call in calls if call["fault"]]
    opened = _opened(stack)
    probes = [at for at in struck if at > opened + IN_FLIGHT_SECONDS]
    gap = min((later - earlier for earlier, later in pairwise(probes)), default=float(PROBE_SECONDS))
    yield Bar("dead provider: calls until the breaker was open and all had landed", str(len(struck) - len(probes)))
    figure = f"{len(probes)} probes, {gap:.2f} s apart at least"
    yield Bar("dead provider: probes", figure, f"≥ {PROBE_SECONDS} s", gap >= PROBE_SECONDS - 0.1 and bool(probes))
    back = min((call["at"] for call in calls if not call["fault"] and call["at"] > until), default=until + 999) - until
    yield Bar("dead provider: asked again after it is back", f"{back:.1f} s", "≤ 10 s", back <= 10)
    answered = sum(batch.progress.succeeded for batch in ended)
    yield Bar(
        "dead provider: its requests in the end", f"{answered} answered", str(3 * requests), answered == 3 * requests
    )


MODELS = (("openai", "gpt-5.4-mini"), ("anthropic", "claude-haiku-4-5"))


def _opened(stack: LocalStack) -> float:
    """When the breaker opened, as its item says."""
    items = stack.cloud.client("dynamodb").scan(TableName=stack.cloud.outputs["TableName"])["Items"]
    [found] = [item for item in items if item["sk"]["S"] == SK]
    return int(found["opened_at"]["N"]) / 1000


def overload(stack: LocalStack, fanfold: Fanfold, seconds: int) -> Iterator[Bar]:
    """Ten times what the provider takes is posted, by callers who do not heed what they are told."""
    key = stack.issue_key("flood")
    posts = 10 * SLOW * seconds // 60 // REQUESTS
    body = {"mode": "realtime", "model": "gpt-5.4-nano", "requests": [{"input": f"Say {n}"} for n in range(REQUESTS)]}
    began = time.monotonic()

    def post(number: int) -> httpx.Response:
        time.sleep(max(0.0, began + number * seconds / posts - time.monotonic()))
        return httpx.post(f"{stack.url}/v1/batches", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=120)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(posts)))
    taken = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code == 429]
    told = sum(int(answer.headers.get("Retry-After", 0)) > 0 for answer in refused)
    offered = posts * REQUESTS / (time.monotonic() - began) * 60
    yield Bar("overload: requests a minute offered", f"{offered:,.0f}, and {SLOW:,} can be done")
    whole = len(taken) + len(refused) == posts
    figure = f"{len(taken)} taken, {len(refused)} told 429"
    yield Bar(f"overload: {posts} posts", figure, "202 or 429", whole and bool(refused))
    yield Bar("overload: 429 with Retry-After", str(told), "all", told == len(refused))
    with Fanfold(stack.url, key, timeout=120) as flooder:
        ended = [_ended(flooder, id) for id in taken]
    done = sum(batch.state == "completed" and batch.progress.succeeded == REQUESTS for batch in ended)
    yield Bar("overload: of those taken, completed whole", str(done), str(len(taken)), done == len(taken))


def _create(fanfold: Fanfold, provider: str, model: str, requests: int) -> str:
    asked: list[Any] = [{"input": f"Say the number {n}"} for n in range(requests)]
    return fanfold.batches.create(asked, provider=provider, model=model, mode="realtime").id


def _ended(fanfold: Fanfold, id: str) -> Batch:
    until = time.monotonic() + 600
    while time.monotonic() < until:
        batch = fanfold.batches.get(id)
        if batch.state in OVER:
            return batch
        time.sleep(0.5)
    raise TimeoutError(f"{id} has not ended")
