"""`make bench-forecast-service`: what a portfolio takes on its way through the service, and what a million would.

Portfolios of both sizes go through the whole emulated stack for their time from end to end. Steps are then run one by
one, each in a fresh interpreter (`benchmarks.lab`): CPU, memory, calls to AWS as they are billed. The engine alone
fits the same chunks in this process, so that what the service adds is known. CPU seconds are those of this machine.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.bill import Bill
from benchmarks.lab import Invoked, Lab, golden
from fanfold.forecasting import stream
from fanfold.forecasts.engine_request import engine_request
from fanfold.forecasts.job import ForecastConfig
from fanfold.forecasts.series import from_line
from fanfold_client import Fanfold
from local.stack import LocalStack
from tools.measure import Bar, Size
from tools.portfolio import file

TITLE = "Forecasts as a service: what they take"
CONFIG: dict[str, Any] = {"horizon": 12, "preset": "retail"}
BUDGET = 0.50
"""USD per million series."""
MILLION = 1_000_000
SECONDS = 900
"""What an invocation may take."""
PARENT, CHILD = 5, 3
"""Transitions of the execution, and of each child: their states, and the start."""


class Told(NamedTuple):
    """A portfolio's steps, and what the engine alone takes for its series."""

    plan: Invoked
    fits: list[Invoked]
    gather: Invoked
    others: list[Invoked]
    engine: float

    @property
    def steps(self) -> list[Invoked]:
        return [*self.others, self.plan, *self.fits, self.gather]


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Portfolios from end to end, then two step by step; what a million costs lies on the line through these."""
    sizes = size.of(smoke=(30,), small=(1_000,), full=(1_000, 10_000))
    counted = size.of(smoke=(20, 40), small=(1_000, 4_000), full=(1_000, 4_000))
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        yield from _bars(Path(folder), sizes, counted, size is Size.SMOKE)


def _bars(scratch: Path, sizes: tuple[int, ...], counted: tuple[int, int], tiny: bool) -> Iterator[Bar]:
    """End to end for each size; then CPU, memory, calls and dollars of those of `counted` series, and of a million."""
    with LocalStack(None, scratch, environ={}) as stack:
        for size in sizes:
            yield _end_to_end(stack, size, scratch)
        lab = Lab(stack, scratch, tiny=tiny)
        small, large = (_steps(lab, size) for size in counted)
        yield from _counted(large, counted[1])
        yield from _million(_bill(small), _bill(large), *counted)


def _end_to_end(stack: LocalStack, size: int, scratch: Path) -> Bar:
    portfolio = scratch / f"portfolio-{size}.csv"
    portfolio.write_bytes(file(size))
    with Fanfold(stack.url, stack.issue_key(f"bench-{size}")) as fanfold:
        began = time.monotonic()
        found = fanfold.forecasts.wait(fanfold.forecasts.create(portfolio, **CONFIG).id)
        seconds = time.monotonic() - began
    good = found.state == "completed" and found.progress.succeeded == size
    return Bar(
        f"{size:,} series from end to end", f"{seconds:.1f} s, {found.progress.succeeded:,} forecast", "all", good
    )


def _steps(lab: Lab, size: int) -> Told:
    lab.put("uploads/acme/bench/portfolio.csv", file(size))
    event = golden("forecasts/api")
    event["headers"]["idempotency-key"] = f"bench-{size}"
    event["body"] = json.dumps({"upload": "bench/portfolio.csv", **CONFIG})
    posted = lab.invoke("forecasts/api", event)
    begin = {
        "kind": "job",
        "tenant": "acme",
        "job": json.loads(posted.answer["body"])["id"],
        "run": 1,
        "correlation_id": "c",
    }
    plan = lab.invoke("forecasts/plan", {"id": "arn:bench", "input": begin})
    lines = [json.loads(line) for line in _body(lab, plan.answer["manifest"]).splitlines()]
    said = {"correlation_id": "c", "heavy": False}
    fits = [lab.invoke("forecasts/fit", line | said) for line in lines]
    gather = lab.invoke("forecasts/gather", plan.answer)
    folder = plan.answer["manifest"].removesuffix("manifest.jsonl")
    engine = sum(_engine(_body(lab, f"{folder}chunks/{line['chunk']:06d}.jsonl")) for line in lines)
    return Told(plan, fits, gather, [lab.invoke("accounts/authorize"), posted], engine)


def _engine(chunk: bytes) -> float:
    """CPU seconds of the engine alone."""
    series = [from_line(line) for line in chunk.splitlines(keepends=True)]
    began = time.process_time()
    for _ in stream(series, engine_request(ForecastConfig.model_validate(CONFIG))):
        pass
    return time.process_time() - began


def _body(lab: Lab, key: str) -> bytes:
    found: bytes = lab.stack.cloud.client("s3").get_object(Bucket="lab", Key=key)["Body"].read()
    return found


def _counted(told: Told, size: int) -> Iterator[Bar]:
    steps: dict[str, list[Invoked]] = {"plan": [told.plan], "fit": told.fits, "gather": [told.gather]}
    for name, each in steps.items():
        cpu = sum(sum(one.cpu) for one in each)
        peak = max(one.peak for one in each) / 2**20
        yield Bar(
            f"{name}: CPU a series, most memory", f"{cpu / size * 1e3:.2f} ms, {peak:,.0f} MiB of {each[0].memory}"
        )
    total = sum(each.first for each in told.steps)
    yield Bar("CPU outside of the engine, cold starts included", f"{1 - told.engine / total:.0%} of {total:.1f} s")
    at_once = int(SECONDS * size / sum(told.gather.cpu))
    yield Bar("series that one `gather` has time for", f"{at_once:,}")


def _million(small: Bill, large: Bill, fewer: int, more: int) -> Iterator[Bar]:
    """What a portfolio of a million is billed: as much a series as between the two, and what is once a job."""

    def scaled(first: float, second: float) -> float:
        return second + (second - first) / (more - fewer) * (MILLION - more)

    for what in sorted(large.calls):
        calls, usd = (scaled(found(small)[what], found(large)[what]) for found in (_calls, _usd))
        yield Bar(f"a million series: {what}", f"{calls:,.0f}  ({usd:.4f} USD)")
    for size, bill in ((fewer, small), (more, large)):
        yield Bar(f"{size:,} series: USD", f"{sum(bill.usd.values()):.6f}")
    usd = scaled(sum(small.usd.values()), sum(large.usd.values()))
    yield Bar("a million series: USD", f"{usd:.3f}", f"≤ {BUDGET:.2f}", usd <= BUDGET)


def _calls(bill: Bill) -> Counter[str]:
    return bill.calls


def _usd(bill: Bill) -> Counter[str]:
    return bill.usd


def _bill(told: Told) -> Bill:
    bill = Bill()
    for each in told.steps:
        bill.add(each, each.first, each.calls)
    bill.transitions(PARENT + CHILD * len(told.fits))
    bill.posted()
    return bill
