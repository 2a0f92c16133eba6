"""`make bench-realtime`: what a request in real time takes: CPU by SDK, calls in flight, counted calls, dollars.

CPU and calls in flight are of one worker's flight against the provider emulator at a second's latency. Calls to AWS
are counted at boto3's clients while the worker function settles chunks of 100 requests; its dollars are list prices.
Lambda's time is the waves of calls at two seconds each, the CPU that was measured, as fast as the function's memory
makes it, as if nothing of it fell into the waiting, and the waiting of its calls to AWS.
"""

import json
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks import prices
from benchmarks.bill import READS, WAITING
from benchmarks.lab import ROOT, Invoked, Lab
from benchmarks.realtime_calls import TEXT
from fanfold.aws.table import DynamoTable
from fanfold.batches.input.lines import ReadRequest, stored
from fanfold.batches.model.batch import KIND, BatchJob, LaneName, Options, Priority
from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.jobs.job import State
from fanfold.jobs.store import Jobs
from fanfold.providers import names
from local.provider.process import ProviderEmulator
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "Requests in real time"
CHUNK = 100
FEW, MANY = 2, 7
"""Chunks of two runs: what the second takes longer is warm."""
LATENCY = 2.0
BUDGETS = {32: 0.80, 100: 0.45}
"""DESIGN.md: USD per million requests, by calls in flight."""
FLUSH = {32: 70, 100: 100}
MOST = {"DynamoDB write units": 10.0, "SQS requests": 2.1, "S3 PUT": 4.0, "S3 GET": 3.0}
"""DESIGN.md: per 100 requests."""
UNLIMITED = {"openai": {"requests": 10_000_000, "tokens": 10_000_000_000}}


class Measured(NamedTuple):
    """A warm chunk: seconds of CPU, its calls, bytes of its log, and the most memory its process held."""

    cpu: float
    calls: list[dict[str, Any]]
    log: float
    peak: int
    memory: int


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """CPU and calls in flight by SDK, then the bill of a chunk."""
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        in_flight = tuple(BUDGETS)[: size.of(smoke=1, small=2, full=2)]
        yield from _flights(Path(folder), size.of(smoke=100, small=600, full=600), in_flight)
        yield from _chunks(Path(folder), in_flight)


def _chunks(scratch: Path, amounts: tuple[int, ...]) -> Iterator[Bar]:
    with LocalStack(None, scratch, environ={}, minute_seconds=3600, settings={"rate_limits": UNLIMITED}) as stack:
        lab = Lab(stack, scratch)
        for in_flight in amounts:
            yield from _costs(_chunk(lab, in_flight), in_flight, BUDGETS[in_flight])


def _flights(scratch: Path, requests: int, amounts: tuple[int, ...]) -> Iterator[Bar]:
    (scratch / "emulator").mkdir()
    with ProviderEmulator(scratch / "emulator", options=("--request-latency", "1")) as emulator:
        urls = {
            "OPENAI_BASE_URL": emulator.openai_base_url,
            "ANTHROPIC_BASE_URL": emulator.anthropic_base_url,
            "GOOGLE_GEMINI_BASE_URL": emulator.gemini_base_url,
        }
        for name in names():
            for in_flight in amounts:
                command = [sys.executable, "-m", "benchmarks.realtime_calls", name, str(requests), str(in_flight)]
                done = subprocess.run(command, cwd=ROOT, env=os.environ | urls, capture_output=True, check=True)
                found = json.loads(done.stdout)
                what = f"{name}, {in_flight} in flight"
                yield Bar(f"{what}: CPU a request", f"{found['cpu'] / requests * 1000:.2f} ms")
                whole = found["peak"] == in_flight
                figure = f"{found['peak']:.0f} at most, {found['mean']:.1f} in the mean"
                yield Bar(f"{what}: calls in flight", figure, str(in_flight), whole and found["answered"] == requests)


def _chunk(lab: Lab, in_flight: int) -> Measured:
    """What one chunk more takes a warm worker."""
    few, many = _worked(lab, in_flight, FEW), _worked(lab, in_flight, MANY)
    calls = many.calls[len(few.calls) :]
    more = MANY - FEW
    return Measured(
        cpu=(sum(many.cpu) - sum(few.cpu)) / more,
        calls=[call | {"share": 1 / more} for call in calls],
        log=(many.log_bytes - few.log_bytes) / more + 600,
        peak=many.peak,
        memory=many.memory,
    )


