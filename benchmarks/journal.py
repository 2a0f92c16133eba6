"""`make bench-journal`: what the journal takes: CPU, memory, time to read a million entries, dollars.

Accepting and flushing are measured on the emulated cloud, each handler warm in an interpreter of its own
(`benchmarks.lab`); calls to AWS are counted there and priced as listed. Reading is measured on a journal in memory,
so it is the CPU of the code, without S3's 15 to 30 ms an object. CPU seconds are those of this machine.
"""

import json
import sys
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
from benchmarks.bars import Bar, report
from benchmarks.bill import Bill
from benchmarks.chaos_journal import held
from benchmarks.lab import Invoked, Lab, golden
from fanfold.journal.post import Post, post
from fanfold.journal.read import show_entry
from fanfold.journal.statistics import StatsPeriod, statistics
from local.stack import LocalStack
from tests.fakes.journal import FakeJournal

COLD = 1_000_000
POSTS = 100
"""POSTs of a hundred that are flushed at once."""
ALIKE = 25
"""POSTs with the same body, from one process."""
BUDGET = 0.10
"""USD per million entries in POSTs of a hundred."""
HOUR = 3600
FLAT = 8 * 1024 * 1024
MEBI = 1024 * 1024


def main() -> int:
    with TemporaryDirectory(prefix="fanfold-bench-") as folder:
        return report("The journal: what it takes", _bars(Path(folder)))


def _bars(scratch: Path) -> Iterator[Bar]:
    with LocalStack(None, scratch, environ={}, minute_seconds=HOUR) as stack, held(stack):
        yield from _accepting(Lab(stack, scratch), Random(1))
        yield from _flushing(Lab(stack, scratch), stack, Random(2))
    yield from _reading(scratch)


def _accepting(lab: Lab, random: Random) -> Iterator[Bar]:
    for size, times in ((1, 200), (100, 100)):
        done = lab.invoke("journal/api", _posted(size, random), times)
        cpu = median(done.cpu[5:])
        words = "singly" if size == 1 else "in hundreds"
        yield Bar(f"accepted {words}: handler CPU per entry", f"{cpu / size * 1e6:,.0f} µs")
        yield Bar(f"accepted {words}: entries a second and core", f"{size / cpu:,.0f}")
    peaks = [lab.invoke("journal/api", _posted(100, random), times).peak for times in (20, 300)]
    grown = peaks[1] - peaks[0]
    figure = f"{peaks[0] / MEBI:.0f} → {peaks[1] / MEBI:.0f} MiB"
    yield Bar("memory of accepting, after 20 and after 300 POSTs", figure, "flat", grown < FLAT)


def _flushing(lab: Lab, stack: LocalStack, random: Random) -> Iterator[Bar]:
    """Flush CPU and memory, and the bill of a hundred POSTs of a hundred from the request to cold storage."""
    before = {str(item["sk"]) for item in _blocks(stack)}
    accepted = [lab.invoke("journal/api", _posted(100, random), ALIKE) for _ in range(POSTS // ALIKE)]
    blocks = [item for item in _blocks(stack) if str(item["sk"]) not in before]
    sizes = [_bytes(item) for item in blocks]
    flushed = lab.invoke("journal/flush", _event(blocks))
    for _ in range(4 * POSTS // ALIKE):
        lab.invoke("journal/api", _posted(100, random), ALIKE)
    larger = lab.invoke("journal/flush", _event(_blocks(stack)))
    entries = flushed.answer["entries"]
    yield Bar("flushed: handler CPU per entry", f"{flushed.cpu[0] / entries * 1e6:.0f} µs (cold start included)")
    figure = f"{flushed.peak / MEBI:.0f} → {larger.peak / MEBI:.0f} MiB"
    yield Bar("memory of a flush of 100 and of over 400 POSTs", figure, "flat", larger.peak - flushed.peak < 3 * FLAT)
    yield Bar("a hundred entries as an item", f"{max(sizes):,} bytes, {prices.write_units(max(sizes))} write units")
    bill = _bill(lab, accepted, flushed, sizes)
    for what in sorted(bill.calls):
        usd = bill.usd[what] * 1e6 / entries
        yield Bar(f"{what} per 100 entries", f"{bill.calls[what] / POSTS:.3f}  ({usd:.4f} USD per million)")
    total = sum(bill.usd.values()) * 1e6 / entries
    yield Bar("USD per million entries in hundreds", f"{total:.3f}", f"≤ {BUDGET:.2f}", total <= BUDGET)


def _bill(lab: Lab, accepted: list[Invoked], flushed: Invoked, sizes: list[int]) -> Bill:
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
    bill.calls["HTTP API calls"] += POSTS
    bill.usd["HTTP API calls"] += POSTS * prices.HTTP_API_REQUEST  # type: ignore[assignment]
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


def _reading(scratch: Path) -> Iterator[Bar]:
    journal, middle = _million(Random(3))
    yield Bar("cold entries, objects", f"{COLD:,}, {len(journal.blobs.objects):,}")
    for what, call in _questions(journal, middle):
        seconds, calls = _timed(call)
        yield Bar(f"{what}, over a million cold entries", f"{seconds * 1000:,.0f} ms of CPU in {calls} calls")
    for key, body in journal.blobs.objects.items():
        (scratch / key).parent.mkdir(parents=True, exist_ok=True)
        (scratch / key).write_bytes(body)
    seconds, rows = _timed(lambda: _sql(scratch))
    yield Bar("DuckDB: count by level over the raw objects", f"{seconds:.1f} s of CPU", f"{COLD:,} rows", rows == COLD)


def _million(random: Random) -> tuple[FakeJournal, str]:
    """A journal of a million flushed entries over two days, and an id from its middle."""
    journal, middle = FakeJournal(), ""
    backend = journal.backend
    for number in range(COLD // 1000):
        body = json.dumps({"entries": [_entry(random) for _ in range(1000)]}).encode()
        receipt = post(Post(tenant="acme", body=body), backend)
        middle = str(receipt.ids[500]) if number == COLD // 2000 else middle
        journal.wait(172)
        if number % 20 == 19:
            journal.flush()
    journal.flush()
    return journal, middle


def _questions(journal: FakeJournal, middle: str) -> Iterator[tuple[str, Callable[[], int]]]:
    yield "the newest hundred", lambda: _calls(journal, 1)
    yield "the newest hundred errors", lambda: _calls(journal, 1, level="error")
    yield "a page from the middle", lambda: _calls(journal, 1, cursor=middle)
    yield "one entry by its id", lambda: int(bool(show_entry("acme", middle, journal.backend)))
    yield "a text that is nowhere", lambda: _calls(journal, None, text="no such text")
    yield "a context field that is nowhere", lambda: _calls(journal, None, context="user=none")
    yield "statistics of two days", lambda: int(_counted(journal) == COLD)


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


if __name__ == "__main__":
    sys.exit(main())
