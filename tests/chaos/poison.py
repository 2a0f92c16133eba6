"""`make chaos-poison`: requests that workers die of, among many that are fine.

Some batches in real time hold deadly requests: the worker that asks one is killed. The workers' deaths close in on
them until each stands alone and is a dead letter, while all others have their answers. Then the cause is mended and the
letters are sent again.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fanfold_client import OVER, Batch, Fanfold
from local.provider.process import ProviderEmulator
from local.stack import LocalStack
from tests.chaos.deadly import MARK, DeadlyWay
from tools.measure import Bar, Size

TITLE = "Deadly requests among others"
BATCHES = 5
QUICK = {
    "provider_timeout_seconds": 3,
    "resend_after_seconds": 60,
    "rate_limits": {"openai": {"requests": 1_000_000, "tokens": 1_000_000_000}},
}
SIZES = {"WorkerSeconds": "10"}
MINUTE_SECONDS = 5
LONGEST_SECONDS = 3000


class Found(NamedTuple):
    """Before and after the cause was mended."""

    deaths: int
    letters: int
    answered: int
    failed: int
    redriven: int
    answered_then: int
    asked_twice: int
    letters_then: int
    doubled: int
    seconds: float


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    requests, poison = size.of(smoke=(50, 1), small=(500, 5), full=(10_000, 100))
    with TemporaryDirectory(prefix="fanfold-poison-") as folder:
        found = _run(Path(folder), Random(seed), requests, poison)
    yield Bar("requests, deadly ones among them", f"{requests:,}, {poison}")
    yield Bar("workers that died", f"{found.deaths}; {found.seconds:.0f} s")
    yield Bar("dead letters", str(found.letters), str(poison), found.letters == poison)
    fine = requests - poison
    yield Bar("other requests answered", f"{found.answered:,}", f"{fine:,}", found.answered == fine)
    yield Bar("failed in the counters", str(found.failed), str(poison), found.failed == poison)
    yield Bar("letters redriven once mended", str(found.redriven), str(poison), found.redriven == poison)
    yield Bar("requests answered then", f"{found.answered_then:,}", f"{requests:,}", found.answered_then == requests)
    yield Bar("asked again but for the letters, or twice", str(found.asked_twice), "0", found.asked_twice == 0)
    yield Bar("dead letters left", str(found.letters_then), "0", found.letters_then == 0)
    yield Bar("results doubled", str(found.doubled), "0", found.doubled == 0)


def _run(scratch: Path, random: Random, requests: int, poison: int) -> Found:
    """The batches to their end, twice."""
    began = time.monotonic()
    (scratch / "emulator").mkdir()
    with (
        ProviderEmulator(scratch / "emulator") as emulator,
        DeadlyWay(emulator.url) as way,
        LocalStack(
            None,
            scratch,
            environ={"OPENAI_API_KEY": "sk-emulated", "OPENAI_BASE_URL": f"{way.url}/v1"},
            settings=QUICK,
            parameters=SIZES,
            minute_seconds=MINUTE_SECONDS,
        ) as stack,
        Fanfold(stack.url, stack.issue_key("acme"), timeout=120) as fanfold,
    ):
        each, deadly = requests // BATCHES, set(random.sample(range(requests), poison))
        ids = [_created(fanfold, batch, each, deadly) for batch in range(BATCHES)]
        first = [_ended(fanfold, id) for id in ids]
        letters, deaths = len(list(fanfold.dead_letters.list())), way.killed
        way.deadly = False
        emulator.clear_calls()
        redriven = sum(sent.dead_letters for sent in fanfold.dead_letters.redrive().batches)
        then = [_ended(fanfold, id) for id in ids]
        calls = emulator.call_summary()
        return Found(
            deaths=deaths,
            letters=letters,
            answered=sum(batch.progress.succeeded for batch in first),
            failed=sum(batch.progress.failed for batch in first),
            redriven=redriven,
            answered_then=sum(batch.progress.succeeded for batch in then),
            asked_twice=calls["calls"] - poison,
            letters_then=len(list(fanfold.dead_letters.list())),
            doubled=sum(_doubled(fanfold, id) for id in ids),
            seconds=time.monotonic() - began,
        )


def _created(fanfold: Fanfold, batch: int, each: int, deadly: set[int]) -> str:
    asked = [
        {"custom_id": f"{n}", "input": f"Say the number {n}" + (f" {MARK.decode()}" if n in deadly else "")}
        for n in range(batch * each, (batch + 1) * each)
    ]
    return fanfold.batches.create(asked, model="gpt-5.4-nano", mode="realtime").id


def _ended(fanfold: Fanfold, id: str) -> Batch:
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        batch = fanfold.batches.get(id)
        if batch.state in OVER:
            return batch
        time.sleep(1)
    raise TimeoutError(f"{id} has not ended")


def _doubled(fanfold: Fanfold, id: str) -> int:
    seen = Counter(str(result["custom_id"]) for result in fanfold.batches.iter_results(id))
    return sum(seen.values()) - len(seen)
