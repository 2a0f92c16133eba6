"""`make bench-journal`: what the journal takes: CPU, memory, time to read a million entries, dollars.

Accepting and flushing are measured on the emulated cloud, each handler warm in an interpreter of its own
(`benchmarks.lab`); calls to AWS are counted there and priced as listed. Reading is measured on a journal in memory,
so it is the CPU of the code, without S3's 15 to 30 ms an object. CPU seconds are those of this machine.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from benchmarks import prices
from benchmarks.bill import Bill
from benchmarks.lab import Invoked, Lab, golden
from fanfold.journal.post import Post, post
from fanfold.journal.read import show_entry
from fanfold.journal.statistics import StatsPeriod, statistics
from local.stack import LocalStack
from tests.fakes.journal import FakeJournal
from tools.measure import Bar, Size

TITLE = "The journal: what it takes"
ALIKE = 25
"""POSTs with the same body, from one process."""
PAGE = 1000
"""Entries in a POST of the journal that is read."""
BUDGET = 0.10
"""USD per million entries in POSTs of a hundred."""
HOUR = 3600
FLAT = 8 * 1024 * 1024
MEBI = 1024 * 1024


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Accepting, flushing and reading; `posts` of a hundred entries are flushed at once."""
    posts, cold = size.of(smoke=(25, 4_000), small=(100, 200_000), full=(100, 1_000_000))
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        yield from _bars(Path(folder), posts, cold, size.of(smoke=2, small=100, full=100))


def _bars(scratch: Path, posts: int, cold: int, times: int) -> Iterator[Bar]:
    with LocalStack(None, scratch, environ={}, minute_seconds=HOUR) as stack, stack.cloud.paused_stream():
        yield from _accepting(Lab(stack, scratch), Random(1), times)
        yield from _flushing(Lab(stack, scratch), stack, Random(2), posts)
    yield from _reading(scratch, cold)


