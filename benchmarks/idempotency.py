"""`make bench-idempotency`: idempotency keys, each posted by twenty callers at the same moment.

Twenty threads meet before every key and then ask for the same batch, through the real adapters, of the emulated
cloud's table, bucket and queue; the queue is one that starts nothing. Afterwards each key is posted with another body.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from benchmarks.lab import Lab
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.views import batch as views
from fanfold.errors import Refused
from fanfold.jobs.identity import Caller
from fanfold.wiring import batches as wiring
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "Batches: one key, many callers"
CALLERS = 20
TENANT = "acme"
REPLAYED = 422


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The keys' batches and replies."""
    with (
        TemporaryDirectory(prefix="fanfold-bench-") as folder,
        LocalStack(None, Path(folder), environ={}, minute_seconds=3600, provider_latency=0) as stack,
    ):
        os.environ.update(Lab(stack, Path(folder)).environment("batches/api"))
        yield from _bars(size.of(smoke=20, small=1000, full=1000))


def _bars(keys: int) -> list[Bar]:
    meeting = Barrier(CALLERS)
    with ThreadPoolExecutor(CALLERS) as pool:
        replies = list(pool.map(lambda _: [_posted(key, meeting) for key in range(keys)], range(CALLERS)))
    different = sum(len(set(same)) != 1 for same in zip(*replies, strict=True))
    jobs = _jobs()
    refused = [_refused(key) for key in range(keys)].count(REPLAYED)
    return [
        Bar("posts", f"{keys:,} keys of {CALLERS} callers each"),
        Bar("batches made", f"{len(set(jobs)):,}", f"{keys:,}", len(set(jobs)) == len(jobs) == keys),
        Bar("keys whose replies differ", str(different), "0", different == 0),
        Bar("posts of a changed body refused with 422", f"{refused:,}", f"{keys:,}", refused == keys),
    ]


def _posted(key: int, meeting: Barrier) -> str:
    """The reply's body."""
    meeting.wait()
    backend = wiring.batches()
    return views.accepted(create_batch(_body(key), _caller(key), backend), backend).model_dump_json()


def _refused(key: int) -> int:
    """The status of what comes of another body under the same key."""
    try:
        create_batch(_body(key + 1), _caller(key), wiring.batches())
    except Refused as refused:
        return refused.status
    return 0


def _body(key: int) -> CreateBatch:
    return CreateBatch(requests=[{"input": f"What is {key}?"}])


def _caller(key: int) -> Caller:
    return Caller(tenant=TENANT, correlation_id="", idempotency_key=f"key-{key}")


def _jobs() -> list[str]:
    """The ids of every batch that the tenant has."""
    found, cursor = wiring.batches().jobs.list(TENANT, 100, None)
    while cursor:
        more, cursor = wiring.batches().jobs.list(TENANT, 100, cursor)
        found += more
    return [job.id for job in found]
