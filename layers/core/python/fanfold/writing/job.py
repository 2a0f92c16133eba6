"""A job of a writing session: it trains the session on a document, or writes a text.

    accepted (waits for a lease) ──▶ running ──▶ completed, failed, cancelled

`run` is the fencing number of its executions, `attempt` that of a section's writers.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.errors import JobRefused
from fanfold.jobs.job import OVER, Job
from fanfold.versions import VersionedMessage
from fanfold.writing.formats import Format
from fanfold.writing.leases import Ticket
from fanfold.writing.session import SessionRef, Text

KIND = "writing"
MOST_WORDS = 50_000


class WritingTask(StrEnum):
    TRAIN = "train"
    WRITE = "write"


class Heading(BaseModel):
    """A section as the user wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text
    about: Annotated[str, StringConstraints(max_length=2000)] = ""


class Wish(BaseModel):
    """What is to be written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8192)]
    words: Annotated[int, Field(ge=50, le=MOST_WORDS)]
    format: Format = "markdown"
    outline: Annotated[tuple[Heading, ...], Field(min_length=1, max_length=40)] | None = None
    """None lets the model make one."""
    sources: bool = False
    """Whether the text says which documents it draws on."""
    language: Text | None = None
    tone: Text | None = None
    provider: str | None = None
    model: Text | None = None
    """These four: None is the session's."""


class WritingJob(Job):
    """A job, as its META item keeps it. `chunks` are its sections, `counts` its calls and tokens."""

    kind: str = KIND
    session: str
    epoch: int
    task: WritingTask
    provider: str
    model: str
    title: str = ""
    """The document's title, or the text's once it has one."""
    wish: Wish | None = None
    words: int = 0
    """Words that were written."""
    pages: int = 0
    cost: int | None = None
    """Nanodollars; None if the model's price is not known."""
    cached_from: str | None = None
    """The job whose results these are."""
    notes: tuple[str, ...] = ()
    """What its owner should know of the result."""

    @property
    def label(self) -> str | None:
        return self.title or None

    @property
    def session_ref(self) -> SessionRef:
        return SessionRef(tenant=self.tenant, session=self.session)

    @property
    def ticket(self) -> Ticket:
        """Its place among those who wait."""
        return Ticket(self.created_at, self.ref)

    @property
    def line(self) -> str:
        """The sort key of its line in its session's history."""
        return f"H#{self.epoch:04d}#{self.created_at}#{self.id}"

    @property
    def asked(self) -> Wish:
        """What it is to write. Raises JobRefused for one that writes nothing."""
        if self.wish is None:
            raise JobRefused(f"job {self.id} writes no text")
        return self.wish

    @property
    def over(self) -> bool:
        return self.state in OVER


class Start(VersionedMessage):
    """The input of an execution, and with `step` what its functions are called with."""

    model_config = ConfigDict(frozen=True)

    task: Literal["train", "write", "remove"]
    tenant: str
    job: str
    run: int
    correlation_id: str
    grace: int = 0
    """Seconds between the two passes of a removal."""
    upto: int = 0
    """The last epoch that a removal is for."""
