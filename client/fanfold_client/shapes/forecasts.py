"""Forecasts and their series."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Page


class SeriesProgress(Answer):
    """Series: all, and those that are done. `percent` is rounded down."""

    total: int
    done: int
    succeeded: int = 0
    failed: int = 0
    percent: int = 0
    elapsed_seconds: float | None = None
    eta_seconds: float | None = None


class InputNote(Answer):
    """What was decided about a file: the decision, what speaks for it, and the option that decides otherwise."""

    code: str
    detail: str
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True

    def __str__(self) -> str:
        said = f"{self.column}: {self.detail}" if self.column else self.detail
        why = f" ({self.evidence})" if self.evidence else ""
        settles = f", {self.option} settles it" if self.option else ""
        return f"{said}{why}{'' if self.certain else f'; this is uncertain{settles}'}"


class Forecast(Answer):
    """A forecast. `state` is accepted, planning, running, cancelling, or one of `OVER`; `outcome` says the same in
    words, with how many series failed."""

    id: str
    state: str
    outcome: str = ""
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[InputNote] = Field(default_factory=list)
    progress: SeriesProgress
    summary: dict[str, Any] | None = None
    edition_of: str | None = None
    editions: list[str] = Field(default_factory=list)
    current: str | None = None
    schedule: dict[str, Any] | None = None
    observations: int = 0


class ObservationPost(Answer):
    """A post of observations."""

    id: str
    created_at: str
    observations: int


class ObservationPosts(Answer):
    """Posts of observations, the newest first; `total` counts all of them, `kept` their observations."""

    posts: list[ObservationPost]
    total: int
    kept: int


class SeriesRow(Answer):
    """A series of a forecast in a listing: its status is ok, fallback or failed."""

    name: str
    status: str
    pattern: str
    model: str
    reason: str | None = None
    confidence: float
    expected_error: float | None = None


class ForecastPage(Page):
    forecasts: list[Forecast]


class SeriesPage(Page):
    series: list[SeriesRow]
    preview: bool = False


class Export(Answer):
    """Where an export can be downloaded for a while."""

    url: str
