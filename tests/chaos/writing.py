"""`make chaos-writing`: workers killed at named points of every step of writing, while 30 jobs wait for four places.

The whole stack runs on the emulated cloud. Three tenants train a session each and have nine texts written; for each
kill a rule waits at a point of a step, and hits whichever job comes by first. What the provider answered twice is
counted by its own log: a request that came again was paid for again.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fanfold_client import Fanfold, FanfoldError
from fanfold_client.answers import WRITTEN
from fanfold_client.models import WritingJob
from local.stack import LocalStack
from tools.measure import Bar, Size

TITLE = "Writing under SIGKILL"
PLACES = 4
WORDS = 300
MINUTE_SECONDS = 4
LEASE_SECONDS = 90
SWEEPER_SECONDS = 5 * MINUTE_SECONDS
PATIENCE = 600
"""Seconds in which something has to end, or it is stuck."""
QUICK = {"accept_grace_seconds": 1, "removal_grace_seconds": 1, "writing_jobs": PLACES, "lease_seconds": LEASE_SECONDS}
POINTS = {
    "asked, not in the history": ("WritingApi", "TransactWriteItems", "before"),
    "in the history, no job yet": ("WritingApi", "TransactWriteItems", "after"),
    "job written, lease not taken": ("WritingApi", "UpdateItem", "after"),
    "leased, not started": ("WritingApi", "StartExecution", "before"),
    "started, not answered": ("WritingApi", "StartExecution", "after"),
    "document read, text not kept": ("TrainFunction", "txt", "before"),
    "profile paid for, not recorded": ("TrainFunction", "pieces/", "before"),
    "profile made, job not closed": ("TrainFunction", "TransactWriteItems", "before"),
    "outline paid for, not recorded": ("WriteFunction", "pieces/00", "before"),
    "outline recorded, not planned": ("WriteFunction", "outline.json", "before"),
    "section paid for, not recorded": ("WriteFunction", "pieces/01", "before"),
    "section kept, not settled": ("WriteFunction", "pieces/01", "after"),
    "another section paid for, not recorded": ("WriteFunction", "pieces/02", "before"),
    "stitched, not answered": ("WriteFunction", "text.md", "after"),
    "one form made": ("WriteFunction", "result.", "after"),
    "all made, job not closed": ("WriteFunction", "TransactWriteItems", "before"),
    "closed, lease not given back": ("WriteFunction", "TransactWriteItems", "after"),
    "next one leased, not started": ("WriteFunction", "StartExecution", "before"),
    "event told, not noted": ("WriteFunction", "PutEvents", "after"),
    "document learnt, lease not given back": ("TrainFunction", "TransactWriteItems", "after"),
}
"""Each kills one worker: the function, its call to the cloud, and whether that still happens."""
SOME = (
    "in the history, no job yet",
    "profile paid for, not recorded",
    "section paid for, not recorded",
    "closed, lease not given back",
)
"""What the small drill does."""


class Found(NamedTuple):
    """What a run found."""

    kills: dict[str, int]
    jobs: list[WritingJob]
    asked: int
    """Requests that the provider answered, each different."""
    again: int
    """Answers that it had given before."""
    leases: int
    """Left after their time."""
    active: int


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The run held against what has to be; tenants have a session each, and their texts and one training are jobs."""
    points = {name: POINTS[name] for name in size.of(smoke=SOME[:1], small=SOME, full=tuple(POINTS))}
    tenants, texts = size.of(smoke=(1, 1), small=(1, 2), full=(3, 9))
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder:
        found = _run(Path(folder), Random(seed), points, tenants, texts)
    yield from _held(found, len(points), tenants * (texts + 1))


def _held(found: Found, kills: int, jobs: int) -> Iterator[Bar]:
    for point, times in found.kills.items():
        yield Bar(f"killed: {point}", str(times))
    died = sum(found.kills.values())
    yield Bar("workers killed", str(died), f"≥ {kills}", died >= kills)
    yield Bar("jobs", str(len(found.jobs)), str(jobs), len(found.jobs) == jobs)
    states = Counter(job.state for job in found.jobs)
    yield Bar(
        "ended", str(sum(states[state] for state in WRITTEN)), str(jobs), all(state in WRITTEN for state in states)
    )
    yield Bar("completed", str(states["completed"]), str(jobs), states["completed"] == jobs)
    short = [job for job in found.jobs if job.task == "write" and not job.within]
    yield Bar("texts that miss their length by over a tenth", str(len(short)), "0", not short)
    yield Bar("different requests answered by the provider", str(found.asked))
    yield Bar("requests paid for again", str(found.again), f"≤ {died}, the kills", found.again <= died)
    yield Bar("leases left after their time", str(found.leases), "0", found.leases == 0)
    yield Bar("jobs still active", str(found.active), "0", found.active == 0)


