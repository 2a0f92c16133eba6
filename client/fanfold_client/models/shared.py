"""What several parts of the API answer with. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer


class BatchCost(Answer):
    """What the calls so far cost, those that a retry replaced included. Money set aside is not spent."""

    spent_usd: float | None = None
    """None if no price is known."""
    list_usd: float | None = None
    """The same calls in real time and without the provider's cache."""
    saved_usd: float | None = None
    unpriced_requests: int = 0
    """Calls to models whose price is not known: they are in no sum."""


class BatchProgress(Answer):
    """Requests: all that were taken in, those done, and those the provider says it is done with. In a retry, what
    is tried again is not settled any more; what was cancelled with its batch never was."""

    total: int = 0
    done: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    """Those of the failed that were cancelled before they were answered."""
    done_at_provider: int = 0
    percent: int = 0
    """Rounded down: 100 only when every request is settled."""
    per_second: float | None = None
    """Requests that got done a second since this round began; None if that is not known, or nothing runs."""
    eta_seconds: int | None = None
    """Seconds until the rest is done at this pace; None if that is not known."""


class Callbacks(Answer):
    """Who is told of the end of this one job."""

    webhook_url: str = ""
    """An address on the internet that begins with https://; it is called as webhooks are."""


class ExpectedCost(Answer):
    """Dollars; None if the price of any of it is not known."""

    expected_usd: float | None = None
    most_usd: float | None = None


class Fallback(Answer):
    """A model that may answer in place of the one that was asked for: of the same provider, if it names none."""

    provider: str | None = None
    model: str | None = None
    """None is the provider's default."""


class JobTotals(Answer):
    """How many jobs a tenant has by state, among the newest `counted`; all of them if it is `complete`."""

    by_state: dict[str, int] = Field(default_factory=dict)
    with_failures: int = 0
    """Those that failed, or some of whose units did."""
    counted: int = 0
    complete: bool = False


class Link(Answer):
    """Where a file can be had for a while, without a key."""

    url: str


class Sample(Answer):
    """A sample of the input, which is asked in real time whatever the batch's mode."""

    rows: int = 20
    """Requests, drawn evenly from all of them; the same from the same input."""
    budget_usd: float = 1.0


class Tokens(Answer):
    """Tokens of results; cached ones are among the input, and reasoning among the output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


class UploadForm(Answer):
    """A presigned POST: send `fields` and then the file to `url` as multipart/form-data."""

    url: str
    fields: dict[str, str] = Field(default_factory=dict)


class Waiting(Answer):
    """Why, since when, when it is tried next, and in whose words. Times are stamps of UTC."""

    reason: str = ""
    since: str = ""
    next_try: str | None = None
    said: str | None = None
    """The provider's words, or ours."""
    tries: int = 0
    """How often it was tried."""


class ModelEstimate(Answer):
    """The requests for one model."""

    model: str = ""
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    most_input_tokens: int = 0
    most_output_tokens: int = 0
    lanes: dict[str, ExpectedCost] = Field(default_factory=dict)
    """By lane, as if all of them went that way."""
    assumed: str = ""
    """Where the output tokens come from."""


class Options(Answer):
    """What holds for all requests of a batch that do not say otherwise themselves. It must fit into one item."""

    provider: str = "openai"
    model: str | None = None
    endpoint: str = "chat"
    """What all its requests ask; `responses` and `embeddings` are OpenAI's."""
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
    from_template: str | None = None
    """A saved template by its name, or `name@version`: it says what is not said here."""
    variables: dict[str, str] = Field(default_factory=dict)
    """What the variables of the saved template hold."""
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


class Shard(Answer):
    """One batch at the provider."""

    number: int = 0
    round: int = 0
    state: str
    batch: str | None = None
    """The provider's id of it."""
    requests: int = 0
    done: int = 0
    submitted_at: str | None = None
    stuck_since: str | None = None
    """Since when nothing has moved there, if that has been for too long."""
    failed_over_at: str | None = None
    """When it was given up as stuck; its requests went on in real time."""
    waiting_for: list[Waiting] = Field(default_factory=list)
    """What it waits for, and since when."""
    paid_twice: int | None = None
    """Requests that it answered all the same, as far as its provider said."""


class Estimate(Answer):
    """All requests of a job. Cached input is not foreseen; pictures and documents are not counted."""

    requests: int = 0
    lanes: dict[str, ExpectedCost] = Field(default_factory=dict)
    unpriced_requests: int = 0
    """Those for models whose price is not known."""
    models: list[ModelEstimate] = Field(default_factory=list)


class Lane(Answer):
    """What goes one way to the provider."""

    requests: int = 0
    done: int = 0
    shards: list[Shard] = Field(default_factory=list)


class Batch(Answer):
    """A batch as the API shows it."""

    id: str
    state: str
    name: str | None = None
    provider: str = ""
    model: str | None = None
    mode: str = ""
    lane: str | None = None
    """Which way its requests go; None until it is planned."""
    lane_reason: str | None = None
    """Why they go that way."""
    priority: str = ""
    deadline: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    description: str | None = None
    tags: list[str] = Field(default_factory=list)
    from_template: str | None = None
    """The saved template that it is of, with its version."""
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    """The first few lines that were not taken; all of them: `GET …/rejected`."""
    progress: BatchProgress = Field(default_factory=lambda: BatchProgress())
    """In a list without a look at its shards: what is tried again counts as done there."""
    tokens: Tokens = Field(default_factory=lambda: Tokens())
    cost: BatchCost = Field(default_factory=lambda: BatchCost())
    budget_usd: float | None = None
    estimate: Estimate | None = None
    """What its requests were expected to cost when they were planned."""
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    """Answers by why they ended."""
    empty: int = 0
    """Answers that hold no text."""
    notes: list[str] = Field(default_factory=list)
    """What there is to know about its input, and about how it ended."""
    note: str | None = None
    """Those about how it ended, in one line."""
    waiting_for: list[Waiting] = Field(default_factory=list)
    """What it waits for: why, since when, when it is tried next, and in whose words."""
    lanes: dict[str, Lane] = Field(default_factory=dict)
    """By lane, each provider batch that the requests went in; only where one batch is asked for."""
