"""`make bench-batches`: one table of what the batch service takes: CPU, memory, calls and dollars.

Speed and the split's own memory are measured on local files; everything else on the emulated cloud, each handler in a
fresh interpreter (`benchmarks.lab`). CPU seconds are those of this machine.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import cold, cost, planning, splitting
from benchmarks.bars import Bar, report
from benchmarks.lab import Lab
from local.stack import LocalStack
from tests.fakes.webhooks import WEBHOOK_SECRET

HOUR = 3600
LATENCY = 60.0
"""Seconds until the emulated provider has answered a batch."""


def main() -> int:
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        return report("Batches: what they take", _bars(Path(folder)))


def _bars(scratch: Path) -> Iterator[Bar]:
    yield splitting.speed()
    yield from splitting.memory()
    with _lab(scratch, latency=0) as stack:
        lab = Lab(stack, scratch)
        yield from cold.bars(lab)
        yield from planning.bars(lab, scratch)
    with _lab(scratch, latency=LATENCY) as stack:
        yield from cost.bars(Lab(stack, scratch), scratch)


def _lab(scratch: Path, latency: float) -> LocalStack:
    secret = {"OpenAiWebhookSecret": WEBHOOK_SECRET}
    return LocalStack(None, scratch, environ={}, parameters=secret, minute_seconds=HOUR, provider_latency=latency)


if __name__ == "__main__":
    sys.exit(main())