def _run(scratch: Path, random: Random, points: dict[str, tuple[str, str, str]], tenants: int, texts: int) -> Found:
    """Everything, on a stack of its own; of several tenants, a kill may let the first that comes by go."""
    timing: dict[str, Any] = {"minute_seconds": MINUTE_SECONDS, "provider_latency": 0.2}
    with LocalStack(None, scratch, environ={}, settings=QUICK, **timing) as stack:
        for function, call, when in random.sample(list(points.values()), len(points)):
            stack.cloud.kill_worker_at(function, call, when=when, skip=random.randrange(min(tenants, 2)))
        with ThreadPoolExecutor(tenants) as pool:
            jobs = [job for found in pool.map(lambda at: _tenant(stack, at, texts), range(tenants)) for job in found]
        return _found(stack, points, jobs)


def _tenant(stack: LocalStack, at: int, texts: int) -> list[WritingJob]:
    with Fanfold(stack.url, stack.issue_key(f"tenant-{at}"), timeout=60) as fanfold:
        session = _insisted(lambda: fanfold.sessions.create(f"session-{at}", name=f"session {at}"))
        text = f"# Text {at}\n\n" + f"The {at}. harbour wakes before the town does. " * 300
        trained = _insisted(lambda: fanfold.sessions.train(session.id, text, f"text {at}", f"train-{at}"))
        _over(fanfold, trained.id)
        asked = [
            _insisted(partial(fanfold.sessions.generate, session.id, f"Topic {at}-{n}", WORDS, f"text-{at}-{n}"))
            for n in range(texts)
        ]
        return [_over(fanfold, job.id) for job in (trained, *asked)]


def _insisted(ask: Any) -> Any:
    """The answer: a caller that gets none asks again, with the same key."""
    while True:
        try:
            return ask()
        except FanfoldError:
            time.sleep(0.3)


def _over(fanfold: Fanfold, id: str) -> WritingJob:
    """The job at its end, or as it is when patience is at its own."""
    deadline = time.monotonic() + PATIENCE
    while True:
        job: WritingJob = _insisted(lambda: fanfold.jobs.get(id))
        if job.state in WRITTEN or time.monotonic() > deadline:
            return job
        time.sleep(1)


def _found(stack: LocalStack, points: dict[str, tuple[str, str, str]], jobs: list[WritingJob]) -> Found:
    rules = stack.cloud.killed()
    named = {place: point for point, place in points.items()}
    kills = {named[rule["function"], rule["call"], rule["when"]]: len(rule["killed"]) for rule in rules}
    stack.cloud.spare_workers()
    assert stack.provider
    summary = stack.provider.call_summary()
    leases = _leases(stack)
    with Fanfold(stack.url, stack.issue_key("tenant-0")) as fanfold:
        active = _insisted(fanfold.health).model_dump()["active_jobs"]
    again = sum(times - 1 for times in summary["repeated"].values())
    return Found({point: kills.get(point, 0) for point in points}, jobs, summary["requests"], again, leases, active)


def _leases(stack: LocalStack) -> int:
    """Leases in the book once the sweeper has been round, or their time is over."""
    deadline = time.monotonic() + max(LEASE_SECONDS, 2 * SWEEPER_SECONDS)
    while (left := _book(stack)) and time.monotonic() < deadline:
        time.sleep(1)
    return left


def _book(stack: LocalStack) -> int:
    key = {"pk": {"S": "WRITING"}, "sk": {"S": "LEASES"}}
    found = stack.cloud.client("dynamodb").get_item(TableName=stack.cloud.outputs["TableName"], Key=key)
    return len(found.get("Item", {}).get("leases", {}).get("L", []))
