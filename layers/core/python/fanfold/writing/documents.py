"""What a session learns from: its documents, and the style profile that is made of them."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fanfold.errors import NotFound, Superseded
from fanfold.ports import Change, Item, Key, Query, Table, every_item
from fanfold.writing.session import Session, SessionRef


class DocumentState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Document(BaseModel):
    """A document; its id is that of the job that trains on it."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    kind: Literal["pdf", "text"]
    source: str
    """The object that holds it as it came."""
    provider: str
    """Whose files it may be among."""
    state: DocumentState = DocumentState.WAITING
    created_at: str
    bytes: int = 0
    pages: int = 0
    without_text: tuple[int, ...] = ()
    """The first pages that hold no text, such as scans."""
    words: int = 0
    text: str | None = None
    """The object that holds its text."""
    file: str | None = None
    """The provider's id of it; None where it goes in as text."""
    error: str | None = None


class Style(BaseModel):
    """How the documents are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str = Field(default="", max_length=2000)
    tone: str = Field(default="", max_length=2000)
    sentences: str = Field(default="", max_length=2000)
    vocabulary: str = Field(default="", max_length=2000)
    structure: str = Field(default="", max_length=2000)
    devices: tuple[str, ...] = Field(default=(), max_length=40)
    avoid: tuple[str, ...] = Field(default=(), max_length=40)


class StyleProfile(BaseModel):
    """What a session has learnt, for its owner to read and to change. `version` counts the changes."""

    model_config = ConfigDict(frozen=True)

    style: Style
    summary: str = Field(default="", max_length=32_000)
    """What the documents say."""
    version: int = 1
    edited: bool = False
    updated_at: str
    documents: tuple[str, ...] = ()
    """The documents that it is made of."""


class Documents:
    """Documents and profiles of sessions, each of one epoch."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, ref: SessionRef, epoch: int, id: str) -> Document:
        """The document. Raises NotFound."""
        item = self._table.get(ref.key(_sk(epoch, id)))
        if item is None:
            raise NotFound(f"there is no document {id!r}", field="document")
        return _document(item)

    def all(self, session: Session) -> Iterator[Document]:
        """The session's documents, in the order of their ids."""
        query = Query(partition=session.ref.partition, prefix=f"D#{session.epoch:04d}#")
        return map(_document, every_item(self._table, query))

    def ready(self, session: Session) -> list[Document]:
        """Those that the session has learnt from, oldest first."""
        found = [document for document in self.all(session) if document.state is DocumentState.READY]
        return sorted(found, key=lambda document: (document.created_at, document.id))

    def note(self, ref: SessionRef, epoch: int, id: str, **news: Any) -> bool:
        """Change a document that still waits; False if it does not, or is gone."""
        return self._table.change(noted(ref, epoch, id, **news)) is not None

    def profile(self, session: Session) -> StyleProfile | None:
        """What the session has learnt, if anything."""
        item = self._table.get(session.ref.key(_profile(session.epoch)))
        return StyleProfile.model_validate(item) if item else None

    def put_profile(self, session: Session, profile: StyleProfile, before: StyleProfile | None) -> None:
        """Keep the profile in the place of the one that was read. Raises Superseded."""
        if self._table.change(profiled(session, profile, before)) is None:
            raise Superseded(f"the profile of session {session.id} has changed")


def added(session: Session, document: Document) -> Change:
    """The write of a new document, once."""
    item = document.model_dump(mode="json", exclude={"id"}, exclude_none=True)
    return Change(key=session.ref.key(_sk(session.epoch, document.id)), set=item, expect={"state": None})


def noted(ref: SessionRef, epoch: int, id: str, **news: Any) -> Change:
    """The write that changes a document that waits."""
    return Change(key=ref.key(_sk(epoch, id)), set=news, expect={"state": DocumentState.WAITING})


def profiled(session: Session, profile: StyleProfile, before: StyleProfile | None) -> Change:
    """The write of a profile that takes the place of `before`."""
    key: Key = session.ref.key(_profile(session.epoch))
    item = profile.model_dump(mode="json")
    return Change(key=key, set=item, expect={"version": before.version if before else None})


def _sk(epoch: int, id: str) -> str:
    return f"D#{epoch:04d}#{id}"


def _profile(epoch: int) -> str:
    return f"P#{epoch:04d}"


def _document(item: Item) -> Document:
    return Document.model_validate(item | {"id": item["sk"].rpartition("#")[2]})
