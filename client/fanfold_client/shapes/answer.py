"""What all answers of the service share: fields that this client does not know yet are kept."""

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Page(Answer):
    """A part of a listing: `cursor` is where to go on, None at the end."""

    cursor: str | None = None


class Tokens(Answer):
    """Tokens of results; cached ones are among the input, and reasoning among the output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


class Form(Answer):
    """Where a file is posted, and the fields that go with it."""

    url: str
    fields: dict[str, str]


class Upload(Answer):
    """A place for a file of at most `max_bytes`."""

    upload: str
    form: Form
    max_bytes: int


class Link(Answer):
    """Where something can be downloaded for a while; None while it is being made."""

    url: str | None = None


class Check(Answer):
    ok: bool
    error: str | None = None


class Health(Answer):
    """Whether the service runs, and with details whether all it stands on answers."""

    status: str
    version: str = ""
    checks: dict[str, Check] = Field(default_factory=dict)
