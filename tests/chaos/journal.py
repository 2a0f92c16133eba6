"""`make chaos-journal`: log entries posted and read while the flusher is killed and its transactions are refused.

The whole stack runs on the emulated cloud. POSTs of a hundred entries go in; a fifth of the entries have a client id,
half of which are sent a second time, some with another body. A rule waits all the time to kill the flusher before or
after one of its calls, and a twentieth of its transactions is cancelled as under throttling. Then everything is read
through the API and from the raw objects, and counted.
"""

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import httpx

from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "The journal under SIGKILL"
POST = 100
"""Entries in a POST."""
LEVELS = ("debug", "info", "warning", "error", "critical")
CALLS = {"PUT /": 3, "TransactWriteItems": 1, "UpdateItem": 1, "GET /": 1, "POST /": 1}
"""Calls of the flusher, and how many of each may be let through before it dies at one."""
REFUSED = 0.05
CALLERS = 4
SETTLED = 12
"""POSTs after which one is surely answered, so that its client ids come for the second time."""
PATIENCE = 300


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    entries: int
    kills: int
    reads: int
    """Single entries that are read right after their 202."""


@dataclass
class Found:
    """What was promised and what was seen."""

    accepted: set[str] = field(default_factory=set)
    """Ids that were answered with 202."""
    posted: int = 0
    repeated: int = 0
    wrong_answers: int = 0
    """Repeats that were answered with another id, and other bodies that were not answered with 409."""
    conflicts: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    own_reads: int = 0
    hot_reads: int = 0
    """Reads of an entry that was not flushed before it was read."""
    kills: int = 0
    refusals: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    raw: Counter[str] = field(default_factory=Counter)
    stats: dict[str, Any] = field(default_factory=dict)


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    scale = size.of(smoke=Scale(600, 1, 8), small=Scale(2_000, 4, 40), full=Scale(100_000, 20, 1_000))
    window = size.of(smoke=1, small=1, full=2)
    given: dict[str, Any] = {"parameters": {"JournalWindowSeconds": f"{window}"}}
    given["settings"] = {"journal_grace_seconds": 10 * window}
    with (
        TemporaryDirectory(prefix="fanfold-chaos-") as folder,
        LocalStack(None, Path(folder), environ={}, minute_seconds=5 * window, **given) as stack,
    ):
        yield from _held(_run(stack, scale, Random(seed)), scale)


def _held(found: Found, scale: Scale) -> Iterator[Bar]:
    wanted = len(found.accepted)
    yield Bar("entries posted", f"{found.posted:,}", f"≥ {scale.entries:,}", found.posted >= scale.entries)
    tenth = found.repeated * 10 >= found.posted
    yield Bar("of them again under their client id", f"{found.repeated:,}", "≥ 10 %", tenth)
    yield Bar("repeats and conflicts answered wrongly", str(found.wrong_answers), "0", found.wrong_answers == 0)
    yield Bar("conflicts found", str(found.conflicts))
    yield Bar("flushers killed", str(found.kills), f"≥ {scale.kills}", found.kills >= scale.kills)
    yield Bar("transactions refused", str(found.refusals))
    yield Bar("read right after their 202", f"{found.own_reads:,}", f"{scale.reads:,}", found.own_reads == scale.reads)
    hot = found.hot_reads
    yield Bar("of them before their flush", f"{hot:,}", f"{scale.reads:,}", hot == scale.reads)
    for where, seen in (("API", found.seen), ("raw objects", found.raw)):
        missing = len(found.accepted - seen.keys())
        doubled = sum(seen.values()) - len(seen)
        strange = len(seen.keys() - found.accepted)
        figure = f"{missing} missing, {doubled} doubled, {strange} never promised"
        yield Bar(f"{wanted:,} ids through the {where}", figure, "0, 0, 0", (missing, doubled, strange) == (0, 0, 0))
    told = {name: found.stats[name] for name in ("accepted", "flushed", "pending", "failed")}
    exact = told == {"accepted": wanted, "flushed": wanted, "pending": 0, "failed": 0}
    yield Bar("statistics", str(told), f"{wanted:,} accepted and flushed", exact)
    levels = Counter(found.stats["levels"])
    yield Bar("statistics by level", f"{len(levels)} levels", "exact", levels == found.levels)


