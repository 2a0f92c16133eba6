"""`make chaos-rotation`: a tenant's API key and its key at the provider are rotated while batches run in real time.

The whole stack runs on the emulated cloud. Half of the requests are posted before the rotation and half after it. No
call of ours and no request may fail for it, and a minute later nothing uses the old key at the provider any more.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, NamedTuple

from fanfold_client import OVER, Batch, Fanfold, FanfoldError, Unauthorized
from local.provider.process import ProviderEmulator
from local.stack import LocalStack
from tests.waiting import until
from tools.measure import Bar, Size

TITLE = "Keys that are rotated while requests run"
OUT_OF_USE = 60.0
TENANT = "acme"
QUICK = {"in_flight": 32, "rate_limits": {"openai": {"requests": 1_000_000, "tokens": 1_000_000_000}}}
SIZES = {"WorkerConcurrency": "2"}


class Found(NamedTuple):
    """What came of it. `lingered` is how long after its rotation the provider's old key was last used, in seconds."""

    batches: list[Batch]
    looked: int
    denied: int
    opens: bool
    """Whether the API key opens that was revoked in the end."""
    old: int
    new: int
    lingered: float


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    requests = size.of(smoke=200, small=1000, full=10_000)
    with TemporaryDirectory(prefix="fanfold-rotation-") as folder:
        found = _run(Path(folder), requests, size.of(smoke=1.0, small=0.2, full=0.2))
    failed = sum(batch.progress.failed for batch in found.batches)
    answered = sum(batch.progress.succeeded for batch in found.batches)
    yield Bar("requests answered", f"{answered:,}", f"{requests:,}", answered == requests)
    yield Bar("requests failed", str(failed), "0", failed == 0)
    yield Bar(
        "calls of ours while keys were rotated", f"{found.looked:,}, {found.denied} denied", "0", not found.denied
    )
    yield Bar("a revoked key opens", str(found.opens), "False", not found.opens)
    both = found.old > 0 and found.new > 0
    yield Bar("calls with the provider's old key, its new one", f"{found.old:,}, {found.new:,}", "≥ 1 each", both)
    lingered = found.lingered
    yield Bar("the old one was last used after", f"{lingered:.0f} s", f"≤ {OUT_OF_USE:.0f}", lingered <= OUT_OF_USE)


class Onlooker(Thread):
    """Asks for a batch again and again, each time with the key that holds at the moment."""

    def __init__(self, url: str, key: str, id: str, pause: float) -> None:
        super().__init__(daemon=True)
        self.url, self.key, self.id, self.pause = url, key, id, pause
        self.looked = self.denied = 0
        self.over = Event()

    def run(self) -> None:
        while not self.over.wait(self.pause):
            with Fanfold(self.url, self.key, timeout=120) as fanfold:
                try:
                    fanfold.batches.get(self.id)
                except Unauthorized:
                    self.denied += 1
                except FanfoldError:
                    continue
                self.looked += 1


def _run(scratch: Path, requests: int, pause: float) -> Found:
    with LocalStack(
        None, scratch, environ={}, parameters=SIZES, settings=QUICK, minute_seconds=2, provider_latency=0
    ) as stack:
        assert stack.provider
        first = stack.issue_key(TENANT)
        _set_provider_key(stack, "sk-before")
        with Fanfold(stack.url, first, timeout=120) as fanfold:
            ids = [_created(fanfold, "before", requests // 2)]
            onlooker = Onlooker(stack.url, first, ids[0], pause)
            onlooker.start()
            until(lambda: _calls(stack.provider))
            old = next(key.id for key in fanfold.keys.list() if key.last_used_on)
            rotated = fanfold.keys.rotate(old, overlap_hours=1).key or ""
        onlooker.key = rotated
        _set_provider_key(stack, "sk-after")
        at = time.time()
        with Fanfold(stack.url, rotated, timeout=120) as fanfold:
            ids.append(_created(fanfold, "after", requests - requests // 2))
            batches = [_ended(fanfold, id) for id in ids]
            until(lambda: time.time() - at > OUT_OF_USE)
            _ended(fanfold, _created(fanfold, "a minute later", 1))
            fanfold.keys.revoke(old)
        onlooker.over.set()
        onlooker.join()
        calls = _calls(stack.provider)
        before = [call["at"] for call in calls if call["owner"] == calls[0]["owner"]]
        late = max(0.0, max(before) - at)
        opens = _opens(stack, first)
    return Found(batches, onlooker.looked, onlooker.denied, opens, len(before), len(calls) - len(before), late)


def _set_provider_key(stack: LocalStack, key: str) -> None:
    command = {"command": "set_provider_key", "tenant": TENANT, "provider": "openai", "key": key}
    stack.invoke("Admin", command)


def _calls(provider: ProviderEmulator | None) -> list[dict[str, Any]]:
    assert provider
    return provider.calls(limit=1_000_000)


def _created(fanfold: Fanfold, name: str, requests: int) -> str:
    asked = [{"custom_id": f"{n}", "input": f"Say the number {n} {name}"} for n in range(requests)]
    return fanfold.batches.create(asked, model="gpt-5.4-nano", mode="realtime").id


def _ended(fanfold: Fanfold, id: str) -> Batch:
    def over() -> Batch | None:
        batch = fanfold.batches.get(id)
        return batch if batch.state in OVER else None

    return until(over)


def _opens(stack: LocalStack, key: str) -> bool:
    with Fanfold(stack.url, key, timeout=120) as fanfold:
        try:
            fanfold.account.usage()
        except Unauthorized:
            return False
    return True
