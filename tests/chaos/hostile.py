"""`make chaos-hostile`: inputs that mean harm, from one tenant, while another one works.

Every call of `hostile_inputs` and `hostile_routes` goes to the local stack, some at a time, and every file, also those
of `hostile_files`, to the job that reads it.
Meanwhile another tenant posts, lists, asks and forecasts. No answer is a 500, no worker dies, all of the other tenant's
calls succeed, and no input takes more than its share of time and memory.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx

from local.stack import LocalStack
from tests.chaos.hostile_files import file_parcels
from tests.chaos.hostile_inputs import Parcel, Shot, parcels, shots
from tests.chaos.hostile_routes import route_shots
from tests.chaos.watching import Watch, computed
from tools.measure import Bar, Size

TITLE = "Inputs that mean harm, beside another tenant's work"
AT_ONCE = 4
AGAIN = 12
"""The slowest calls, sent once more when all is quiet."""
LONGEST_SECONDS = 600
MOST_SECONDS, MOST_MEGABYTES = 10, 512
OVER = ("completed", "failed", "cancelled", "refused")
LOST = ("Runtime exited", "Task timed out", "Runtime.ExitError")
QUICK = {"rate_limits": {"openai": {"requests": 1_000_000, "tokens": 1_000_000_000}}}
SIZES = {"JournalWindowSeconds": "1"}
SERIES = [{"name": f"s{at}", "values": [at + month % 12 for month in range(36)]} for at in range(3)]


class Neighbour:
    """The other tenant, who works until it is told to stop, with a pause between two rounds."""

    def __init__(self, client: httpx.Client, pause: float) -> None:
        self._client, self._pause, self._over = client, pause, threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._calls, self._jobs)]
        self.calls = self.jobs = 0
        self.failed: list[str] = []
        self.slowest_call = self.slowest_job = 0.0

    def __enter__(self) -> "Neighbour":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _calls(self) -> None:
        while not self._over.wait(self._pause):
            self._call("POST", "/v1/logs", {"message": "at work"})
            for path in ("/v1/logs", "/v1/batches", "/v1/forecasts", "/v1/stats", "/v1/sessions", "/v1/jobs"):
                self._call("GET", path)

    def _jobs(self) -> None:
        while not self._over.wait(self._pause):
            self._job("/v1/batches", {"requests": [{"input": "Say a"}], "mode": "realtime"})
            self._job("/v1/forecasts", {"series": SERIES, "models_to_try": 2, "horizon": 3})

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        began = time.monotonic()
        answer = self._client.request(method, path, json=body)
        self.slowest_call = max(self.slowest_call, time.monotonic() - began)
        self.calls += 1
        if answer.status_code >= 300:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        found: dict[str, Any] = answer.json()
        return found

    def _job(self, path: str, body: Any) -> None:
        began = time.monotonic()
        id = self._call("POST", path, body)["id"]
        while (state := self._call("GET", f"{path}/{id}")["state"]) not in OVER:
            time.sleep(0.2)
        self.slowest_job = max(self.slowest_job, time.monotonic() - began)
        self.jobs += 1
        if state != "completed":
            self.failed.append(f"{path}/{id}: {state}")


class Ended(NamedTuple):
    """What became of a file, and in how long."""

    parcel: Parcel
    state: str
    error: str | None


class Found(NamedTuple):
    """What a run found."""

    statuses: Counter[int]
    overloaded: list[str]
    """Answers of 500 and more that were none when the same was sent once more alone: the machine's, not the input's."""
    broken: list[str]
    dearest: tuple[float, str]
    """Computing time of the call that took the most, sent once more alone."""
    ended: list[Ended]
    lost: list[str]
    neighbour: Neighbour
    megabytes: int
    child_seconds: float


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    step = size.of(smoke=40, small=5, full=1)
    with TemporaryDirectory(prefix="fanfold-hostile-") as folder:
        pause = size.of(smoke=0.5, small=0.0, full=0.0)
        files = [*parcels(), *file_parcels()]
        found = _run(Path(folder), every_shot(seed)[::step], files[:: size.of(smoke=9, small=2, full=1)], pause)
    inputs = sum(found.statuses.values()) + len(found.ended)
    yield Bar("inputs", str(inputs), "≥ 200", size is Size.SMOKE or inputs >= 200)
    yield Bar("answers", ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items())))
    yield Bar("answers of 500 and more, also alone", str(found.broken[:9] or 0), "0", not found.broken)
    yield Bar("those that were no 500 when sent alone", str(found.overloaded or 0))
    jobs = Counter(each.state for each in found.ended)
    told = [f"{each.parcel.name}: {each.state}" for each in found.ended if each.state == "failed" and not each.error]
    yield Bar("files", ", ".join(f"{count} {state}" for state, count in sorted(jobs.items())))
    unended = [each.parcel.name for each in found.ended if each.state not in OVER]
    yield Bar(
        "files whose job does not end, or fails without a word", str([*unended, *told] or 0), "0", not unended + told
    )
    yield Bar("workers lost", str(found.lost[:5] or 0), "0", not found.lost)
    other = found.neighbour
    yield Bar("the other tenant's calls, jobs", f"{other.calls}, {other.jobs}", "≥ 1", other.jobs > 0)
    yield Bar("of these failed", str(other.failed[:5] or 0), "0", not other.failed)
    yield Bar("its slowest call", f"{other.slowest_call:.1f} s", "≤ 10 s", other.slowest_call <= MOST_SECONDS)
    yield Bar("its slowest job", f"{other.slowest_job:.1f} s", "≤ 60 s", other.slowest_job <= 60)
    seconds, name = found.dearest
    yield Bar("computing time of a hostile call", f"{seconds:.1f} s, {name}", "≤ 10 s", seconds <= MOST_SECONDS)
    yield Bar(
        "computing time of a file's reader",
        f"{found.child_seconds:.1f} s",
        "≤ 10 s",
        found.child_seconds <= MOST_SECONDS,
    )
    yield Bar("memory of a worker or reader", f"{found.megabytes} MB", "≤ 512 MB", found.megabytes <= MOST_MEGABYTES)


def every_shot(seed: int) -> list[Shot]:
    """All calls, in an order drawn with the seed."""
    found = [*shots(), *route_shots()]
    Random(seed).shuffle(found)
    return found


def _run(scratch: Path, calls: list[Shot], files: list[Parcel], pause: float) -> Found:
    with (
        LocalStack(
            None, scratch, environ={}, parameters=SIZES, settings=QUICK, minute_seconds=5, provider_latency=0.1
        ) as stack,
        _client(stack, "mallory") as mallory,
        _client(stack, "acme") as acme,
    ):
        places = _places(mallory)
        with Watch(stack.cloud) as watch, Neighbour(acme, pause) as neighbour, ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [pool.submit(_sent, mallory, parcel, places) for parcel in files]
            shot = list(pool.map(lambda each: _shot(mallory, each, places), calls))
            ended = [each.result() for each in waiting]
        failed = [(each, _told(each, answer)) for each, answer, _ in shot if answer.status_code >= 500]
        again = [(said, _shot(mallory, each, places)) for each, said in failed]
        broken = [said for said, (_, answer, _) in again if answer.status_code >= 500]
        slowest = [each for each, _, _ in sorted(shot, key=lambda found: -found[2])[:AGAIN]]
        return Found(
            statuses=Counter(answer.status_code for _, answer, _ in shot),
            overloaded=[said for said, (_, answer, _) in again if answer.status_code < 500],
            broken=broken,
            dearest=max(_dear(stack, mallory, each, places) for each in slowest),
            ended=ended,
            lost=_lost(stack),
            neighbour=neighbour,
            megabytes=max(watch.megabytes.values()),
            child_seconds=max(watch.child_seconds.values(), default=0),
        )


def _told(each: Shot, answer: httpx.Response) -> str:
    return f"{each.name}: {answer.status_code} {answer.text[:200]}"


def _client(stack: LocalStack, tenant: str) -> httpx.Client:
    key = {"Authorization": f"Bearer {stack.issue_key(tenant)}"}
    return httpx.Client(base_url=stack.url, headers=key, timeout=300)


def _places(client: httpx.Client) -> dict[str, str]:
    """Its own batch, forecast and session, for paths that need one."""
    batch = client.post("/v1/batches", json={"requests": [{"input": "Say a"}], "mode": "realtime"}).json()["id"]
    given = {"series": [{"name": "a", "values": [1, 2, 3] * 8}], "models_to_try": 2, "horizon": 3}
    forecast = client.post("/v1/forecasts", json=given).json()["id"]
    session = client.post("/v1/sessions", json={"name": "s"}).json()["id"]
    places = {"batch": batch, "forecast": forecast, "session": session}
    for kind in ("batches", "forecasts"):
        _over(client, f"/v1/{kind}/{places['batch' if kind == 'batches' else 'forecast']}")
    return places


def _shot(client: httpx.Client, each: Shot, places: dict[str, str]) -> tuple[Shot, httpx.Response, float]:
    path = each.path
    for name, place in places.items():
        path = path.replace(f"{{{name}}}", place)
    began = time.monotonic()
    headers = [(name.encode(), value.encode("latin-1")) for name, value in (each.headers or {}).items()]
    asked = client.build_request(each.method, path, content=each.body, params=each.query)
    asked.headers.update(headers)
    asked.headers.encoding = "latin-1"
    try:
        answer = client.send(asked)
    except httpx.TransportError as error:  # whoever hangs up on it is broken too
        answer = httpx.Response(599, text=repr(error))
    return each, answer, time.monotonic() - began


def _dear(stack: LocalStack, client: httpx.Client, each: Shot, places: dict[str, str]) -> tuple[float, str]:
    before = computed(stack.cloud)
    _shot(client, each, places)
    return max(0.0, computed(stack.cloud) - before), each.name


def _sent(client: httpx.Client, parcel: Parcel, places: dict[str, str]) -> Ended:
    """The file uploaded, its job created and waited for; a refusal of the create is an end, too."""
    session = f"/v1/sessions/{places['session']}"
    writes = parcel.kind == "writing"
    made = client.post(f"{session}/uploads" if writes else "/v1/uploads", json={"filename": parcel.filename}).json()
    files = {"file": (parcel.filename, parcel.body)}
    httpx.post(made["form"]["url"], data=made["form"]["fields"], files=files, timeout=300).raise_for_status()
    body = {"upload": made["upload"]} | parcel.options
    created = client.post(f"{session}/train" if writes else f"/v1/{parcel.kind}", json=body)
    if created.status_code != 202:
        return Ended(parcel, "refused" if created.status_code < 500 else "broken", created.text)
    id = created.json()["id"]
    job = _over(client, f"/v1/jobs/{id}" if writes else f"/v1/{parcel.kind}/{id}")
    return Ended(parcel, job["state"], job.get("error"))


def _over(client: httpx.Client, path: str) -> dict[str, Any]:
    until = time.monotonic() + LONGEST_SECONDS
    while True:
        job: dict[str, Any] = client.get(path).json()
        if job.get("state") in OVER or time.monotonic() > until:
            return job
        time.sleep(0.3)


def _lost(stack: LocalStack) -> list[str]:
    """What the functions' log says of workers that ended."""
    logs = stack.cloud.client("logs")
    groups = [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]]
    pages = (page for group in groups for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group))
    said = (event["message"] for page in pages for event in page["events"])
    return [each[:200] for each in said if any(word in each for word in LOST)]