def _run(stack: LocalStack, scale: Scale, random: Random) -> Found:
    """Post, read, kill; then read everything."""
    found = Found()
    chaos = _Chaos(stack, scale, random, found)
    with httpx.Client(base_url=stack.url, timeout=60, headers=_headers(stack)) as api:
        chaos.begin()
        caller = _Caller(api, stack, found)
        posts = list(_posts(scale, random))
        with ThreadPoolExecutor(CALLERS) as pool:
            for step, _ in enumerate(pool.map(caller.post, posts)):
                if step % 5 == 0:
                    chaos.again()
            with stack.cloud.paused_stream():
                list(pool.map(caller.read_own, range(scale.reads)))
        chaos.see_through(api)
        found.stats = api.get("/v1/logs/stats").json()
        found.seen = Counter(_listed(api))
    found.raw = _published(stack, len(found.accepted))
    return found


def _headers(stack: LocalStack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.issue_key('acme')}"}


class _Chaos:
    """Rules that kill, one at a time, and one that refuses."""

    def __init__(self, stack: LocalStack, scale: Scale, random: Random, found: Found) -> None:
        self._cloud, self._scale, self._random, self._found = stack.cloud, scale, random, found

    def begin(self) -> None:
        times = 1_000_000
        self._cloud.kill_worker_at("JournalFlush", "TransactWriteItems", when="refuse", share=REFUSED, times=times)
        self._arm()

    def again(self) -> None:
        """Count, and set the next rule if the last one struck."""
        refuses, *kills = self._cloud.killed()
        self._found.refusals = len(refuses["killed"])
        self._found.kills = sum(len(rule["killed"]) for rule in kills)
        if self._found.kills == len(kills) and self._found.kills < self._scale.kills:
            self._arm()

    def see_through(self, api: httpx.Client) -> None:
        """More entries until the last kill; then peace, until everything is flushed."""
        deadline = time.monotonic() + PATIENCE
        extra = _Caller(api, None, self._found)
        while self._found.kills < self._scale.kills and time.monotonic() < deadline:
            extra.post([(_entry(self._random, f"late {time.monotonic()}"), None)])
            time.sleep(0.2)
            self.again()
        while api.get("/v1/logs/stats").json()["pending"] and time.monotonic() < deadline + PATIENCE:
            self.again()
            time.sleep(1)
        self.again()
        self._cloud.spare_workers()

    def _arm(self) -> None:
        call = self._random.choice(list(CALLS))
        when = self._random.choice(["before", "after"])
        skip = self._random.randrange(CALLS[call])
        self._cloud.kill_worker_at("JournalFlush", call, when=when, skip=skip)


Wanted = tuple[dict[str, Any], str | None]
"""An entry, and `again` or `other` for one whose client id comes for the second time."""


