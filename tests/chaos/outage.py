"""`make chaos-outage`: a provider that answers every call with 500 for minutes, met by batches in real time.

The whole stack runs on the emulated cloud. The outage begins before the batches are posted, and ends so many seconds
after the first call that it has met. It may delay requests, and must not cost one of them its answer.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fanfold_client import OVER, Batch, Fanfold
from local.provider.process import ProviderEmulator
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "An outage of the provider, in real time"
BATCHES = 2
MINUTE_SECONDS = 5
LONGEST_SECONDS = 900
"""After the outage."""
QUICK = {"provider_timeout_seconds": 3, "rate_limits": {"openai": {"requests": 1_000_000, "tokens": 1_000_000_000}}}
SIZES = {"WorkerSeconds": "10"}


class Found(NamedTuple):
    """What came of the batches. `struck` are calls that met the outage; `seconds` is how long all took after it."""

    batches: list[Batch]
    answered: Counter[str]
    early: int
    """Requests that were over before the outage was."""
    dead: int
    struck: int
    seconds: float


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    seconds, requests = size.of(smoke=(5, 60), small=(20, 200), full=(300, 1000))
    with TemporaryDirectory(prefix="fanfold-outage-") as folder:
        found = _run(Path(folder), seconds, requests)
    yield Bar("outage", f"{seconds} s, {found.struck:,} calls met it", "≥ 1 call", found.struck > 0)
    yield Bar("requests over while it lasted", str(found.early), "0", found.early == 0)
    yield Bar("requests", f"{requests:,} in {BATCHES} batches; all over {found.seconds:.0f} s after it")
    ended = sum(batch.state == "completed" for batch in found.batches)
    yield Bar("batches completed", str(ended), str(BATCHES), ended == BATCHES)
    failed = sum(batch.progress.failed for batch in found.batches)
    yield Bar("requests failed", str(failed), "0", failed == 0)
    yield Bar("requests answered", f"{len(found.answered):,}", f"{requests:,}", len(found.answered) == requests)
    doubled = found.answered.total() - len(found.answered)
    yield Bar("results doubled", str(doubled), "0", doubled == 0)
    yield Bar("dead letters", str(found.dead), "0", found.dead == 0)


def _run(scratch: Path, seconds: float, requests: int) -> Found:
    timing: dict[str, Any] = {"minute_seconds": MINUTE_SECONDS, "provider_latency": 0}
    with (
        LocalStack(None, scratch, environ={}, parameters=SIZES, settings=QUICK, **timing) as stack,
        Fanfold(stack.url, stack.issue_key("acme"), timeout=120) as fanfold,
    ):
        assert stack.provider
        stack.provider.fault("server_error", where="request")
        ids = [_created(fanfold, batch, requests // BATCHES) for batch in range(BATCHES)]
        _await_calls(stack.provider)
        time.sleep(seconds)
        counts = [fanfold.batches.get(id).progress for id in ids]
        early = sum(each.succeeded + each.failed for each in counts)
        stack.provider.clear_faults()
        mended = time.monotonic()
        batches = [_ended(fanfold, id, mended + LONGEST_SECONDS) for id in ids]
        took = time.monotonic() - mended
        answered = Counter(
            f"{batch.id} {result['custom_id']}"
            for batch in batches
            for result in fanfold.batches.iter_results(batch.id)
            if result["status"] == "succeeded"
        )
        struck = stack.provider.call_summary()["fault"].get("server_error", 0)
        return Found(batches, answered, early, len(list(fanfold.dead_letters.list())), struck, took)


def _created(fanfold: Fanfold, batch: int, requests: int) -> str:
    asked = [{"custom_id": f"{n}", "input": f"Say the number {batch}{n:06d}"} for n in range(requests)]
    return fanfold.batches.create(asked, model="gpt-5.4-nano", mode="realtime").id


def _await_calls(provider: ProviderEmulator) -> None:
    """Wait until a call has met the outage."""
    until = time.monotonic() + LONGEST_SECONDS
    while not provider.call_summary()["fault"] and time.monotonic() < until:
        time.sleep(0.2)


def _ended(fanfold: Fanfold, id: str, until: float) -> Batch:
    """The batch at its end, or as it is when patience is at its own."""
    while (batch := fanfold.batches.get(id)).state not in OVER and time.monotonic() < until:
        time.sleep(0.5)
    return batch