def _accepting(lab: Lab, random: Random, times: int) -> Iterator[Bar]:
    for size in (1, 100):
        done = lab.invoke("journal/api", _posted(size, random), 2 * times)
        cpu = median(done.cpu[times // 20 :])
        words = "singly" if size == 1 else "in hundreds"
        yield Bar(f"accepted {words}: handler CPU per entry", f"{cpu / size * 1e6:,.0f} µs")
        yield Bar(f"accepted {words}: entries a second and core", f"{size / cpu:,.0f}")
    peaks = [lab.invoke("journal/api", _posted(100, random), each).peak for each in (times // 5 + 1, 3 * times)]
    grown = peaks[1] - peaks[0]
    figure = f"{peaks[0] / MEBI:.0f} → {peaks[1] / MEBI:.0f} MiB"
    yield Bar(f"memory of accepting, after {times // 5 + 1} and after {3 * times} POSTs", figure, "flat", grown < FLAT)


def _flushing(lab: Lab, stack: LocalStack, random: Random, posts: int) -> Iterator[Bar]:
    """Flush CPU and memory, and the bill of POSTs of a hundred from the request to cold storage."""
    before = {str(item["sk"]) for item in _blocks(stack)}
    accepted = [lab.invoke("journal/api", _posted(100, random), ALIKE) for _ in range(posts // ALIKE)]
    blocks = [item for item in _blocks(stack) if str(item["sk"]) not in before]
    sizes = [_bytes(item) for item in blocks]
    flushed = lab.invoke("journal/flush", _event(blocks))
    for _ in range(4 * posts // ALIKE):
        lab.invoke("journal/api", _posted(100, random), ALIKE)
    larger = lab.invoke("journal/flush", _event(_blocks(stack)))
    entries = flushed.answer["entries"]
    yield Bar("flushed: handler CPU per entry", f"{flushed.cpu[0] / entries * 1e6:.0f} µs (cold start included)")
    figure = f"{flushed.peak / MEBI:.0f} → {larger.peak / MEBI:.0f} MiB"
    yield Bar(
        f"memory of a flush of {posts} and of over {4 * posts} POSTs",
        figure,
        "flat",
        larger.peak - flushed.peak < 3 * FLAT,
    )
    yield Bar("a hundred entries as an item", f"{max(sizes):,} bytes, {prices.write_units(max(sizes))} write units")
    bill = _bill(lab, accepted, flushed, sizes, posts)
    for what in sorted(bill.calls):
        usd = bill.usd[what] * 1e6 / entries
        yield Bar(f"{what} per 100 entries", f"{bill.calls[what] / posts:.3f}  ({usd:.4f} USD per million)")
    total = sum(bill.usd.values()) * 1e6 / entries
    yield Bar("USD per million entries in hundreds", f"{total:.3f}", f"≤ {BUDGET:.2f}", total <= BUDGET)


def _bill(lab: Lab, accepted: list[Invoked], flushed: Invoked, sizes: list[int], posts: int) -> Bill:
    """Warm calls, as they are at such a rate: the request, the authorizer, the POST, and a flush of all of them."""
    bill = Bill()
    authorized = lab.invoke("accounts/authorize", times=3)
    for done in accepted:
        last = done.calls[-1:]
        for cpu in [*done.cpu[1:], median(done.cpu[1:])]:
            bill.add(done, cpu, last)
            bill.add(authorized, authorized.cpu[-1], authorized.calls[-1:])
    left = list(sizes)
    for call in flushed.calls:
        if "deletes" in call:
            gone, left = left[: call["deletes"]], left[call["deletes"] :]
            call["writes"] = [*call["writes"], *gone]
    bill.add(flushed, flushed.init + flushed.cpu[0], flushed.calls)
    bill.calls["HTTP API calls"] += posts
    bill.usd["HTTP API calls"] += posts * prices.HTTP_API_REQUEST  # type: ignore[assignment]
    return bill


def _blocks(stack: LocalStack) -> list[dict[str, Any]]:
    """The blocks that are in the table."""
    pages = (
        stack.cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=stack.cloud.outputs["JournalTableName"], ConsistentRead=True)
    )
    items = [item for page in pages for item in page["Items"] if item.get("kind") == {"S": "block"}]
    return sorted(items, key=lambda item: str(item["sk"]))


def _bytes(item: dict[str, Any]) -> int:
    return sum(len(name) + len(str(value)) for name, value in item.items() if name != "body") + len(item["body"]["B"])


def _event(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    images = [item | {"body": {"B": b64encode(item["body"]["B"]).decode()}} for item in blocks]
    return {"Records": [{"eventName": "INSERT", "eventID": "1", "dynamodb": {"NewImage": image}} for image in images]}


def _posted(entries: int, random: Random) -> dict[str, Any]:
    """The golden event with a body of so many entries."""
    body = {"entries": [_entry(random) for _ in range(entries)]} if entries > 1 else _entry(random)
    return golden("journal/api") | {"body": json.dumps(body)}


def _entry(random: Random, at: str | None = None) -> dict[str, Any]:
    """About 200 bytes, of which 8 are chance that nothing compresses."""
    said = random.choice(
        ("GET /v1/orders/{} 200 in {} ms", "cache miss for user {} after {} tries", "payment {} taken in {} ms")
    )
    return {
        "level": random.choice(("info", "info", "info", "debug", "warning", "error")),
        "stream": "checkout",
        "message": said.format(random.randrange(100_000), random.randrange(500)),
        "context": {"service": "checkout", "user": random.randrange(10_000), "trace": f"{random.getrandbits(64):016x}"},
    } | ({"timestamp": at} if at else {})


def _reading(scratch: Path, cold: int) -> Iterator[Bar]:
    journal, middle = _flushed(Random(3), cold)
    yield Bar("cold entries, objects", f"{cold:,}, {len(journal.blobs.objects):,}")
    for what, call in _questions(journal, middle, cold):
        seconds, calls = _timed(call)
        yield Bar(f"{what}, over {cold:,} cold entries", f"{seconds * 1000:,.0f} ms of CPU in {calls} calls")
    for key, body in journal.blobs.objects.items():
        (scratch / key).parent.mkdir(parents=True, exist_ok=True)
        (scratch / key).write_bytes(body)
    seconds, rows = _timed(lambda: _sql(scratch))
    yield Bar("DuckDB: count by level over the raw objects", f"{seconds:.1f} s of CPU", f"{cold:,} rows", rows == cold)


def _flushed(random: Random, cold: int) -> tuple[FakeJournal, str]:
    """A journal of so many flushed entries over up to two days, and an id from its middle."""
    journal, middle = FakeJournal(), ""
    backend = journal.backend
    for number in range(cold // PAGE):
        body = json.dumps({"entries": [_entry(random) for _ in range(PAGE)]}).encode()
        receipt = post(Post(tenant="acme", body=body), backend)
        middle = str(receipt.ids[500]) if number == cold // PAGE // 2 else middle
        journal.wait(172)
        if number % 20 == 19:
            journal.flush()
    journal.flush()
    return journal, middle


def _questions(journal: FakeJournal, middle: str, cold: int) -> Iterator[tuple[str, Callable[[], int]]]:
    yield "the newest hundred", lambda: _calls(journal, 1)
    yield "the newest hundred errors", lambda: _calls(journal, 1, level="error")
    yield "a page from the middle", lambda: _calls(journal, 1, cursor=middle)
    yield "one entry by its id", lambda: int(bool(show_entry("acme", middle, journal.backend)))
    yield "a text that is nowhere", lambda: _calls(journal, None, text="no such text")
    yield "a context field that is nowhere", lambda: _calls(journal, None, context="user=none")
    yield "statistics of two days", lambda: int(_counted(journal) == cold)


def _counted(journal: FakeJournal) -> int:
    return statistics("acme", StatsPeriod(since=FakeJournal.now), journal.backend).flushed


def _calls(journal: FakeJournal, most: int | None, cursor: str | None = None, **asked: Any) -> int:
    """Calls until the end, or so many."""
    made = 0
    while True:
        page = journal.page(cursor=cursor, limit=100, **asked)
        made, cursor = made + 1, page.cursor
        if cursor is None or made == most:
            return made


def _timed(call: Callable[[], int]) -> tuple[float, int]:
    before = time.process_time()
    found = call()
    return time.process_time() - before, found


def _sql(folder: Path) -> int:
    columns = "{id: 'VARCHAR', timestamp: 'VARCHAR', level: 'VARCHAR', message: 'VARCHAR', context: 'JSON'}"
    source = f"read_json('{folder}/journal/**/*.ndjson.gz', hive_partitioning = true, columns = {columns})"
    rows = duckdb.sql(f"SELECT level, count(*) FROM {source} GROUP BY level").fetchall()
    return sum(count for _, count in rows)
