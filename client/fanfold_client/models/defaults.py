"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer
from fanfold_client.models.shared import Callbacks


class Fallback(Answer):
    """A model that may answer in place of the one that was asked for: of the same provider, if it names none."""

    provider: str | None = None
    model: str | None = None
    """None is the provider's default."""


class Sample(Answer):
    """A sample of the input, which is asked in real time whatever the batch's mode."""

    rows: int = 20
    """Requests, drawn evenly from all of them; the same from the same input."""
    budget_usd: float = 1.0


class Options(Answer):
    """What holds for all requests of a batch that do not say otherwise themselves. It must fit into one item."""

    provider: str = "openai"
    model: str | None = None
    mode: str = "batch"
    """Which lane its requests go; `auto` has that chosen when it is planned."""
    priority: str = "normal"
    """Before which others it goes in the real-time lane."""
    deadline: str | None = None
    """When what has no answer yet is given up, as expired. In the batch lane it takes `failover` to hold it."""
    failover: bool | None = None
    """Whether what a stuck batch has not answered is asked in real time before it is too late; with a deadline,
    yes."""
    fallbacks: list[Fallback] = Field(default_factory=list)
    """Models that are asked in real time, in this order, when the one before has no answer for reasons of its
    own."""
    system: str | None = None
    batch_size: int | None = None
    """Requests in one batch at the provider, at most; its own limit holds in any case."""
    budget_usd: float | None = None
    """What the batch may cost in all its rounds; what there is no money for ends as failed, of the kind
    `budget`."""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    tools: list[dict[str, Any]] | None = None
    """Functions that the model may call, as OpenAI writes them."""
    tool_choice: str | dict[str, Any] | None = None
    template: str | None = None
    """A prompt with gaps, such as `Classify: {text}`, that rows and lines are filled into."""
    id_column: str | None = None
    """The field of a record, or the column, that is its custom_id."""
    keep_columns: list[str] | str = Field(default_factory=list)
    """Fields of a record that are kept beside its result."""
    allow_empty: bool = False
    """Whether a field that the template names may be empty."""
    delimiter: str | None = None
    """What sets the fields of a CSV apart; it is found if nothing is said."""
    encoding: str | None = None
    """Of the input's text; UTF-8, UTF-16 and Windows-1252 are told apart if nothing is said."""
    response_schema: dict[str, Any] | None = None
    """A JSON Schema that every output has to keep to."""
    repair: bool = True
    """Whether an output that does not is shown to the model once, with what is wrong with it; in real time only."""
    collapse: bool = False
    """Whether requests that ask the same are asked once."""
    cache: bool = False
    """Whether answers are taken from, and left for, other batches of the tenant that ask the same."""
    timeout: float | None = None
    """Seconds that a request in real time may take; None is what the operator has set."""
    retry_attempts: int | None = None
    """Calls of a request in real time that may fail before it does."""
    requests_per_minute: int | None = None
    """The pace in real time, at most; the provider's limits hold in any case."""
    retention_days: int | None = None
    """How long it is kept after its end, if that is less than its tenant's batches are."""
    hooks: list[str] = Field(default_factory=list)
    """What each request goes through before it is sent, and each result after it is received."""
    callbacks: Callbacks | None = None
    """Who is told of its end, beside the tenant's webhooks."""
    sample: Sample | None = None
    """Makes the batch a pilot: only a sample of its requests is asked; `POST …/go` begins the whole."""
    name: str | None = None
    description: str | None = None
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
