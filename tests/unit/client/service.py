"""A Fanfold and its storage in a process: what a client sees over HTTP, with faults on demand."""

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

API, STORAGE = "https://fanfold.test", "https://storage.test"
KEY = "ff_acme_" + "x" * 43
CREATED = "2026-11-22T10:00:00.000Z"
LANES = {
    "batch": {"expected_usd": 0.01, "most_usd": 0.2},
    "realtime": {"expected_usd": 0.02, "most_usd": 0.4},
}
MODEL = {"model": "o3", "requests": 3, "input_tokens": 30, "output_tokens": 60, "lanes": LANES, "assumed": "so"}
FLAW = {"line": 3, "field": "text", "detail": "it is empty"}
ESTIMATE = {"requests": 3, "lanes": LANES, "unpriced_requests": 2, "models": [MODEL]}


EDITED: dict[str, Any] = {"schedule": None, "current": None, "editions": [], "edition_of": None, "config": {}}
"""What may be changed in a forecast, and how it begins."""


@dataclass
class Service:
    """Answers in place of the network; `faults` are raised or answered first, one a call."""

    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each idempotency key made."""
    objects: dict[str, bytes] = field(default_factory=dict)
    added: list[dict[str, Any]] = field(default_factory=list)
    faults: list[httpx.Response | Exception] = field(default_factory=list)
    calls: list[httpx.Request] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    """What a batch is, look by look."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    """The journal, oldest first."""
    posts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What was posted to the journal, by idempotency key."""
    noted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Observations by post."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Bodies of observations and actuals, in their order."""
    making: int = 0
    """How often results are still being made."""
    breaks: list[int] = field(default_factory=list)
    """After how many bytes each coming download breaks."""
    version: int = 1
    max_bytes: int = 10_000_000
    max_looked_at: int = 10_000_000
    """Bytes of an upload that can be estimated at once."""
    budget: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    largest_piece: int = 0
    pauses: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if not (request.method == "POST" and str(request.url).startswith(STORAGE)):
            request.read()
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        return self._storage(request) if str(request.url).startswith(STORAGE) else self._api(request)

    @property
    def said(self) -> list[str]:
        """The calls so far, in short."""
        return [f"{call.method} {call.url.raw_path.decode().split('?')[0]}" for call in self.calls]

    def batch(self, id: str = "b1", state: str = "completed", **more: Any) -> dict[str, Any]:
        tokens = {"input": 3, "output": 4}
        progress = {"total": 2, "done": 1, "succeeded": 1, "failed": 0, "done_at_provider": 1, "percent": 50}
        progress |= more.pop("progress", {})
        made = {"id": id, "state": state, "created_at": CREATED, "tokens": tokens, "progress": progress, **more}
        self.batches[id] = made
        return made

    def _api(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return problem(401, "Unauthorized", "nobody has this key")
        path = request.url.raw_path.decode().split("?")[0]
        match (request.method, *path.removeprefix("/v1/").split("/")):
            case ("GET", "health", *details):
                checks = {"table": {"ok": True}, "bucket": {"ok": False, "error": "gone"}} if details else {}
                return httpx.Response(200, json={"status": "ok", "version": "0.1.0", "checks": checks})
            case ("POST", "uploads"):
                name = f"{len(self.objects)}/{json.loads(request.content)['filename']}"
                form = {"url": STORAGE, "fields": {"key": name}}
                return httpx.Response(201, json={"upload": name, "form": form, "max_bytes": self.max_bytes})
            case ("POST", "batches", "estimate"):
                return self._estimate(json.loads(request.content))
            case (method, "budget"):
                self.budget = self.budget if method == "GET" else json.loads(request.content)
                return httpx.Response(200, json=self.budget | {"today_usd": 0.5, "month_usd": 7})
            case ("GET", "providers"):
                prices = {"input_usd": 2.5, "cached_usd": 1.25, "output_usd": 10.0}
                models = [{"model": "o3", "lanes": {"batch": prices}}]
                known = {"name": "openai", "enabled": True, "default_model": "o3", "models": models}
                return httpx.Response(200, json={"providers": [known, {"name": "gemini", "enabled": False}]})
            case (method, "defaults"):
                self.defaults = self.defaults if method == "GET" else json.loads(request.content)
                return httpx.Response(200, json=self.defaults)
            case ("GET", "stats", "live"):
                job = {"id": "b1", "state": "running", "requests": 9, "in_flight": 4, "waiting": 5}
                return httpx.Response(200, json={"open_jobs": 1, "in_flight": 4, "jobs": [job]})
            case ("GET", "stats"):
                figures = {"jobs": 2, "requests": 10, "p50_seconds": 1.23456, "spent_usd": 0.25}
                groups = [figures | {"key": "o3"}] if "by" in request.url.params else []
                return httpx.Response(200, json={"total": figures, "groups": groups})
            case ("POST", "batches"):
                return self._create(request)
            case ("GET", "batches"):
                state = request.url.params.get("state")
                found = [each for each in self.batches.values() if each["state"] != "deleting"]
                found = [each for each in found if state in (None, each["state"])]
                return self._page(request, "batches", found)
            case ("POST", "logs"):
                return self._journal(request)
            case ("GET", "logs"):
                return self._page(request, "entries", self._found(request))
            case ("GET", "logs", "stats"):
                hour = {"hour": "2026-11-26T12", "accepted": 5, "flushed": 3, "pending": 2, "failed": 0}
                spread = {"p50": 1023, "p95": 2047, "p99": 4095}
                counts = {"levels": {"info": 4, "error": 1}, "segments": 2, "retries": 1, "hours": [hour]}
                return httpx.Response(200, json=hour | counts | {"flush_lag_ms": spread, "batch_entries": spread})
            case ("POST", "logs", "exports"):
                query = httpx.Request("GET", request.url, params=json.loads(request.content))
                lines = [json.dumps(entry) for entry in self._found(query)]
                self.objects["entries"] = gzip.compress("".join(f"{line}\n" for line in lines).encode())
                return httpx.Response(202, json={"id": "e1", "state": "preparing", "url": None})
            case ("GET", "logs", "exports", "e1"):
                made = {"id": "e1", "state": "completed", "url": f"{STORAGE}/entries"}
                return httpx.Response(200, json=made)
            case ("GET", "logs", "streams"):
                row = {"stream": "web", "retention_days": 30, "since": CREATED}
                return httpx.Response(200, json={"streams": [row]})
            case ("PUT", "logs", "streams", stream):
                row = {"stream": stream, "since": CREATED} | json.loads(request.content)
                return httpx.Response(200, json=row)
            case ("POST", "logs", "test"):
                lag = 750.0 if json.loads(request.content)["wait_seconds"] else None
                tried = {"stream": "test", "ids": ["e1", "e2"], "accept_ms": [3.0, 9.0], "flush_lag_ms": lag}
                return httpx.Response(200, json=tried)
            case ("GET", "jobs"):
                return self._page(request, "jobs", self.rows)
            case ("GET", "logs", id):
                return httpx.Response(200, json=next(each for each in self.entries if each["id"] == id))
            case ("POST", "forecasts"):
                return self._create(request, "f")
            case ("GET", "forecasts"):
                return self._page(request, "forecasts", [self._forecast(each) for each in self.batches.values()])
            case (method, "forecasts", id, *rest):
                return self._one_forecast(method, id, rest, request)
            case ("GET", "batches", id, "pilot"):
                lanes = {lane: {"expected_usd": 0.3, "low_usd": 0.2, "high_usd": 0.4} for lane in LANES}
                asked = {"custom_id": "a", "status": "succeeded", "prompt": "Say hi", "output": "hi", "cost_usd": 0.001}
                found = {"id": id, "state": "completed", "rows": 1, "requests": 300, "tries": [asked]}  # type: ignore[assignment]
                return httpx.Response(200, json=found | {"spent_usd": 0.001, "lanes": lanes})  # type: ignore[operator]
            case ("POST", "batches", id, "go"):
                self.batch("b-whole")
                return httpx.Response(202, json={"id": "b-whole", "state": "accepted", "created_at": CREATED})
            case (method, "batches", id, *rest):
                return self._one(method, id, rest, request)
        return problem(404, "Not found", f"there is no {path}")

    def entry(self, id: str, message: str, **more: Any) -> dict[str, Any]:
        made = {"id": id, "timestamp": CREATED, "stream": "web", "level": "info", "message": message, "context": {}}
        self.entries.append(made | more)
        return made | more

    def _found(self, request: httpx.Request) -> list[dict[str, Any]]:
        asked = {name: request.url.params.get(name) for name in ("stream", "level")}
        wanted = {name: value.split(",") for name, value in asked.items() if value}
        every = sorted(self.entries, key=lambda entry: str(entry["id"]), reverse=True)
        return [entry for entry in every if all(entry[name] in values for name, values in wanted.items())]

    def _journal(self, request: httpx.Request) -> httpx.Response:
        entries = json.loads(gzip.decompress(request.content))["entries"]
        self.posts[request.headers["idempotency-key"]] = entries
        ids = [f"e{n}" for n in range(len(entries))]
        return httpx.Response(202, json={"accepted": len(ids), "duplicates": 0, "ids": ids, "errors": []})

    def _create(self, request: httpx.Request, kind: str = "b") -> httpx.Response:
        body, key = json.loads(request.content), request.headers["idempotency-key"]
        if (upload := body.get("upload")) and upload not in self.objects:
            return problem(404, "Not found", f"there is no upload {upload}", field="upload")
        if body.get("model") == "nope":
            return problem(400, "Invalid input", "'nope' is no model of openai", field="model")
        if self.bodies.setdefault(key, body) != body:
            return problem(422, "Idempotency key reused", "with another body", field="Idempotency-Key")
        id = f"{kind}{list(self.bodies).index(key) + 1}"
        if body.get("dry_run"):
            self.batch(id, "draft", estimate=ESTIMATE)
        else:
            self.batch(id, self.states[0] if self.states else "completed")
        return httpx.Response(202, json={"id": id, "state": "accepted", "created_at": CREATED})

    def _estimate(self, body: dict[str, Any]) -> httpx.Response:
        if body.get("upload") and len(self.objects[body["upload"]]) > self.max_looked_at:
            return problem(413, "Too large", "create it with dry_run", field="upload")
        return httpx.Response(200, json={"estimate": ESTIMATE, "rejected": 1, "rejected_lines": [FLAW]})

    def _forecast(self, kept: dict[str, Any]) -> dict[str, Any]:
        """A kept job as a forecast: of three series two are done, and one has failed at its end."""
        failed = int(kept["state"] == "completed")
        progress = {"total": 3, "done": 2 + failed, "succeeded": 2, "failed": failed, "percent": 66}
        shown = {"created_at": CREATED, "progress": progress, "notes": self.notes}
        shown["outcome"] = f"{kept['state']}, 1 of 3 failed" if failed else kept["state"]
        shown |= {name: kept.get(name, EDITED[name]) for name in EDITED}
        return {"id": kept["id"], "state": kept["state"], **shown}

    def _one_forecast(self, method: str, id: str, rest: list[str], request: httpx.Request) -> httpx.Response:
        kept = self.batches.get(id)
        if kept is None:
            return problem(404, "Not found", f"there is no forecast {id!r}", field="id")
        match (method, *rest):
            case ("GET",) if self.states:
                kept["state"] = self.states.pop(0)
            case ("GET", "series"):
                return self._page(request, "series", self.rows)
            case ("GET", "series", name):
                found = {"name": unquote(name), "status": "ok", "language": request.url.params.get("language")}
                return httpx.Response(200, json=found)
            case ("GET", "rejected"):
                return httpx.Response(200, json={"url": f"{STORAGE}/rejected"})
            case ("GET", "exports", form):
                return httpx.Response(200, json={"url": f"{STORAGE}/{form}"})
            case (_, "observations" | "actuals" as what, *post):
                return self._observed(method, what, post, request)
            case ("PUT", "schedule"):
                kept["schedule"] = json.loads(request.content)
            case ("DELETE", "schedule"):
                kept["schedule"] = None
            case ("PUT", "editions", edition):
                kept["current"] = edition if edition != id else None
        return httpx.Response(202, json=self._forecast(kept))

    def _observed(self, method: str, what: str, post: list[str], request: httpx.Request) -> httpx.Response:
        """Posts of observations by their ids; every actual was forecast as 100 ± 10."""
        if method == "GET":
            rows = [{"id": id, "created_at": CREATED, "observations": len(each)} for id, each in self.noted.items()]
            return httpx.Response(200, json={"posts": rows, "total": len(rows), "kept": self._kept()})
        if method == "DELETE":
            count = len(self.noted.pop(post[0]))
            return httpx.Response(200, json={"post": post[0], "observations": count, "kept": self._kept()})
        body = json.loads(request.content)
        self.asked.append((what, body))
        names = {each["series"] for each in body["observations"]}
        if (unknown := sorted(name for name in names if name[0] == "x")) and not body["new_series"]:
            return problem(400, "Invalid input", f"the forecast has no series {unknown[0]!r}", field="observations")
        key = "o" + request.headers["idempotency-key"][:4]
        if not body["dry_run"]:
            self.noted[key] = body["observations"]
        if what == "actuals":
            return httpx.Response(200, json=_compared(body["observations"]))
        noted = {"post": None if body["dry_run"] else key, "observations": len(body["observations"])}
        return httpx.Response(202, json=noted | {"kept": self._kept()})

    def _kept(self) -> int:
        return sum(map(len, self.noted.values()))

    def _one(self, method: str, id: str, rest: list[str], request: httpx.Request) -> httpx.Response:
        batch = self.batches.get(id)
        if batch is None:
            return problem(404, "Not found", f"there is no batch {id!r}", field="id")
        match (method, *rest):
            case ("GET",):
                return httpx.Response(200, json=batch | ({"state": self.states.pop(0)} if self.states else {}))
            case ("GET", "results" | "rejected" as what):
                if self.making:
                    self.making -= 1
                    return httpx.Response(202, json={"state": "preparing"})
                return httpx.Response(200, json={"url": f"{STORAGE}/{what}"})
            case ("GET", "requests" | "responses" as what):
                return self._page(request, what, self.rows)
            case ("GET", "requests", custom_id):
                return httpx.Response(200, json={"custom_id": custom_id, "line": 1, "status": "pending"})
            case ("GET", "errors"):
                examples = [{"custom_id": "a", "line": 1, "message": "too\tlong"}]
                kinds = [{"kind": "rare", "count": 1}, {"kind": "often", "count": 2, "examples": examples}]
                return httpx.Response(200, json={"state": "completed", "failed": 3, "errors": kinds, "rejected": 1})
            case ("POST", "requests"):
                self.added.append(json.loads(request.content))
            case ("PATCH",):
                batch |= json.loads(request.content)
            case _:
                batch["state"] = "deleting" if method == "DELETE" else rest[0]
        return httpx.Response(202, json=batch)

    def _page(self, request: httpx.Request, name: str, rows: list[Any]) -> httpx.Response:
        """Two a page, so that there are pages."""
        at = int(request.url.params.get("cursor", 0))
        after = str(at + 2) if at + 2 < len(rows) else None
        return httpx.Response(200, json={name: rows[at : at + 2], "cursor": after})

    def _storage(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        if request.method == "POST":
            return self._take(request)
        body, etag = self.objects[request.url.path.strip("/")], f'"v{self.version}"'
        if request.headers.get("if-match", etag) != etag:
            return httpx.Response(412)
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        if start and start >= len(body):
            return httpx.Response(416, headers={"content-range": f"bytes */{len(body)}"})
        headers = {"etag": etag, "content-length": str(len(body) - start)}
        if start:
            headers |= {"content-range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        return httpx.Response(206 if start else 200, headers=headers, stream=Stream(self._cut(body[start:])))

    def _take(self, request: httpx.Request) -> httpx.Response:
        whole = b""
        for piece in request.stream:  # type: ignore[union-attr]
            self.largest_piece = max(self.largest_piece, len(piece))
            whole += piece
        name = re.search(rb'name="key"\r\n\r\n(.*?)\r\n', whole)
        content = re.search(rb'name="file"; filename="file".*?\r\n\r\n(.*)\r\n--', whole, re.DOTALL)
        assert name
        assert content
        self.objects[name[1].decode()] = content[1]
        return httpx.Response(204)

    def _cut(self, body: bytes) -> Iterator[bytes]:
        if not self.breaks:
            yield from (body[at : at + 7] for at in range(0, len(body), 7))
            return
        yield body[: self.breaks.pop(0)]
        raise httpx.ReadError("the connection broke")


class Wire(httpx.BaseTransport):
    """A transport that, unlike httpx's mock, does not read a request before it hands it on."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request)


class AsyncWire(httpx.AsyncBaseTransport):
    """The same for those who wait."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request)


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def _compared(came: list[dict[str, Any]]) -> dict[str, Any]:
    series: dict[str, dict[str, Any]] = {}
    for each in came:
        empty = {"series": each["series"], "compared": 0, "outside": 0, "steps": []}
        of = series.setdefault(each["series"], empty)
        error = each["value"] - 100
        step = {"date": each.get("date"), "step": len(of["steps"]) + 1, "forecast": 100.0, "actual": each["value"]}
        of["steps"].append(step | {"error": error, "low": 90.0, "high": 110.0, "outside": abs(error) > 10})
        of["compared"], of["outside"] = of["compared"] + 1, of["outside"] + (abs(error) > 10)
        of["refit"], of["why"] = of["outside"] > 1, f"{of['outside']} of {of['compared']} outside"
    known = {name: each for name, each in series.items() if name[0] != "x"}
    return {"level": 95, "series": list(known.values()), "unknown": [name for name in series if name not in known]}


def problem(status: int, title: str, detail: str, **flaw: Any) -> httpx.Response:
    """A problem document with one flaw, of the same words."""
    errors = [{**flaw, "detail": detail}] if flaw else []
    return httpx.Response(status, json={"title": title, "status": status, "detail": detail, "errors": errors})
