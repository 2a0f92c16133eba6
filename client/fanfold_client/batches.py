"""Batches: every route that makes, steers and estimates them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import uuid4

from fanfold_client.connection import Connection, dumped
from fanfold_client.errors import Refused, TooLarge
from fanfold_client.results import path
from fanfold_client.shapes.batches import OVER, Accepted, Batch, BatchPage, Pilot
from fanfold_client.shapes.costs import Estimated
from fanfold_client.uploads import File, Seen, Uploads, digest, unseen
from fanfold_client.waiting import until_over

MEBI = 1024 * 1024
BODY_BYTES = 4 * MEBI
"""What a body may hold; requests that are more go by upload."""
LINE_BYTES = 4 * MEBI
"""What one request may have in an upload."""

T = TypeVar("T")


class Batches:
    """The batches of the caller's tenant."""

    _connection: Connection
    _sent: Uploads

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
        return self._connection.get(Pilot, f"{path(id)}/pilot")

    def go(self, id: str, **options: Any) -> Accepted:
        """The batch of a pilot's whole file, with its options and these; answers of the sample are not asked again."""
        return self._connection.post(Accepted, f"{path(id)}/go", dumped(_options(options, draft=False)))

    def pause(self, id: str) -> Batch:
        """Submit nothing more; what is at the provider goes on there."""
        return self._steer(id, "pause")

    def resume(self, id: str) -> Batch:
        """Go on where it was paused."""
        return self._steer(id, "resume")

    def edit(self, id: str, **news: Any) -> Batch:
        """Change name, description, metadata or tags; in a draft the options too."""
        return self._connection.patch(Batch, path(id), dumped(news))

    def delete(self, id: str) -> Batch:
        """Forget it: at once here, then everything of it in the deployment and at its provider."""
        return self._connection.delete(Batch, path(id))

    def batch(self, id: str) -> Batch:
        """How the batch is."""
        return self._connection.get(Batch, path(id))

    def batches(self, state: str | None = None, *, tag: str | None = None, name: str | None = None) -> Iterator[Batch]:
        """All batches, newest first: those in a state, with a tag, or whose name holds `name`, if that is asked."""
        for page in self._connection.pages(BatchPage, "/v1/batches", state=state, tag=tag, name=name):
            yield from page.batches

    def wait(
        self, id: str, seen: Callable[[Batch], None] = lambda batch: None, *, over: Collection[str] = OVER
    ) -> Batch:
        """The batch when it is over; `seen` is called with each look at it. Drafts and paused ones are waited for."""
        return until_over(lambda: self.batch(id), seen, self._connection.pause, over)

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
        return self._connection.post(Batch, f"{path(id)}/requests", dumped(body))

    def _steer(self, id: str, verb: str, body: dict[str, Any] | None = None) -> Batch:
        return self._connection.post(Batch, f"{path(id)}/{verb}", dumped(body) if body else b"")

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


def _options(options: dict[str, Any], draft: bool) -> dict[str, Any]:
    """What is asked for: nothing that is left open."""
    given = {name: value for name, value in options.items() if value is not None}
    return given | ({"draft": True} if draft else {})
