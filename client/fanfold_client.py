"""Fanfold from Python: submit batches, wait for them, read their results.

with Fanfold(url, key) as fanfold:
    batch = fanfold.create([{"input": "Say hello"}])
    for result in fanfold.results(fanfold.wait(batch.id).id):
        print(result["custom_id"], result["output"])
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict

POLL_SECONDS = 1.0
OVER = frozenset({"completed", "failed"})


class FanfoldError(Exception):
    """The service refused; `problem` is its problem document (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('title')}: {problem.get('detail')}")
        self.problem = problem


class Answer(BaseModel):
    """What the service answers; fields that this client does not know yet are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Accepted(Answer):
    id: str
    state: str
    created_at: str


class Progress(Answer):
    total: int
    settled: int
    percent: int


class Counts(Answer):
    succeeded: int
    failed: int
    input_tokens: int
    output_tokens: int


class Batch(Answer):
    id: str
    state: str
    name: str | None = None
    created_at: str
    finished_at: str | None = None
    error: str | None = None
    rejected: int
    rejected_lines: list[dict[str, Any]]
    counts: Counts
    progress: Progress | None = None


class Fanfold:
    """One deployment, as one tenant. Calls raise FanfoldError, and httpx's errors when there is no answer."""

    def __init__(self, url: str, key: str, timeout: float = 30) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def create(self, requests: list[Any], idempotency_key: str | None = None, **options: Any) -> Accepted:
        """A batch of these requests; the options are those of `POST /v1/batches`."""
        return self._create({"requests": requests, **options}, idempotency_key)

    def submit(self, file: Path, idempotency_key: str | None = None, **options: Any) -> Accepted:
        """A batch of a file's lines: JSONL or CSV, by its name's ending."""
        upload = self._call("POST", "/v1/uploads", json={"filename": file.name}).json()
        with file.open("rb") as body:
            sent = httpx.post(upload["form"]["url"], data=upload["form"]["fields"], files={"file": body})
        if sent.is_error:
            raise FanfoldError({"title": "Upload refused", "detail": sent.text, "status": sent.status_code})
        return self._create({"upload": upload["upload"], **options}, idempotency_key)

    def batch(self, id: str) -> Batch:
        """How the batch is."""
        return Batch.model_validate(self._call("GET", f"/v1/batches/{id}").json())

    def batches(self) -> Iterator[Batch]:
        """All batches, newest first."""
        cursor: dict[str, str] = {}
        while True:
            page = self._call("GET", "/v1/batches", params=cursor).json()
            yield from (Batch.model_validate(each) for each in page["batches"])
            if not page["cursor"]:
                return
            cursor = {"cursor": page["cursor"]}

    def wait(self, id: str, seen: Callable[[Batch], None] = lambda batch: None) -> Batch:
        """The batch when it is over; `seen` is called with each look at it."""
        while (batch := self.batch(id)).state not in OVER:
            seen(batch)
            time.sleep(POLL_SECONDS)
        seen(batch)
        return batch

    def request(self, id: str, custom_id: str) -> dict[str, Any]:
        """One request of the batch with its result."""
        found: dict[str, Any] = self._call("GET", f"/v1/batches/{id}/requests/{quote(custom_id, safe='')}").json()
        return found

    def results(self, id: str) -> Iterator[dict[str, Any]]:
        """The results, in the order of the input."""
        return self._lines(f"/v1/batches/{id}/results")

    def rejected(self, id: str) -> Iterator[dict[str, Any]]:
        """The lines that were not taken, and why."""
        return self._lines(f"/v1/batches/{id}/rejected")

    def health(self) -> dict[str, Any]:
        """Whether everything that the deployment stands on answers."""
        found: dict[str, Any] = self._call("GET", "/v1/health/details").json()
        return found

    def _create(self, body: dict[str, Any], key: str | None) -> Accepted:
        headers = {"Idempotency-Key": key} if key else {}
        return Accepted.model_validate(self._call("POST", "/v1/batches", json=body, headers=headers).json())

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        url = self._call("GET", path, headers={"Accept": "application/json"}).json()["url"]
        with httpx.stream("GET", url) as download:
            download.raise_for_status()
            yield from (json.loads(line) for line in download.iter_lines())

    def _call(self, method: str, path: str, **asked: Any) -> httpx.Response:
        answer = self._http.request(method, path, **asked)
        if answer.is_error:
            is_problem = "json" in answer.headers.get("content-type", "")
            problem = answer.json() if is_problem else {"title": answer.reason_phrase, "detail": answer.text}
            raise FanfoldError({"status": answer.status_code, **problem})
        return answer
