"""What a tenant sees of their sessions, of what these learn from, and of what they learnt."""

from typing import Literal

from pydantic import BaseModel

from fanfold.errors import Conflict
from fanfold.writing.backend import WritingBackend
from fanfold.writing.documents import Document, DocumentState, Style, StyleProfile
from fanfold.writing.session import Session, SessionRef, SessionTotals

NANO = 1_000_000_000


class TokenTotals(BaseModel):
    """Tokens of models; `cache_hit_ratio` is the part of the input that came from a provider's cache."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_hit_ratio: float = 0


class SessionView(BaseModel):
    """A session as the API shows it; `cost_usd` is that of the jobs that are over."""

    id: str
    name: str | None
    state: Literal["new", "trained"]
    provider: str
    model: str | None
    language: str | None
    tone: str | None
    metadata: dict[str, str]
    created_at: str
    last_activity: str
    jobs: int = 0
    tokens: TokenTotals = TokenTotals()
    cost_usd: float = 0


class DeletedSession(BaseModel):
    """A session that is being removed with everything of it."""

    id: str
    state: str = "deleting"


class SessionPage(BaseModel):
    sessions: list[SessionView]
    cursor: str | None


class DocumentView(BaseModel):
    id: str
    title: str
    kind: str
    state: DocumentState
    pages: int
    pages_without_text: tuple[int, ...]
    words: int
    sent_as: Literal["file", "text"] | None
    error: str | None


class DocumentList(BaseModel):
    documents: list[DocumentView]


class ProfileView(BaseModel):
    style: Style
    summary: str
    version: int
    edited: bool
    updated_at: str
    documents: tuple[str, ...]


def session_view(session: Session, backend: WritingBackend) -> SessionView:
    """The session with what it has used."""
    tally: SessionTotals = backend.sessions.tally(session.ref)
    known = session.options.model_dump(include={"name", "provider", "model", "language", "tone", "metadata"})
    return SessionView(
        id=session.id,
        state="trained" if session.trained else "new",
        created_at=session.created_at,
        last_activity=session.last_activity,
        jobs=tally.jobs,
        tokens=token_totals(tally.input_tokens, tally.output_tokens, tally.cached_tokens),
        cost_usd=tally.cost / NANO,
        **known,
    )


def session_page(tenant: str, limit: int, cursor: str | None, backend: WritingBackend) -> SessionPage:
    """A page of the tenant's sessions, newest first."""
    found, after = backend.sessions.page(tenant, limit, cursor)
    return SessionPage(sessions=[session_view(each, backend) for each in found], cursor=after)


def documents_view(ref: SessionRef, backend: WritingBackend) -> DocumentList:
    """What the session learns from."""
    session = backend.sessions.get(ref)
    found = sorted(backend.documents.all(session), key=lambda each: (each.created_at, each.id))
    return DocumentList(documents=[_document(each) for each in found])


def profile_view(profile: StyleProfile) -> ProfileView:
    return ProfileView(**profile.model_dump())


def show_profile(ref: SessionRef, backend: WritingBackend) -> ProfileView:
    """What the session has learnt. Raises Conflict before there is anything."""
    session = backend.sessions.get(ref)
    profile = backend.documents.profile(session)
    if profile is None:
        raise Conflict(f"session {session.id} is not trained yet: it has no profile", field="session")
    return profile_view(profile)


def _document(document: Document) -> DocumentView:
    fields = {"id", "title", "kind", "state", "pages", "words", "error"}
    sent = None if document.state is not DocumentState.READY else "file" if document.file else "text"
    return DocumentView(**document.model_dump(include=fields), pages_without_text=document.without_text, sent_as=sent)


def token_totals(read: int, written: int, cached: int) -> TokenTotals:
    """Tokens that were read, written, and read from a provider's cache."""
    ratio = round(cached / read, 4) if read else 0
    return TokenTotals(input=read, output=written, cached=cached, cache_hit_ratio=ratio)
