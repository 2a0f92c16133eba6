"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer, NoteLine
from fanfold_client.models.shared import Callbacks


class ComparedStep(Answer):
    """One actual against its forecast, in the series' unit; `error` is actual less forecast."""

    date: str | int | None = None
    step: int = 0
    forecast: float = 0
    actual: float = 0
    error: float = 0
    low: float | None = None
    high: float | None = None
    outside: bool | None = None
    """Of the interval; None where there is none."""


class ForecastConfig(Answer):
    """How a portfolio is forecast. What is None is found out, or as the preset has it."""

    horizon: int = 12
    """Steps ahead."""
    frequency: str | None = None
    season: int | list[int] | None = None
    """Steps of a season, or of several."""
    levels: list[int] = Field(default_factory=list)
    """Of the intervals, in percent."""
    preset: str | None = None
    validation_split: float | None = None
    models_to_try: int | None = None
    models: list[str] | None = None
    hooks: list[str] | None = None
    work_limit: int | None = None
    time_limit: float | None = None
    """Seconds of clock that a model may take, as a last resort."""
    seasonal_preference: str | None = None
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
    missing: str | None = None
    """What a missing value or a period without a row was; None goes by the file's shape."""
    chunk: int | None = None
    """Series fitted at once."""
    parallel_chunks: int | None = None
    """Chunks that are fitted at a time; None is as many as the deployment fits, which is the most."""
    seed: int | None = None
    input_format: str | None = None
    """Of the file: csv, xlsx, parquet, json or zip; None goes by its name."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Names of the file's columns by what they are; for `name` several, set apart by commas."""
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    day_first: bool | None = None
    """Whether 1/2/2024 is the first of February."""
    sheet: str | None = None
    header_row: int | None = None
    skip_rows: int = 0
    duplicates: str = "sum"
    """What several values for a date of a series come to."""
    partial: str = "drop"
    """What becomes of a last period that is not over."""
    end: str | None = None
    """The date of the portfolio's last period; None is the one that most series reach."""
    language: str = "en"
    """Of explanations, recommendations and reports."""
    retrain: str | None = None
    """Whether new observations have the portfolio forecast anew by themselves."""
    retrain_pause_minutes: int = 60
    """Minutes from the first new observation until then; what comes meanwhile is used, too."""
    alert_below: float = 0.3
    """Confidence below which a series is among the alerts."""
    max_series: int | None = None
    """A cost limit: a portfolio of more series is refused before anything is fitted."""
    max_cost_usd: float | None = None
    """The same in dollars, at the deployment's price of a series."""
    name: str | None = None
    title: str | None = None
    """Of reports; None is the name."""
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    callbacks: Callbacks | None = None
    """Who is told of its end, and of that of its editions, beside the tenant's webhooks."""


class ForecastProgress(Answer):
    """Series: all of them, and how many are done. Seconds since the start, and those that the rest may take."""

    total: int = 0
    done: int = 0
    succeeded: int = 0
    failed: int = 0
    percent: int = 0
    """Rounded down."""
    elapsed_seconds: float | None = None
    eta_seconds: float | None = None


class ForecastReceipt(Answer):
    """The answer to a new forecast: only what never changes, so that a replay gets the same."""

    id: str
    state: str = "accepted"
    created_at: str = ""


class InputNote(NoteLine):
    """What was decided about the input: a `code`, the decision in words, the column it is about, what speaks for
    it, and the option that decides otherwise."""

    code: str = ""
    detail: str = ""
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True


class ObservationReceipt(Answer):
    """The answer to observations: the id of the post, and how many are kept for the next edition by now."""

    post: str | None = None
    """By which it can be deleted; None if it was only a check."""
    observations: int = 0
    kept: int = 0


class ObservationPost(Answer):
    """A post of observations."""

    id: str
    created_at: str = ""
    observations: int = 0


class SeriesRow(Answer):
    """A series in the list."""

    name: str = ""
    status: str
    pattern: str = ""
    reason: str | None = None
    model: str = ""
    lead_model: str = ""
    """Of a combination the member with the most weight."""
    confidence: float = 0
    attention: str | None = None
    """`review` below a confidence of 60 %, `alert` below 30 % and where there is no forecast."""
    expected_error: float | None = None


class Series(Answer):
    """One series: history, forecast, and what is to be said about it in the portfolio's language or another."""

    name: str = ""
    status: str
    explanation: str = ""
    recommendation: str = ""
    result: dict[str, Any] = Field(default_factory=dict)


class Timing(Answer):
    """When it is due: an `expression` of EventBridge Scheduler, or `every` so many units."""

    expression: str | None = None
    """`cron(0 6 ? * MON-FRI *)` or `rate(6 hours)`."""
    every: int | None = None
    unit: str = "days"
    """Months and quarters begin with the day, at most the 28th, and the time at which the schedule starts."""
    timezone: str = "UTC"
    """In which a cron expression and months are read."""
    starts_at: str | None = None
    """Not before; what counts by a rate is due then for the first time. None is from now on, and never at once."""
    ends_at: str | None = None


class Accuracy(Answer):
    """One series' forecast against what came. Errors are in the series' unit; `bias` is relative to the
    forecast."""

    series: str = ""
    compared: int = 0
    mean_absolute_error: float | None = None
    bias: float | None = None
    outside: int = 0
    """Actuals outside of their interval of the report's level."""
    refit: bool = False
    why: str = ""
    """What speaks for that."""
    steps: list[ComparedStep] = Field(default_factory=list)


class Forecast(Answer):
    """A forecast as the API shows it."""

    id: str
    state: str
    outcome: str = ""
    """The state in words: how many series failed, if any did."""
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    config: ForecastConfig = Field(default_factory=lambda: ForecastConfig())
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    """The first few flaws of the input; all of them: `GET …/rejected`."""
    notes: list[InputNote] = Field(default_factory=list)
    """What was decided about the input, and the options that decide otherwise."""
    progress: ForecastProgress = Field(default_factory=lambda: ForecastProgress())
    summary: dict[str, Any] | None = None
    edition_of: str | None = None
    editions: list[str] = Field(default_factory=list)
    current: str | None = None
    """The edition whose results are shown under this id, if it is not this one."""
    schedule: Timing | None = None
    observations: int = 0


class ObservationPosts(Answer):
    """The posts that the next edition will use, the newest first; `total` counts all of them."""

    posts: list[ObservationPost] = Field(default_factory=list)
    total: int = 0
    kept: int = 0


class Comparison(Answer):
    """The answer to actuals."""

    compared: int = 0
    mean_absolute_percentage_error: float | None = None
    """Of all series together: absolute errors over actuals, summed (WAPE)."""
    level: int | None = None
    """Of the interval that actuals are outside of, in percent: the widest of the forecast."""
    outside_share: float | None = None
    refit: list[str] = Field(default_factory=list)
    """Series whose actuals would be unlikely if the forecast still held."""
    unknown: list[str] = Field(default_factory=list)
    """New series, and those without a step for their dates."""
    series: list[Accuracy] = Field(default_factory=list)
