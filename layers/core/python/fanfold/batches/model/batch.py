"""What a batch is made of: its options, and where its requests come from."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from fanfold.batches.model.encoding import known
from fanfold.batches.model.prompt_template import checked
from fanfold.clock import Moment
from fanfold.jobs.callbacks import Callbacks, url_of
from fanfold.jobs.job import Job
from fanfold.pricing.estimate import Estimate
from fanfold.pricing.tariff import Tariff

KIND = "batch"
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Prompts = Annotated[str, Field(max_length=8192), AfterValidator(checked)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
TemplateLabel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}(@[1-9]\d{0,5})?$")]


class LaneName(StrEnum):
    """The ways to a provider: its Batch API, or one call after the other."""

    BATCH = "batch"
    REALTIME = "realtime"


class Mode(StrEnum):
    """Who says which lane the requests of a batch go: its owner, or `auto`, its plan."""

    BATCH = "batch"
    REALTIME = "realtime"
    AUTO = "auto"


class Endpoint(StrEnum):
    """What the requests of a batch ask."""

    CHAT = "chat"
    """Conversations, which every provider has."""
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"


class Priority(StrEnum):
    """Which of the real-time lane's queues a batch waits in; each has workers of its own."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Again(StrEnum):
    """Which requests a retry tries again."""

    FAILED = "failed"
    """Those without an answer: what failed, expired or was cancelled."""
    TRUNCATED = "truncated"
    """Those whose answer was cut at a token limit."""
    EMPTY = "empty"
    """Those whose answer holds no text."""
    FILTERED = "filtered"
    """Those that the model or its provider declined to answer."""


OLD_LIMIT = (
    "answers that were cut are asked again under the limit that they had, and are likely to be cut again: "
    "`max_tokens` of a retry sets another"
)


class Fallback(BaseModel):
    """A model that may answer in place of the one that was asked for: of the same provider, if it names none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str | None = None
    model: Text | None = None
    """None is the provider's default."""


class Sample(BaseModel):
    """A sample of the input, which is asked in real time whatever the batch's mode."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=20, ge=1, le=1000)
    """Requests, drawn evenly from all of them; the same from the same input."""
    budget_usd: float = Field(default=1.0, gt=0, le=1000)


class Options(BaseModel):
    """What holds for all requests of a batch that do not say otherwise themselves. It must fit into one item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = "openai"
    model: Text | None = None
    endpoint: Endpoint = Field(default=Endpoint.CHAT, exclude_if=lambda endpoint: endpoint is Endpoint.CHAT)
    """What all its requests ask; `responses` are OpenAI's, `embeddings` OpenAI's and Gemini's."""
    mode: Mode = Mode.BATCH
    """Which lane its requests go; `auto` has that chosen when it is planned."""
    priority: Priority = Priority.NORMAL
    """Before which others it goes in the real-time lane."""
    deadline: Moment | None = None
    """When what has no answer yet is given up, as expired. In the batch lane it takes `failover` to hold it."""
    failover: bool | None = None
    """Whether what a stuck batch has not answered is asked in real time before it is too late; with a deadline, yes."""
    fallbacks: tuple[Fallback, ...] = Field(default=(), max_length=3)
    """Models that are asked in real time, in this order, when the one before has no answer for reasons of its own."""
    system: str | None = Field(default=None, max_length=65_536)
    batch_size: Count | None = None
    """Requests in one batch at the provider, at most; its own limit holds in any case."""
    budget_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    """What the batch may cost in all its rounds; what there is no money for ends as failed, of the kind `budget`."""
    max_tokens: Count | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop: str | tuple[str, ...] | None = None
    seed: Seed | None = None
    reasoning_effort: str | None = Field(default=None, max_length=32)
    tools: tuple[dict[str, Any], ...] | None = None
    """Functions that the model may call, as OpenAI writes them."""
    tool_choice: str | dict[str, Any] | None = None
    from_template: TemplateLabel | None = None
    """A saved template by its name, or `name@version`: it says what is not said here."""
    variables: dict[Label, Annotated[str, Field(max_length=8192)]] = Field(
        default={}, max_length=32, exclude_if=lambda given: not given
    )
    """What the variables of the saved template hold."""
    template: Prompts | None = None
    """A prompt with gaps, such as `Classify: {text}`, that rows and lines are filled into."""
    id_column: Text | None = None
    """The field of a record, or the column, that is its custom_id."""
    keep_columns: tuple[Text, ...] | Literal["all"] = ()
    """Fields of a record that are kept beside its result."""
    allow_empty: bool = False
    """Whether a field that the template names may be empty."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What sets the fields of a CSV apart; it is found if nothing is said."""
    encoding: Annotated[str, AfterValidator(known)] | None = None
    """Of the input's text; UTF-8, UTF-16 and Windows-1252 are told apart if nothing is said."""
    response_schema: dict[str, Any] | None = None
    """A JSON Schema that every output has to keep to."""
    repair: bool = True
    """Whether an output that does not is shown to the model once, with what is wrong with it; in real time only."""
    collapse: bool = False
    """Whether requests that ask the same are asked once."""
    cache: bool = False
    """Whether answers are taken from, and left for, other batches of the tenant that ask the same."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds that a request in real time may take; None is what the operator has set."""
    retry_attempts: int | None = Field(default=None, ge=1, le=50)
    """Calls of a request in real time that may fail before it does."""
    requests_per_minute: Count | None = None
    """The pace in real time, at most; the provider's limits hold in any case."""
    retention_days: int | None = Field(default=None, ge=1, le=3650)
    """How long it is kept after its end, if that is less than its tenant's batches are."""
    hooks: tuple[Text, ...] = Field(default=(), max_length=8)
    """What each request goes through before it is sent, and each result after it is received."""
    callbacks: Callbacks | None = None
    """Who is told of its end, beside the tenant's webhooks."""
    sample: Sample | None = None
    """Makes the batch a pilot: only a sample of its requests is asked; `POST …/go` begins the whole."""
    name: Text | None = None
    description: str | None = Field(default=None, max_length=4096)
    tags: tuple[Text, ...] = Field(default=(), max_length=16)
    metadata: dict[Label, Annotated[str, StringConstraints(max_length=512)]] = Field(default={}, max_length=16)

    @property
    def fails_over(self) -> bool:
        """Whether a batch that is stuck may be asked in real time."""
        return self.failover if self.failover is not None else self.deadline is not None