class _Caller:
    """Posts until it gets an answer, as a client does, and notes what was promised."""

    def __init__(self, api: httpx.Client, stack: LocalStack | None, found: Found) -> None:
        self._api, self._stack, self._found = api, stack, found
        self._ids: dict[str, str] = {}
        self._lock = Lock()

    def post(self, entries: list[Wanted]) -> None:
        body = {"entries": [entry for entry, _ in entries]}
        receipt = self._sent(body)
        with self._lock:
            self._found.posted += len(entries)
            for (entry, kind), id in zip(entries, receipt["ids"], strict=True):
                self._note(entry, kind, id)

    def _sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer; a caller that gets none asks again under the same key."""
        key = {"Idempotency-Key": f"{id(body)}-{time.monotonic()}"}
        while True:
            try:
                answer = self._api.post("/v1/logs", json=body, headers=key)
                if answer.status_code == 202:
                    return dict(answer.json())
            except httpx.TransportError:
                pass
            time.sleep(0.2)

    def _note(self, entry: dict[str, Any], kind: str | None, id: str | None) -> None:
        self._found.repeated += kind == "again"
        self._found.conflicts += kind == "other" and id is None
        known = self._ids.get(entry.get("client_id", ""))
        if kind == "other" and id is not None:
            self._found.wrong_answers += 1
        if kind == "again" and known is not None and known != id:
            self._found.wrong_answers += 1
        if id is None:
            return
        if "client_id" in entry:
            self._ids[entry["client_id"]] = id
        if id not in self._found.accepted:
            self._found.accepted.add(id)
            self._found.levels[entry["level"]] += 1

    def read_own(self, number: int) -> None:
        """One entry, posted alone and read at once: by its id, and at the head of its stream."""
        assert self._stack
        entry = {"message": f"own {number}", "level": "info", "stream": f"own-{number % 10}"}
        receipt = self._sent({"entries": [entry]})
        (taken,) = receipt["ids"]
        shown = self._api.get(f"/v1/logs/{taken}")
        head = self._api.get("/v1/logs", params={"stream": entry["stream"], "limit": 5, "text": entry["message"]})
        hot = _is_hot(self._stack, taken)
        with self._lock:
            self._found.posted += 1
            self._note(entry, None, taken)
            read = shown.status_code == 200 and taken in {each["id"] for each in head.json()["entries"]}
            self._found.own_reads += read
            self._found.hot_reads += read and hot


def _is_hot(stack: LocalStack, id: str) -> bool:
    """Whether the entry's block is still in the table."""
    from fanfold.journal import ids

    key = {"pk": {"S": f"T#acme#P#{ids.hour_of(id)}"}, "sk": {"S": id}}
    table = stack.cloud.outputs["JournalTableName"]
    return "Item" in stack.cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)


def _posts(scale: Scale, random: Random) -> Iterator[list[Wanted]]:
    """POSTs of a hundred: 78 new ones, 10 new ones with client ids, 12 again; now and then one with another body."""
    known: list[dict[str, Any]] = []
    lately: list[list[dict[str, Any]]] = []
    for number in range(scale.entries // POST):
        news: list[Wanted] = [(_entry(random, f"{number}-{n}"), None) for n in range(78)]
        named = [_entry(random, f"{number}-n{n}") | {"client_id": f"c{number}-{n}"} for n in range(10)]
        again: list[Wanted] = [(entry, "again") for entry in random.choices(known or named, k=12)]
        if known and number % 10 == 9:
            again[0] = (again[0][0] | {"message": "another body"}, "other")
        news += [(entry, None) for entry in named]
        yield [*news, *again]
        lately.append(named)
        if len(lately) > SETTLED:
            known = lately.pop(0) + known[:500]


def _entry(random: Random, name: str) -> dict[str, Any]:
    return {
        "message": f"entry {name} of {random.choice(('orders', 'payments', 'users'))}",
        "level": random.choice(LEVELS),
        "stream": random.choice(("web", "worker")),
        "context": {"trace": f"{random.getrandbits(64):016x}", "user": random.randrange(10_000)},
    }


def _listed(api: httpx.Client) -> Iterator[str]:
    cursor = None
    while True:
        asked = {"limit": 1000} | ({"cursor": cursor} if cursor else {})
        page = api.get("/v1/logs", params=asked).raise_for_status().json()
        yield from (entry["id"] for entry in page["entries"])
        if not (cursor := page["cursor"]):
            return


def _published(stack: LocalStack, wanted: int) -> Counter[str]:
    """All ids in the objects, when the sweeper has published what a kill left behind, or after a while."""
    deadline = time.monotonic() + PATIENCE
    while len(raw := Counter(_raw(stack))) < wanted and time.monotonic() < deadline:
        time.sleep(2)
    return raw


def _raw(stack: LocalStack) -> Iterator[str]:
    """Ids as a reader of the objects finds them."""
    s3, bucket = stack.cloud.client("s3"), stack.cloud.outputs["BucketName"]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="journal/"):
        for each in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            yield from (json.loads(line)["id"] for line in gzip.decompress(body).splitlines())
