"""A series that kills every worker that has fitted it, in a portfolio whose workers also die at random."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanfold_client import Fanfold
from local.stack import LocalStack
from tools.measure import Bar
from tools.portfolio import series

CHUNK, PLACE = 1, 7
"""Where it lies: its chunk, and its place in that."""
CHUNK_SERIES = 50
AT_RANDOM = 6
"""Workers that die at random."""
QUICK = {"chunk_series": CHUNK_SERIES}
SIZES = {"ForecastConcurrency": "2"}


def bars(scratch: Path, count: int) -> Iterator[Bar]:
    """The killing series fails by name, and every other one is forecast."""
    with (
        LocalStack(None, scratch, environ={}, parameters=SIZES, settings=QUICK, minute_seconds=2) as stack,
        Fanfold(stack.url, stack.issue_key("acme"), timeout=120) as fanfold,
    ):
        parts = "|".join(f"{start:06d}-{end:06d}" for start, end in _halves(0, 4 * CHUNK_SERIES))
        stack.cloud.kill_worker_at("FitFunction", f"results/{CHUNK:06d}-", times=2)
        stack.cloud.kill_worker_at("FitFunction", f"parts/fit-{CHUNK:06d}-1-({parts})", times=1000)
        stack.cloud.kill_worker_at("FitFunction", "TransactWriteItems", share=0.3, times=AT_RANDOM)
        id = fanfold.forecasts.create(list(series(count)), horizon=3, models_to_try=1).id
        found = fanfold.forecasts.wait(id)
        killed = [len(rule["killed"]) for rule in stack.cloud.killed()]
        stack.cloud.spare_workers()
        deadly = _name(stack, id)
        failed = {row.name: row.reason for row in fanfold.forecasts.series(id, status="failed")}
    yield Bar("a killing series: workers it killed, and at random", f"{killed[0] + killed[1]}, {killed[2]}")
    succeeded, state = found.progress.succeeded, found.state
    figure = f"{state}, {succeeded:,} forecast, {len(failed)} failed"
    good = (state, succeeded, list(failed)) == ("completed", count - 1, [deadly])
    yield Bar(f"a killing series among {count:,}", figure, "all others forecast, it fails by name", good)


def _halves(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Every part that holds the place, whatever the chunk's length is."""
    for length in range(1, end + 1):
        low, high = start, length
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if middle > PLACE else (middle, high)
            if low <= PLACE < high:
                yield low, high


def _name(stack: LocalStack, id: str) -> str:
    body = stack.cloud.client("s3").get_object(
        Bucket=stack.cloud.outputs["BucketName"], Key=f"jobs/acme/{id}/chunks/{CHUNK:06d}.jsonl"
    )["Body"]
    line: dict[str, Any] = json.loads(body.read().splitlines()[PLACE])
    return str(line["name"])
