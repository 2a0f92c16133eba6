"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer
from fanfold_client.models.shared import UploadForm


class DeletedSession(Answer):
    """A session that is being removed with everything of it."""

    id: str
    state: str = "deleting"


class DocumentUpload(Answer):
    """Send the PDF with the form, then train on this `upload`."""

    upload: str
    form: UploadForm
    max_bytes: int = 0


class Document(Answer):
    """In the API DocumentView."""

    id: str
    title: str = ""
    kind: str = ""
    state: str
    pages: int = 0
    pages_without_text: list[int] = Field(default_factory=list)
    words: int = 0
    sent_as: str | None = None
    error: str | None = None


class Section(Answer):
    """In the API SectionView."""

    number: int = 0
    title: str = ""
    state: str
    words: int = 0
    asked: int = 0
    repaired: bool = False
    text: str | None = None
    """Only where the text is asked for."""


class Style(Answer):
    """How the documents are written."""

    voice: str = ""
    tone: str = ""
    sentences: str = ""
    vocabulary: str = ""
    structure: str = ""
    devices: list[str] = Field(default_factory=list)
    avoid: list[str] = Field(default_factory=list)


class TokenTotals(Answer):
    """Tokens of models; `cache_hit_ratio` is the part of the input that came from a provider's cache."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_hit_ratio: float = 0


class WritingReceipt(Answer):
    """The answer to a new job: only what never changes, so that a replay gets the same."""

    id: str
    state: str = "pending"
    created_at: str = ""


class DocumentList(Answer):
    """In the API DocumentList."""

    documents: list[Document] = Field(default_factory=list)


class WritingJob(Answer):
    """A job; `percent` is rounded down, `within` says whether the length is within a tenth of what was asked."""

    id: str
    session: str = ""
    task: str = ""
    state: str
    title: str = ""
    provider: str = ""
    model: str = ""
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    notes: list[str] = Field(default_factory=list)
    words: int = 0
    words_asked: int | None = None
    within: bool | None = None
    percent: int = 0
    sections: list[Section] = Field(default_factory=list)
    tokens: TokenTotals = Field(default_factory=lambda: TokenTotals())
    cost_usd: float | None = None
    cached_from: str | None = None
    format: str | None = None


class LiveText(Answer):
    """What is written so far, in order; a section that is not there yet has no text."""

    id: str
    state: str
    title: str = ""
    sections: list[Section] = Field(default_factory=list)


class StyleProfile(Answer):
    """In the API ProfileView."""

    style: Style = Field(default_factory=lambda: Style())
    summary: str = ""
    version: int = 0
    edited: bool = False
    updated_at: str = ""
    documents: list[str] = Field(default_factory=list)


class WritingSession(Answer):
    """A session as the API shows it; `cost_usd` is that of the jobs that are over."""

    id: str
    name: str | None = None
    state: str
    provider: str = ""
    model: str | None = None
    language: str | None = None
    tone: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    created_at: str = ""
    last_activity: str = ""
    jobs: int = 0
    tokens: TokenTotals = Field(default_factory=lambda: TokenTotals())
    cost_usd: float = 0
