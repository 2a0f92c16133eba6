"""The client: every route of batches and of the journal, typed."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from fanfold_client.account import Account
from fanfold_client.connection import Connection, Pause, dumped, segment
from fanfold_client.downloads import Download, save
from fanfold_client.errors import Refused, TooLarge, unreachable
from fanfold_client.following import following
from fanfold_client.forecasts import Forecasts
from fanfold_client.keys import Keys
from fanfold_client.shapes import (
    OVER,
    Accepted,
    Answer,
    Batch,
    BatchPage,
    Budget,
    Errors,
    Estimated,
    Health,
    Letter,
    LetterPage,
    Link,
    Live,
    LogEntry,
    LogPage,
    LogStats,
    Page,
    Pilot,
    Receipt,
    Redriven,
    RequestPage,
    RequestRow,
    ResponsePage,
    ResponseRow,
    Stats,
)
from fanfold_client.uploads import File, Seen, Uploads, digest, unseen
from fanfold_client.waiting import until_over
from fanfold_client.writing import Writing

MEBI = 1024 * 1024
BODY_BYTES = 4 * MEBI
"""What a body may hold; requests that are more go by upload."""
LINE_BYTES = 4 * MEBI
"""What one request may have in an upload."""
MAKING_SECONDS, MAKING_TRIES = 2.0, 900
"""Results in another form than JSONL are made when they are first asked for."""
PAGE = 100

T = TypeVar("T")
P = TypeVar("P", bound=Page)


class Fanfold:
    """One deployment, as one tenant. Every call may raise FanfoldError; see `fanfold_client.errors`.

    What can't be reached, or is busy, is asked again a few times; repeating is safe in every call.
    """

    def __init__(
        self,
        url: str,
        key: str,
        timeout: float = 30,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        self._connection = Connection(url, key, timeout, transport, pause)
        self._sent = Uploads(self._connection)
        self.writing = Writing(self._connection)
        """Sessions that learn from documents and write."""
        self.forecasts = Forecasts(self._connection, self._uploads)
        self.keys = Keys(self._connection)
        """API keys of the caller's tenant."""
        self.account = Account(self._connection)
        """What the caller's tenant may use."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def create(
        self,
        requests: list[Any] | None = None,
        idempotency_key: str | None = None,
        *,
        draft: bool = False,
        **options: Any,
    ) -> Accepted:
        """A batch of these requests; the options are those of `POST /v1/batches`. A draft may have none yet.

        Requests that are too many for one body go by upload.
        """
        key = idempotency_key or uuid4().hex
        body = _options(options, draft) | ({} if requests is None else {"requests": requests})
        return self._fitted(body, lambda fitting: self._create(fitting, key))

    def submit(
        self,
        file: Path,
        idempotency_key: str | None = None,
        *,
        draft: bool = False,
        filename: str | None = None,
        remember: Path | None = None,
        seen: Seen = unseen,
        **options: Any,
    ) -> Accepted:
        """A batch of a file's lines: JSONL or CSV, by the ending of its name, or of `filename`.

        With `remember`, a folder, the same file with the same options is the same batch: a call that broke can
        be repeated, by another process too, and does not send again what is there. `seen` is told of the bytes.
        """
        asked = _options(options, draft)
        content = digest(file, asked) if remember or idempotency_key else ""
        key = idempotency_key or content or uuid4().hex
        return self._uploads(remember).use(
            content and content + key,
            File(file, filename or file.name, seen),
            lambda upload: self._create({"upload": upload} | asked, key),
        )

    def add(self, id: str, requests: list[Any]) -> Batch:
        """Add requests to a draft. The same requests twice are there once."""
        return self._fitted({"requests": requests}, lambda fitting: self._add(id, fitting))

    def add_file(
        self, id: str, file: Path, *, filename: str | None = None, remember: Path | None = None, seen: Seen = unseen
    ) -> Batch:
        """Add a file's lines to a draft. With `remember`, the same file twice is there once."""
        key = digest(file, {"batch": id}) if remember else ""
        return self._uploads(remember).use(
            key, File(file, filename or file.name, seen), lambda upload: self._add(id, {"upload": upload})
        )

    def process(self, id: str) -> Batch:
        """Start a draft."""
        return self._steer(id, "process")

    def cancel(self, id: str) -> Batch:
        """End it early; what has an answer keeps it."""
        return self._steer(id, "cancel")

    def retry(self, id: str, what: Sequence[str] = (), max_tokens: int | None = None) -> Batch:
        """Try again what failed, expired or was cancelled, and only that.

        `what` may name other requests: `failed`, and those whose answers are `truncated`, `empty` or `filtered`.
        They keep their limits of output tokens, or get `max_tokens`.
        """
        asked = ({"what": list(what)} if what else {}) | ({"max_tokens": max_tokens} if max_tokens else {})
        return self._steer(id, "retry", asked or None)

    def pilot(self, id: str) -> Pilot:
        """What a pilot (a batch with `sample`) has found: prompts, answers, and the cost of the whole file by them."""
        return self._connection.get(Pilot, f"{_path(id)}/pilot")

    def go(self, id: str, **options: Any) -> Accepted:
        """The batch of a pilot's whole file, with its options and these; answers of the sample are not asked again."""
        return self._connection.post(Accepted, f"{_path(id)}/go", dumped(_options(options, draft=False)))

    def pause(self, id: str) -> Batch:
        """Submit nothing more; what is at the provider goes on there."""
        return self._steer(id, "pause")

    def resume(self, id: str) -> Batch:
        """Go on where it was paused."""
        return self._steer(id, "resume")

    def edit(self, id: str, **news: Any) -> Batch:
        """Change name, description, metadata or tags; in a draft the options too."""
        return self._connection.patch(Batch, _path(id), dumped(news))

    def delete(self, id: str) -> Batch:
        """Forget it: at once here, then everything of it in the deployment and at its provider."""
        return self._connection.delete(Batch, _path(id))

    def batch(self, id: str) -> Batch:
        """How the batch is."""
        return self._connection.get(Batch, _path(id))

    def batches(self, state: str | None = None, *, tag: str | None = None, name: str | None = None) -> Iterator[Batch]:
        """All batches, newest first: those in a state, with a tag, or whose name holds `name`, if that is asked."""
        for page in self._pages(BatchPage, "/v1/batches", state=state, tag=tag, name=name):
            yield from page.batches

    def wait(
        self, id: str, seen: Callable[[Batch], None] = lambda batch: None, *, over: Collection[str] = OVER
    ) -> Batch:
        """The batch when it is over; `seen` is called with each look at it. Drafts and paused ones are waited for."""
        return until_over(lambda: self.batch(id), seen, self._connection.pause, over)

    def dead(self) -> Iterator[Letter]:
        """Every dead letter: a request in real time that workers die of, newest first."""
        for page in self._pages(LetterPage, "/v1/dlq"):
            yield from page.dead_letters

    def redrive(self, job: str | None = None) -> Redriven:
        """Send dead letters again: those of one batch, or all."""
        body = {} if job is None else {"job": job}
        return self._connection.post(Redriven, "/v1/dlq/redrive", dumped(body))

    def request(self, id: str, custom_id: str) -> dict[str, Any]:
        """One request of the batch with its result."""
        return self._connection.get(Answer, f"{_path(id)}/requests/{segment(custom_id)}").model_dump()

    def requests(self, id: str, status: str | None = None, search: str | None = None) -> Iterator[RequestRow]:
        """The requests and what became of each; `search` is a part of the custom_id."""
        for page in self._pages(RequestPage, f"{_path(id)}/requests", status=status, search=search):
            yield from page.requests

    def responses(self, id: str, status: str | None = None, search: str | None = None) -> Iterator[ResponseRow]:
        """The settled requests with their answers."""
        for page in self._pages(ResponsePage, f"{_path(id)}/responses", status=status, search=search):
            yield from page.responses

    def errors(self, id: str) -> Errors:
        """What went wrong, by kind."""
        return self._connection.get(Errors, f"{_path(id)}/errors")

    def results(self, id: str) -> Iterator[dict[str, Any]]:
        """The results, in the order of the input."""
        return self._lines(id, "results")

    def rejected(self, id: str) -> Iterator[dict[str, Any]]:
        """The lines that were not taken, and why."""
        return self._lines(id, "rejected")

    def pieces(self, id: str, format: str = "jsonl") -> Iterator[bytes]:
        """The results as bytes, in the form asked for: jsonl, csv or parquet."""
        return Download(self._connection, lambda: self._link(id, "results", format)).pieces()

    def download(self, id: str, file: Path, format: str = "jsonl", seen: Seen = unseen) -> None:
        """The results into a file. One that broke, in this process or an earlier one, goes on where it stopped."""
        save(self._connection, lambda: self._link(id, "results", format), file, seen)

    def estimate(self, requests: list[Any], **options: Any) -> Estimated:
        """What a batch of these requests would cost; none is made."""
        return self._estimate({"requests": requests} | _options(options, draft=False))

    def estimate_file(
        self,
        file: Path,
        *,
        filename: str | None = None,
        keep: bool = False,
        seen: Seen = unseen,
        **options: Any,
    ) -> Estimated:
        """What a batch of a file's lines would cost.

        A file that is too large to be looked at in one call is planned as a draft, as any is with `keep`.
        """
        asked, sent = _options(options, draft=False), File(file, filename or file.name, seen)
        return self._sent.use(digest(file, asked), sent, lambda up: self._looked_at({"upload": up} | asked, keep))

    def budget(self) -> Budget:
        """What your batches may spend, and have spent."""
        return self._connection.get(Budget, "/v1/budget")

    def set_budget(self, daily_usd: float | None = None, monthly_usd: float | None = None) -> Budget:
        """What your batches may spend from now on; None is without limit."""
        return self._connection.put(Budget, "/v1/budget", dumped({"daily_usd": daily_usd, "monthly_usd": monthly_usd}))

    def stats(self, since: str | None = None, until: str | None = None, by: str | None = None) -> Stats:
        """What the jobs of these days (`2026-11-26`, UTC) came to; the last 30 without. `by` is how to group them."""
        return self._connection.get(Stats, "/v1/stats", since=since, until=until, by=by)

    def live(self) -> Live:
        """What is under way."""
        return self._connection.get(Live, "/v1/stats/live")

    def log(self, body: bytes, idempotency_key: str | None = None) -> Receipt:
        """Entries for the journal: the gzipped body of `POST /v1/logs`."""
        headers = {"Content-Type": "application/gzip", "Idempotency-Key": idempotency_key or uuid4().hex}
        return self._connection.post(Receipt, "/v1/logs", body, **headers)

    def logs(self, limit: int = PAGE, **filters: str | None) -> Iterator[LogEntry]:
        """Entries of the journal, newest first, `limit` of them at a time; filters as in `GET /v1/logs`."""
        cursor = None
        while True:
            page = self._connection.get(LogPage, "/v1/logs", limit=limit, cursor=cursor, **filters)
            yield from page.entries
            if not (cursor := page.cursor):
                return

    def follow_logs(self, lines: int = 0, **filters: str | None) -> Iterator[LogEntry]:
        """The last entries of the journal, then what comes; oldest first, each once. It never ends."""
        return following(lambda: self.logs(PAGE, **filters), lines, self._connection.pause)

    def log_entry(self, id: str) -> LogEntry:
        """One entry of the journal."""
        return self._connection.get(LogEntry, f"/v1/logs/{segment(id)}")

    def log_stats(self, **period: str | None) -> LogStats:
        """What came into the journal: of `stream`, from `since` to `until`; of the last day if nothing is said."""
        return self._connection.get(LogStats, "/v1/logs/stats", **period)

    def alive(self) -> Health:
        """Whether the service runs; needs no key."""
        return self._connection.get(Health, "/v1/health")

    def health(self) -> Health:
        """Whether everything that the deployment stands on answers."""
        return self._connection.get(Health, "/v1/health/details")

    def _create(self, body: dict[str, Any], key: str) -> Accepted:
        return self._connection.post(Accepted, "/v1/batches", dumped(body), Idempotency_Key=key)

    def _estimate(self, body: dict[str, Any]) -> Estimated:
        return self._connection.post(Estimated, "/v1/batches/estimate", dumped(body))

    def _looked_at(self, body: dict[str, Any], keep: bool) -> Estimated:
        if not keep:
            with suppress(TooLarge):
                return self._estimate(body)
        made = self._create(body | {"dry_run": True}, uuid4().hex)
        batch = self.wait(made.id, over=OVER | {"draft"})
        if batch.estimate is None:
            raise Refused({"title": "Not estimated", "detail": batch.error or f"{batch.id} is {batch.state}"})
        return Estimated.model_validate(batch.model_dump())

    def _add(self, id: str, body: dict[str, Any]) -> Batch:
        return self._connection.post(Batch, f"{_path(id)}/requests", dumped(body))

    def _steer(self, id: str, verb: str, body: dict[str, Any] | None = None) -> Batch:
        return self._connection.post(Batch, f"{_path(id)}/{verb}", dumped(body) if body else b"")

    def _fitted(self, body: dict[str, Any], call: Callable[[dict[str, Any]], T]) -> T:
        """The call with the body as it is, or with an upload in place of requests that are too many for it."""
        lines = [dumped(request) for request in body.get("requests", ())]
        if len(dumped(body)) <= BODY_BYTES or min(map(len, lines), default=0) > LINE_BYTES:
            return call(body)
        rest = {name: value for name, value in body.items() if name != "requests"}
        with TemporaryDirectory(prefix="fanfold-") as folder:
            file = Path(folder) / "requests.jsonl"
            file.write_bytes(b"\n".join(lines))
            return self._sent.use(digest(file, rest), File(file, file.name), lambda up: call(rest | {"upload": up}))

    def _uploads(self, remember: Path | None) -> Uploads:
        return Uploads(self._connection, remember) if remember else self._sent

    def _pages(self, model: type[P], path: str, **query: str | None) -> Iterator[P]:
        cursor = None
        while True:
            page = self._connection.get(model, path, limit=PAGE, cursor=cursor, **query)
            yield page
            if not (cursor := page.cursor):
                return

    def _lines(self, id: str, what: str) -> Iterator[dict[str, Any]]:
        return map(json.loads, Download(self._connection, lambda: self._link(id, what)).lines())

    def _link(self, id: str, what: str, format: str | None = None) -> str:
        for _ in range(MAKING_TRIES):
            link = self._connection.get(Link, f"{_path(id)}/{what}", format=format)
            if link.url:
                return link.url
            self._connection.pause(MAKING_SECONDS)
        raise unreachable(f"the {what} of {id} are still being made")


def _path(id: str) -> str:
    return f"/v1/batches/{segment(id)}"


def _options(options: dict[str, Any], draft: bool) -> dict[str, Any]:
    """What is asked for: nothing that is left open."""
    given = {name: value for name, value in options.items() if value is not None}
    return given | ({"draft": True} if draft else {})
