"""What a forecast job is made of: its configuration, where its series come from, and its editions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fanfold.jobs.callbacks import Callbacks, url_of
from fanfold.jobs.identity import job_id
from fanfold.jobs.job import Job
from fanfold.schedules.model import ScheduleRef
from fanfold.schedules.timing import Timing

KIND = "forecast"
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ColumnRole = Literal["name", "date", "value", "group", "on_hand", "on_order", "lot_size", "minimum_order"]
DESCRIBING = frozenset({"name", "title", "tags", "metadata", "language", "callbacks"})
"""Options that change no number of a forecast."""
MOST = 1_000_000_000
Count = Annotated[int, Field(ge=1, le=MOST)]
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
READING = frozenset(
    {"columns", "delimiter", "encoding", "decimal", "day_first", "sheet", "header_row", "skip_rows"}
    | {"duplicates", "missing", "partial", "end"}
)
"""Options of how a file is read, called as the readers call them."""


class ForecastConfig(BaseModel):
    """How a portfolio is forecast. What is None is found out, or as the preset has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon: int = Field(default=12, ge=1, le=1000)
    """Steps ahead."""
    frequency: Text | None = None
    season: Count | tuple[Count, ...] | None = None
    """Steps of a season, or of several."""
    levels: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(default=(80, 95), max_length=8)
    """Of the intervals, in percent."""
    preset: Text | None = None
    validation_split: float | None = None
    models_to_try: Whole | None = None
    models: tuple[Text, ...] | None = None
    hooks: tuple[Text, ...] | None = None
    work_limit: Whole | None = None
    time_limit: float | None = Field(default=None, gt=0)
    """Seconds of clock that a model may take, as a last resort."""
    seasonal_preference: Text | None = None
    intermittent_detection: bool | None = None
    clean_outliers: bool | None = None
    life_detection: bool | None = None
    borrowing: bool | None = None
    non_negative: bool | None = None
    lead_time: float | None = None
    lead_time_deviation: float | None = None
    review_period: float | None = None
    service_level: float | None = None
    stacking: bool | None = None
    missing: Literal["line", "zero"] | None = None
    """What a missing value or a period without a row was; None goes by the file's shape."""
    chunk: Count | None = None
    """Series fitted at once."""
    parallel_chunks: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, exclude_if=lambda chunks: chunks is None
    )
    """Chunks that are fitted at a time; None is as many as the deployment fits, which is the most."""
    seed: Whole | None = None
    input_format: Text | None = None
    """Of the file: csv, xlsx, parquet, json or zip; None goes by its name."""
    columns: dict[ColumnRole, Text] = Field(default={})
    """Names of the file's columns by what they are; for `name` several, set apart by commas."""
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    encoding: Label | None = None
    decimal: Literal[".", ","] | None = None
    day_first: bool | None = None
    """Whether 1/2/2024 is the first of February."""
    sheet: Text | None = None
    header_row: Count | None = None
    skip_rows: int = Field(default=0, ge=0, le=MOST)
    duplicates: Literal["sum", "mean", "last", "error"] = "sum"
    """What several values for a date of a series come to."""
    partial: Literal["drop", "keep", "scale"] = "drop"
    """What becomes of a last period that is not over."""
    end: Text | None = None
    """The date of the portfolio's last period; None is the one that most series reach."""
    language: Text = "en"
    """Of explanations, recommendations and reports."""
    retrain: Literal["on_observations"] | None = None
    """Whether new observations have the portfolio forecast anew by themselves."""
    retrain_pause_minutes: int = Field(default=60, ge=1, le=10_080)
    """Minutes from the first new observation until then; what comes meanwhile is used, too."""
    alert_below: float = Field(default=0.3, ge=0, le=1)
    """Confidence below which a series is among the alerts."""
    max_series: Count | None = None
    """A cost limit: a portfolio of more series is refused before anything is fitted."""
    max_cost_usd: float | None = Field(default=None, gt=0)
    """The same in dollars, at the deployment's price of a series."""
    name: Text | None = None
    title: Text | None = None
    """Of reports; None is the name."""
    tags: tuple[Text, ...] = Field(default=(), max_length=16)
    metadata: dict[Label, Annotated[str, StringConstraints(max_length=512)]] = Field(default={}, max_length=16)
    callbacks: Callbacks | None = None
    """Who is told of its end, and of that of its editions, beside the tenant's webhooks."""


OPTIONS = ".options.json"
"""What the configuration of a dropped file ends in, beside it."""


class ForecastSource(BaseModel):
    """An object that series are in: a file as somebody made it, or series as we keep them."""

    model_config = ConfigDict(frozen=True)

    key: str
    filename: str | None = None
    """What the file is called, from which its format is guessed; None for series as we keep them."""
    etag: str | None = None
    """Which of the objects of that key it is, of a dropped file: a later one is another forecast's."""
    version: str | None = None
    """Of an upload, as it was handed in: its form may be sent again, and then it is another file."""


class KeptNote(BaseModel):
    """What was decided about the input: a `code`, the decision in words, the column it is about, what speaks for it,
    and the option that decides otherwise."""

    model_config = ConfigDict(frozen=True)

    code: str
    detail: str
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        """Jobs from before notes were records have sentences."""
        return {"code": "note", "detail": given} if isinstance(given, str) else given


class ForecastJob(Job):
    """A portfolio's forecast, as its META item keeps it.

    A job that is forecast anew has editions: each is a job of its own, `edition_of` the first. The first one knows
    which of them is shown (`current`; None while it is itself).
    """

    kind: str = KIND
    config: ForecastConfig
    sources: tuple[ForecastSource, ...] = ()
    samples: tuple[dict[str, Any], ...] = ()
    """The first few flaws of the input; all of them are in the object `rejected.jsonl`."""
    notes: tuple[KeptNote, ...] = ()
    """What was decided about the input: separators, date order, columns."""
    summary: dict[str, Any] | None = None
    """Of a finished forecast: series by model, pattern and status, mean confidence, alerts."""
    edition_of: str | None = None
    editions: tuple[str, ...] = ()
    """Jobs made of this one, the newest last."""
    current: str | None = None
    schedule: Timing | None = None
    """How often it is forecast anew; the schedule itself is an item of its own."""
    retrain_at: str | None = None
    """When observations have it forecast anew next."""
    observed: int = 0
    """Posts of observations taken so far."""

    @property
    def label(self) -> str | None:
        return self.config.name

    @property
    def labels(self) -> tuple[str, ...]:
        return self.config.tags

    @property
    def callback_url(self) -> str | None:
        return url_of(self.config.callbacks)


def retrain_schedule(first: ForecastJob) -> ScheduleRef:
    """The schedule that a portfolio is forecast anew by."""
    return ScheduleRef(first.tenant, job_id("schedule", first.tenant, "retrain", first.id))
