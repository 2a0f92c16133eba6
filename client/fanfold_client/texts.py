"""What the writing service answers. Fields that this client does not know yet are kept."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Page


class Tokens(Answer):
    """Tokens of models; `cache_hit_ratio` is the part of the input that came from a provider's cache."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_hit_ratio: float = 0


class WritingSession(Answer):
    """A writing session: `state` is new or trained."""

    id: str
    state: str
    name: str | None = None
    provider: str | None = None
    model: str | None = None
    language: str | None = None
    tone: str | None = None
    created_at: str
    last_activity: str
    jobs: int = 0
    tokens: Tokens = Tokens()
    cost_usd: float = 0


class SessionPage(Page):
    sessions: list[WritingSession]


class Document(Answer):
    """What a session learns from: `state` is waiting, ready or failed."""

    id: str
    title: str
    state: str
    pages: int = 0
    words: int = 0
    error: str | None = None


class Documents(Answer):
    documents: list[Document]


class StyleProfile(Answer):
    """What a session has learnt."""

    style: dict[str, Any]
    summary: str
    version: int


class Section(Answer):
    """A section of a text: `state` is waiting, writing or written; `text` is there in a live text only."""

    number: int
    title: str
    state: str
    words: int = 0
    asked: int = 0
    text: str | None = None


class WritingJob(Answer):
    """A job of a session. `state` is pending, training, generating, completed, failed or cancelled."""

    id: str
    state: str
    session: str = ""
    task: str = ""
    title: str = ""
    model: str | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    notes: list[str] = Field(default_factory=list)
    words: int = 0
    words_asked: int | None = None
    within: bool | None = None
    percent: int = 0
    sections: list[Section] = Field(default_factory=list)
    tokens: Tokens = Tokens()
    cost_usd: float | None = None


class JobPage(Page):
    jobs: list[WritingJob]


class LiveText(Answer):
    """What is written so far."""

    id: str
    state: str
    title: str
    sections: list[Section]
