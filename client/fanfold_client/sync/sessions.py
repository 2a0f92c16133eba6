# Made by `make client` of aio/sessions.py: do not edit.
"""Writing sessions: they learn from documents and write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Unpack
from uuid import uuid4

from fanfold_client.calls import given, segment
from fanfold_client.documents import is_pdf, text_of
from fanfold_client.files import Seen, of, unseen
from fanfold_client.models import (
    DeletedSession,
    Document,
    DocumentList,
    StyleProfile,
    WritingJob,
    WritingReceipt,
    WritingSession,
)
from fanfold_client.models.options import SessionOptions, TextOptions
from fanfold_client.sync.connection import Connection
from fanfold_client.sync.uploads import send

ROOT = "/v1/sessions"
Documents = list[Document]


def _path(id: str) -> str:
    return f"{ROOT}/{segment(id)}"


class WritingSessions:
    """A deployment's writing sessions, as one tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, idempotency_key: str | None = None, **options: Unpack[SessionOptions]) -> WritingSession:
        """A new session: name, provider, model, language, tone, metadata."""
        return self._connection.post(WritingSession, ROOT, given(options), idempotency_key or uuid4().hex)

    def get(self, id: str) -> WritingSession:
        """How the session is."""
        return self._connection.get(WritingSession, _path(id))

    def list(self) -> Iterator[WritingSession]:
        """All sessions, newest first."""
        return self._connection.listed(WritingSession, ROOT, "sessions")

    def edit(self, id: str, **news: Unpack[SessionOptions]) -> WritingSession:
        """Change its name, provider, model, language, tone or metadata. None takes a value away."""
        return self._connection.patch(WritingSession, _path(id), news)

    def delete(self, id: str) -> DeletedSession:
        """Forget it: at once here, then everything of it in the deployment and at its provider."""
        return self._connection.delete(DeletedSession, _path(id))

    def reset(self, id: str) -> WritingSession:
        """Forget what it has learnt and written."""
        return self._connection.post(WritingSession, f"{_path(id)}/reset")

    def history(self, id: str) -> Iterator[WritingJob]:
        """Its jobs, newest first."""
        return self._connection.listed(WritingJob, f"{_path(id)}/history", "jobs")

    def documents(self, id: str) -> Documents:
        """What it learns from."""
        return (self._connection.get(DocumentList, f"{_path(id)}/documents")).documents

    def profile(self, id: str) -> StyleProfile:
        """What it has learnt."""
        return self._connection.get(StyleProfile, f"{_path(id)}/profile")

    def edit_profile(self, id: str, **news: Any) -> StyleProfile:
        """Change its `style` (a part of it) or its `summary`."""
        return self._connection.patch(StyleProfile, f"{_path(id)}/profile", news)

    def train(self, id: str, text: str, title: str | None = None, idempotency_key: str | None = None) -> WritingReceipt:
        """Train it on a text or Markdown."""
        return self._train(id, {"text": text}, title, idempotency_key)

    def train_file(
        self,
        id: str,
        file: str | Path,
        title: str | None = None,
        idempotency_key: str | None = None,
        seen: Seen = unseen,
    ) -> WritingReceipt:
        """Train it on a file: a PDF, a Word document (.docx), Markdown or a text.

        Raises Refused for another kind, and for a document without text.
        """
        sent = of(file, None, seen)
        if not is_pdf(sent.path):
            return self.train(id, text_of(sent.path), title or sent.path.stem, idempotency_key)
        named = sent._replace(name=f"{sent.path.stem}.pdf")
        upload = send(self._connection, named, f"{_path(id)}/uploads")
        return self._train(id, {"upload": upload}, title, idempotency_key)

    def generate(
        self, id: str, topic: str, words: int, idempotency_key: str | None = None, **options: Unpack[TextOptions]
    ) -> WritingReceipt:
        """Let it write: format, outline, sources, language, tone, provider, model, fresh."""
        body = {"topic": topic, "words": words} | given(options)
        path = f"{_path(id)}/generate"
        return self._connection.post(WritingReceipt, path, body, idempotency_key or uuid4().hex)

    def _train(self, id: str, body: dict[str, Any], title: str | None, key: str | None) -> WritingReceipt:
        asked = body | given({"title": title})
        return self._connection.post(WritingReceipt, f"{_path(id)}/train", asked, key or uuid4().hex)