class BatchSource(BaseModel):
    """The object that holds the requests, and how."""

    model_config = ConfigDict(frozen=True)

    key: str
    format: Literal["jsonl", "csv"] = "jsonl"
    etag: str | None = None
    """Which of the objects of that key it is, of a dropped file: a later one is another batch's."""
    version: str | None = None
    """Of an upload, as it was handed in: its form may be sent again, and then it is another file."""


class Surface(BaseModel):
    """What a batch was asked for with through another SDK's surface that is none of its options."""

    model_config = ConfigDict(frozen=True)

    asked: str = ""
    """SHA-256 of the call: an SDK that makes it again by itself gets the same batch."""
    endpoint: str = ""
    window: str = ""
    """The completion window, as it was given."""
    file: str = ""
    """The id of its input file there."""
    output_seconds: int | None = None
    """How long its output files can be had."""
    model: str = ""
    requests: int = 0
    """How many came in the call itself."""
    deleted: tuple[str, ...] = ()
    """Its files that were deleted there."""


class BatchJob(Job):
    """A batch, as its META item keeps it."""

    kind: str = KIND
    options: Options
    sources: tuple[BatchSource, ...] = ()
    shards: int = 0
    requests: int = 0
    """Requests of its input that can be run: more than it has, if it asks a sample of them."""
    repeated: int = 0
    """Of those, how many ask what another one does."""
    lane: LaneName | None = None
    """Which way its requests go; None until that is known."""
    lane_reason: str | None = None
    """Why, in words."""
    only: str | None = None
    """The kind of fault that its round tries again; None for all that `again` says."""
    again: tuple[Again, ...] = (Again.FAILED,)
    """Which requests its round tries again."""
    again_max_tokens: int | None = None
    """The output tokens that requests of its round may have; None for what each says itself."""
    samples: tuple[dict[str, Any], ...] = ()
    """The first few rejected lines; all of them are in the object `rejected.jsonl`."""
    dry_run: bool = False
    """Whether it is only planned, and then a draft again."""
    estimate: Estimate | None = None
    """What its requests were expected to cost when they were planned."""
    tariffs: dict[str, Tariff] = Field(default={})
    """The prices by which it is charged, by model; a model that is missing has no known price."""
    waves: int = 0
    """Rounds that were begun by themselves, for requests that there was no money set aside for before."""
    budgeted: bool = False
    """Whether it, or its tenant, had a budget when it was planned: then money is set aside before it is spent."""
    kept_columns: tuple[str, ...] = ()
    """The fields of its records that are kept beside results, those that tables of them have."""
    notes: tuple[str, ...] = ()
    """What its owner should know about its input, as it was planned."""
    ending_notes: tuple[str, ...] = ()
    """What its owner should know about how it ended."""
    exports: dict[str, str] = Field(default={})
    """When each form of the results was last asked for."""
    surface: Surface | None = None
    """How it was asked for, if that was through another SDK."""

    @property
    def retention_days(self) -> int | None:
        return self.options.retention_days

    @property
    def label(self) -> str | None:
        return self.options.name

    @property
    def labels(self) -> tuple[str, ...]:
        return self.options.tags

    @property
    def callback_url(self) -> str | None:
        return url_of(self.options.callbacks)

    @property
    def shares(self) -> bool:
        """Whether its answers are those of others that ask the same, and theirs its own."""
        return self.options.cache or self.options.sample is not None

    @property
    def note(self) -> str | None:
        """How it ended, in one line."""
        return "; ".join(self.ending_notes) or None

    @property
    def round_notes(self) -> tuple[str, ...]:
        """What its owner should know about a round that tries requests again, while it lasts."""
        if Again.TRUNCATED not in self.again or self.finished_at is not None:
            return ()
        if self.again_max_tokens is None:
            return (OLD_LIMIT,)
        return (f"what is asked again may have {self.again_max_tokens:,} output tokens",)

    @property
    def goes(self) -> LaneName:
        """Which lane its requests go, as far as that is known; without a choice it is the batch lane."""
        asked = LaneName.REALTIME if self.options.mode is Mode.REALTIME else LaneName.BATCH
        return self.lane or asked
