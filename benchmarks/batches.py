"""`make bench-batches`: one table of what the batch service takes: CPU, memory, calls and dollars.

Speed and the split's own memory are measured on local files; everything else on the emulated cloud, each handler in a
fresh interpreter (`benchmarks.lab`). CPU seconds are those of this machine.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import cold, cost, planning, splitting
from benchmarks.lab import Lab
from local.stack import LocalStack
from local.webhooks import WEBHOOK_SECRET
from tools.measure import Bar, Size

HOUR = 3600
LATENCY = 60.0
"""Seconds until the emulated provider has answered a batch."""


TITLE = "Batches: what they take"


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Split and plan by size of input; cold starts of every function; the bill of a batch."""
    few, many = (1_000,), (1_000, 10_000, 100_000, 1_000_000)
    sizes = size.of(smoke=few, small=many, full=many)
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        yield from _bars(Path(folder), sizes, size.of(smoke=500, small=50_000, full=50_000), size is Size.SMOKE)


def _bars(scratch: Path, sizes: tuple[int, ...], requests: int, once: bool) -> Iterator[Bar]:
    yield splitting.speed(max(sizes[:3]), 1 if once else splitting.TRIES)
    yield from splitting.memory(sizes)
    with _lab(scratch, latency=0) as stack:
        lab = Lab(stack, scratch, tiny=once)
        yield from cold.bars(lab, once)
        yield from planning.bars(lab, scratch, sizes)
    with _lab(scratch, latency=min(LATENCY, requests / 100)) as stack:
        yield from cost.bars(Lab(stack, scratch, tiny=once), scratch, requests)


def _lab(scratch: Path, latency: float) -> LocalStack:
    secret = {"openai_webhook": WEBHOOK_SECRET}
    return LocalStack(None, scratch, environ={}, provider_keys=secret, minute_seconds=HOUR, provider_latency=latency)