def _worked(lab: Lab, in_flight: int, chunks: int) -> Invoked:
    """An invocation for so many chunks of a job of their own."""
    job = BatchJob(
        tenant="acme",
        id=f"b{in_flight}x{chunks}",
        state=State.RUNNING,
        created_at="2026-11-26T12:00:00.000Z",
        fingerprint="",
        correlation_id="bench",
        options=Options(mode=LaneName.REALTIME, model="gpt-5.4-mini"),
        chunks=chunks,
        shards=1,
    )
    table = DynamoTable(lab.stack.cloud.client("dynamodb"), lab.stack.cloud.outputs["TableName"])
    Jobs(table, BatchJob, KIND).accept(job)
    body = {"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": TEXT}], "max_completion_tokens": 500}
    records = []
    for chunk in range(chunks):
        lines = (stored(ReadRequest(f"id-{chunk}-{n}", n, body)) for n in range(CHUNK))
        lab.put(job.ref.chunk_key(chunk), b"".join(lines))
        records.append(_record(job, chunk, chunks + 1))
    settings = lab.settings(in_flight=in_flight, flush_requests=FLUSH[in_flight])
    return lab.invoke("batches/work", {"Records": records}, environment=settings)


def _record(job: BatchJob, chunk: int, of: int) -> dict[str, Any]:
    message = WorkChunk(
        tenant=job.tenant,
        job=job.id,
        correlation_id=job.correlation_id,
        shard=0,
        chunk=chunk,
        of=of,
        round=1,
        provider="openai",
        model="gpt-5.4-mini",
        priority=Priority.NORMAL,
    )
    return {"messageId": str(chunk), "body": message.model_dump_json(), "eventSource": "aws:sqs", "attributes": {}}


def _costs(chunk: Measured, in_flight: int, budget: float) -> Iterator[Bar]:
    amounts, waiting = _amounts(chunk)
    billed = chunk.cpu * prices.VCPU_MEBI / chunk.memory + math.ceil(CHUNK / in_flight) * LATENCY + waiting
    usd = billed * chunk.memory / 1024 * prices.LAMBDA_GB_SECOND + prices.LAMBDA_REQUEST
    usd += (chunk.log + prices.LOG_BYTES_AN_INVOCATION) / 1e9 * prices.LOGS_GB
    each = {
        "DynamoDB write units": prices.WRITE_UNIT,
        "DynamoDB read units": prices.READ_UNIT,
        "SQS requests": prices.SQS_REQUEST,
        "S3 PUT": prices.S3_PUT,
        "S3 GET": prices.S3_GET,
    }
    for what, price in each.items():
        usd += amounts[what] * price
        most = MOST.get(what)
        bar = "" if most is None else f"≤ {most:g}"
        ok = None if most is None else amounts[what] <= most + 1e-9
        yield Bar(f"{in_flight} in flight: {what} per 100 requests", f"{amounts[what]:.2f}", bar, ok)
    figure = f"{chunk.cpu * 10:.2f} ms; {chunk.peak / 2**20:.0f} of {chunk.memory} MiB; {billed:.1f} s billed"
    yield Bar(f"{in_flight} in flight: CPU a request; memory; a chunk", figure)
    total = usd / CHUNK * 1e6
    yield Bar(f"{in_flight} in flight: USD per million requests", f"{total:.3f}", f"≤ {budget:.2f}", total <= budget)


def _amounts(chunk: Measured) -> tuple[Counter[str], float]:
    """What is billed of a chunk, with what others do for it, and the seconds that its calls to AWS take.

    Plan puts the chunk, Finish reads its results, a tenth of a call sends its message, two receive and delete it.
    """
    found: Counter[str] = Counter()
    found |= {"S3 PUT": 1, "S3 GET": 1, "SQS requests": 2.1}  # type: ignore[dict-item]
    waiting = 0.0
    for call in chunk.calls:
        service, _, name = call["call"].partition(".")
        waiting += WAITING[service] * call["share"]
        what, amount = _billed(service, name, call)
        found[what] += amount * call["share"]
    return found, waiting


def _billed(service: str, name: str, call: dict[str, Any]) -> tuple[str, float]:
    if service == "s3":
        return ("S3 GET" if name in READS else "S3 PUT"), 1
    if service == "sqs":
        return "SQS requests", 1
    if name in ("GetItem", "Query"):
        return "DynamoDB read units", prices.read_units(call.get("bytes", 0), consistent=True)
    if name == "TransactWriteItems":
        return "DynamoDB write units", 2 * sum(map(prices.write_units, call["writes"]))
    return "DynamoDB write units", prices.write_units(call.get("bytes", 0))
