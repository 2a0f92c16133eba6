"""What a forecast job is made of: its configuration, where its series come from, and its editions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.jobs.job import Job

KIND = "forecast"
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
DESCRIBING = frozenset({"name", "tags", "metadata", "language"})
"""Options that change no number of a forecast."""


class Config(BaseModel):
    """How a portfolio is forecast. What is None is found out, or as the preset has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon: int = Field(default=12, ge=1, le=1000)
    """Steps ahead."""
    frequency: Text | None = None
    season: Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)], ...] | None = None
    """Steps of a season, or of several."""
    levels: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(default=(80, 95), max_length=8)
    """Of the intervals, in percent."""
    preset: Text | None = None
    validation_split: float | None = None
    models_to_try: int | None = None
    models: tuple[Text, ...] | None = None
    hooks: tuple[Text, ...] | None = None
    work_limit: int | None = None
    time_limit: float | None = Field(default=None, gt=0)
    """Seconds of clock that a model may take, as a last resort."""
    seasonal_preference: Text | None = None
    intermittent_detection: bool | None = None
    clean_outliers: bool | None = None
    life_detection: bool | None = None
    non_negative: bool | None = None
    lead_time: float | None = None
    lead_time_deviation: float | None = None
    review_period: float | None = None
    service_level: float | None = None
    language: Text = "en"
    """Of explanations, recommendations and reports."""
    alert_below: float = Field(default=0.3, ge=0, le=1)
    """Confidence below which a series is among the alerts."""
    max_series: int | None = Field(default=None, ge=1)
    """A cost limit: a portfolio of more series is refused before anything is fitted."""
    max_cost_usd: float | None = Field(default=None, gt=0)
    """The same in dollars, at the deployment's price of a series."""
    name: Text | None = None
    tags: tuple[Text, ...] = Field(default=(), max_length=16)
    metadata: dict[Label, Annotated[str, StringConstraints(max_length=512)]] = Field(default={}, max_length=16)


class Source(BaseModel):
    """An object that series are in: a file as somebody made it, or series as we keep them."""

    model_config = ConfigDict(frozen=True)

    key: str
    filename: str | None = None
    """What the file is called, from which its format is guessed; None for series as we keep them."""


class Schedule(BaseModel):
    """How often a portfolio is forecast anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: int = Field(ge=1, le=366)
    unit: Literal["hours", "days"] = "days"


class ForecastJob(Job):
    """A portfolio's forecast, as its META item keeps it.

    A job that is forecast anew has editions: each is a job of its own, `edition_of` the first. The first one knows
    which of them is shown (`current`; None while it is itself).
    """

    kind: str = KIND
    config: Config
    sources: tuple[Source, ...] = ()
    samples: tuple[dict[str, Any], ...] = ()
    """The first few flaws of the input; all of them are in the object `rejected.jsonl`."""
    notes: tuple[str, ...] = ()
    """What was decided about the input: separators, date order, columns."""
    summary: dict[str, Any] | None = None
    """Of a finished forecast: series by model, pattern and status, mean confidence, alerts."""
    edition_of: str | None = None
    editions: tuple[str, ...] = ()
    """Jobs made of this one, the newest last."""
    current: str | None = None
    schedule: Schedule | None = None
    observed: int = 0
    """Posts of observations taken so far."""
