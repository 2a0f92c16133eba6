"""A writing session: its options, what it has learnt from, and what it has used.

    open (new ──▶ trained) ──▶ deleting

An *epoch* counts the times that a session was emptied (reset or deleted): whatever belongs to an earlier epoch is of
no effect any more, and is removed.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.ports import Key
from fanfold.versions import Steps

Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Fact = Annotated[str, StringConstraints(max_length=512)]


EMPTIED = "its session was reset or deleted"
"""Why a job of an earlier epoch is cancelled."""


class SessionState(StrEnum):
    OPEN = "open"
    DELETING = "deleting"


class SessionOptions(BaseModel):
    """What the owner says of a session."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text | None = None
    provider: str = "anthropic"
    model: Text | None = None
    """None is the provider's default."""
    language: Text | None = None
    """The language to write in; None is that of the documents."""
    tone: Text | None = None
    metadata: dict[Label, Fact] = Field(default={}, max_length=16)


class SessionRef(BaseModel):
    """Which session."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    session: str

    @property
    def partition(self) -> str:
        """Where all of its items live."""
        return f"T#{self.tenant}#S#{self.session}"

    def key(self, sk: str) -> Key:
        return Key(self.partition, sk)

    def folder(self, epoch: int) -> str:
        """The prefix of the objects of one epoch."""
        return f"sessions/{self.tenant}/{self.session}/{epoch:04d}/"

    def uploads(self, epoch: int) -> str:
        """The prefix under which its documents are uploaded."""
        return f"uploads/{self.tenant}/sessions/{self.session}/{epoch:04d}/"

    def marker(self, epoch: int) -> str:
        """What the names of its files at a provider begin with."""
        return f"fanfold-{self.session}-{epoch:04d}-"


class Session(BaseModel):
    """A session, as its META item keeps it."""

    model_config = ConfigDict(frozen=True)

    STEPS: ClassVar[Steps] = ()
    """From each version of the item to the next."""

    tenant: str
    id: str
    written_as: int = 1
    state: SessionState = SessionState.OPEN
    created_at: str
    last_activity: str
    fingerprint: str
    options: SessionOptions
    version: int = 0
    epoch: int = 1
    cleared: int = 0
    """Everything up to this epoch is removed."""
    removals: int = 0
    """Executions that were started to remove something."""
    trained: bool = False

    @property
    def ref(self) -> SessionRef:
        return SessionRef(tenant=self.tenant, session=self.id)

    @property
    def folder(self) -> str:
        return self.ref.folder(self.epoch)

    @property
    def stale(self) -> bool:
        """Whether something is left of an earlier epoch."""
        return self.cleared < self.epoch - 1


class SessionTotals(BaseModel):
    """What the jobs of a session have used, added up at the end of each; `cost` is in nanodollars."""

    model_config = ConfigDict(frozen=True)

    jobs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: int = 0


def plain(options: SessionOptions) -> dict[str, Any]:
    """The options as an item keeps them."""
    return options.model_dump(mode="json", exclude_none=True)
