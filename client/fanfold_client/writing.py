"""Writing sessions from Python: open one, train it on documents, let it write.

with Fanfold(url, key) as fanfold:
    session = fanfold.writing.create(name="house style")
    fanfold.writing.wait(fanfold.writing.train_file(session.id, Path("style.pdf")).id)
    job = fanfold.writing.wait(fanfold.writing.generate(session.id, "Our harbour", words=600).id)
    fanfold.writing.download(job.id, Path("harbour.docx"), "docx")
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from fanfold_client.connection import Connection, dumped, segment
from fanfold_client.downloads import Download, save
from fanfold_client.errors import Unreachable
from fanfold_client.shapes.answer import Link
from fanfold_client.texts import (
    Document,
    Documents,
    JobPage,
    LiveText,
    SessionPage,
    StyleProfile,
    WritingJob,
    WritingSession,
)
from fanfold_client.uploads import File, Seen, send_to, unseen

OVER = frozenset({"completed", "failed", "cancelled"})
FASTEST, SLOWEST = 0.3, 5.0
OUTAGES = 20


class Writing:
    """The writing part of a deployment. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, idempotency_key: str | None = None, **options: Any) -> WritingSession:
        """A new session: name, provider, model, language, tone, metadata."""
        given = {name: value for name, value in options.items() if value is not None}
        return self._connection.post(WritingSession, "/v1/sessions", dumped(given), **_key(idempotency_key))

    def sessions(self) -> Iterator[WritingSession]:
        """All sessions, newest first."""
        for page in self._connection.pages(SessionPage, "/v1/sessions"):
            yield from page.sessions

    def session(self, id: str) -> WritingSession:
        """How the session is."""
        return self._connection.get(WritingSession, _session(id))

    def edit(self, id: str, **news: Any) -> WritingSession:
        """Change its name, provider, model, language, tone or metadata."""
        return self._connection.patch(WritingSession, _session(id), dumped(news))

    def delete(self, id: str) -> None:
        """Forget it: at once here, then everything of it in the deployment and at its provider."""
        self._connection.forget(_session(id))

    def reset(self, id: str) -> WritingSession:
        """Forget what it has learnt and written."""
        return self._connection.post(WritingSession, f"{_session(id)}/reset")

    def history(self, id: str) -> Iterator[WritingJob]:
        """Its jobs, newest first."""
        for page in self._connection.pages(JobPage, f"{_session(id)}/history"):
            yield from page.jobs

    def documents(self, id: str) -> list[Document]:
        """What it learns from."""
        return self._connection.get(Documents, f"{_session(id)}/documents").documents

    def profile(self, id: str) -> StyleProfile:
        """What it has learnt."""
        return self._connection.get(StyleProfile, f"{_session(id)}/profile")

    def edit_profile(self, id: str, **news: Any) -> StyleProfile:
        """Change its style (a part of it) or its summary."""
        return self._connection.patch(StyleProfile, f"{_session(id)}/profile", dumped(news))

    def train(self, id: str, text: str, title: str | None = None, idempotency_key: str | None = None) -> WritingJob:
        """Train it on a text or Markdown."""
        return self._train(id, {"text": text}, title, idempotency_key)

    def train_file(
        self,
        id: str,
        file: Path,
        title: str | None = None,
        idempotency_key: str | None = None,
        seen: Seen = unseen,
    ) -> WritingJob:
        """Train it on a file: a PDF, or else a text."""
        if file.suffix.lower() != ".pdf":
            return self.train(id, file.read_text(encoding="utf-8"), title or file.stem, idempotency_key)
        upload = send_to(self._connection, f"{_session(id)}/uploads", File(file, file.name, seen))
        return self._train(id, {"upload": upload}, title, idempotency_key)

    def generate(
        self, id: str, topic: str, words: int, idempotency_key: str | None = None, **options: Any
    ) -> WritingJob:
        """Let it write: format, outline, sources, language, tone, provider, model, fresh."""
        given = {name: value for name, value in options.items() if value is not None}
        body = {"topic": topic, "words": words} | given
        return self._connection.post(WritingJob, f"{_session(id)}/generate", dumped(body), **_key(idempotency_key))

    def jobs(self) -> Iterator[WritingJob]:
        """The jobs of all sessions, newest first."""
        for page in self._connection.pages(JobPage, "/v1/jobs"):
            yield from page.jobs

    def job(self, id: str) -> WritingJob:
        """How the job is."""
        return self._connection.get(WritingJob, _job(id))

    def cancel(self, id: str) -> WritingJob:
        """End it early."""
        return self._connection.post(WritingJob, f"{_job(id)}/cancel")

    def text(self, id: str) -> LiveText:
        """What it has written so far."""
        return self._connection.get(LiveText, f"{_job(id)}/text")

    def wait(self, id: str, seen: Callable[[WritingJob], None] = lambda job: None) -> WritingJob:
        """The job when it is over; `seen` is called with each look at it."""
        waited, outages = 0.0, 0
        while True:
            try:
                job, outages = self.job(id), 0
                seen(job)
                if job.state in OVER:
                    return job
            except Unreachable:
                outages += 1
                if outages == OUTAGES:
                    raise
            seconds = min(max(waited / 10, FASTEST), SLOWEST)
            self._connection.pause(seconds)
            waited += seconds

    def result(self, id: str, format: str | None = None) -> bytes:
        """The whole text, in the form that it was asked for or in another: markdown, html, docx, pdf."""
        return b"".join(Download(self._connection, lambda: self._link(id, format)).pieces())

    def download(self, id: str, file: Path, format: str | None = None, seen: Seen = unseen) -> None:
        """The whole text into a file."""
        save(self._connection, lambda: self._link(id, format), file, seen)

    def _train(self, id: str, body: dict[str, Any], title: str | None, key: str | None) -> WritingJob:
        given = body | ({"title": title} if title else {})
        return self._connection.post(WritingJob, f"{_session(id)}/train", dumped(given), **_key(key))

    def _link(self, id: str, format: str | None) -> str:
        link = self._connection.get(Link, f"/v1/results/{segment(id)}", format=format)
        return link.url or ""


def _session(id: str) -> str:
    return f"/v1/sessions/{segment(id)}"


def _job(id: str) -> str:
    return f"/v1/jobs/{segment(id)}"


def _key(given: str | None) -> dict[str, str]:
    return {"Idempotency_Key": given or uuid4().hex}
