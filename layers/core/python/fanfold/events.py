"""What Fanfold tells: events, each kind a model with a stable name.

They are published on the event bus, where services hear of each other, and reach a tenant's webhooks from there. An
event is told at least once. What it is about makes its id, so that one which is told again has the same.
"""

from hashlib import sha256
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from fanfold.ids import base32

ID_BITS, ID_PLACES = 130, 26


class TenantEvent(BaseModel):
    """Something that happened to a tenant. Subclasses say by `subject` what tells one of their kind from another."""

    model_config = ConfigDict(frozen=True)

    NAME: ClassVar[str] = ""
    """What it is called on the event bus."""
    KIND: ClassVar[str] = ""
    """What receivers call it, if it is not its name on the bus."""
    UNTOLD: ClassVar[frozenset[str]] = frozenset({"tenant", "at"})
    """Fields that are not among its data."""

    tenant: str
    at: str
    """When it happened."""

    @property
    def event_kind(self) -> str:
        """What receivers call it, such as `batch.completed`."""
        return self.KIND or self.NAME

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about: of two events of a kind and a tenant with one subject, one is the other told again."""
        raise NotImplementedError

    @property
    def event_id(self) -> str:
        """The same however often it is told."""
        text = "\n".join((self.tenant, self.event_kind, *self.subject))
        number = int.from_bytes(sha256(text.encode()).digest()) >> (256 - ID_BITS)
        return f"evt_{base32(number, ID_PLACES)}"

    @property
    def callback(self) -> str | None:
        """Where it is told beside the tenant's webhooks, if its job asks for that."""
        return None

    def data(self) -> dict[str, Any]:
        """What it says, as JSON."""
        return self.model_dump(mode="json", exclude=set(self.UNTOLD))


class WebhookTested(TenantEvent):
    """Somebody wants to see whether a webhook arrives."""

    NAME: ClassVar[str] = "webhook.test"

    endpoint: str
    request: str
    """The id of the call that asked for it."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.endpoint, self.request


class ForecastChanged(TenantEvent):
    """Series whose last forecast no longer holds (`drifted`), or which can be foretold less well (`worsened`)."""

    NAME: ClassVar[str] = "Forecast changed"
    KIND: ClassVar[str] = "forecast.changed"

    job: str
    edition_of: str | None
    round: int = 1
    drifted: int
    """How many series."""
    worsened: int
    first: dict[str, list[str]]
    """A few of their names."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.job, str(self.round)


class LowConfidence(TenantEvent):
    """Series of a forecast whose confidence is below what its job wants to be told of (`alert_below`)."""

    NAME: ClassVar[str] = "forecast.low_confidence"

    job: str
    edition_of: str | None
    round: int
    below: float
    series: int
    """How many."""
    first: list[str]
    """A few of their names, the least certain first."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.job, str(self.round)


class DeadlineMissed(TenantEvent):
    """A batch's deadline has passed, and not all of it is answered."""

    NAME: ClassVar[str] = "batch.deadline_missed"

    job: str
    name: str | None
    tags: tuple[str, ...]
    round: int
    deadline: str
    total: int
    """Requests of the batch."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.job, str(self.round), self.deadline


class ProviderWaiting(TenantEvent):
    """A part of a batch has waited for its provider for over an hour."""

    NAME: ClassVar[str] = "batch.provider_waiting"

    job: str
    name: str | None
    tags: tuple[str, ...]
    round: int
    provider: str
    model: str
    reason: str
    since: str
    said: str | None
    """The provider's words, or ours."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.job, str(self.round), self.provider, self.model, self.reason


class BudgetReached(TenantEvent):
    """A tenant's jobs have spent, or taken to spend, so many percent of what they may."""

    NAME: ClassVar[str] = "budget.reached"

    period: str
    """`day` or `month`, of UTC."""
    beginning: str
    """Its first day."""
    percent: int
    """50, 80 or 100: the highest that is reached."""
    limit_usd: float
    spent_usd: float

    @property
    def subject(self) -> tuple[str, ...]:
        return self.period, self.beginning, str(self.percent), str(self.limit_usd)


class KeyExpiring(TenantEvent):
    """A key opens for seven days more, or for half of its life if that is shorter."""

    NAME: ClassVar[str] = "key.expiring"

    key: str
    """Its id."""
    name: str
    expires_at: str

    @property
    def subject(self) -> tuple[str, ...]:
        return self.key, self.expires_at


class ErrorSpike(TenantEvent):
    """A log stream has far more errors in an hour than in those of the day before."""

    NAME: ClassVar[str] = "log.error_spike"

    stream: str
    hour: str
    errors: int
    """Entries of level error and critical in that hour, so far."""
    usual: float
    """Their mean in an hour of the day before."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.stream, self.hour


class RunMissed(TenantEvent):
    """A schedule was due, and its run came to nothing."""

    schedule: str
    name: str
    """What the schedule is called."""
    kind: str
    """The kind of its work: batch, forecast or retrain."""
    detail: str
    prefix: str | None = None
    """Where a file was looked for; None if that is not what was wrong."""

    @property
    def subject(self) -> tuple[str, ...]:
        return self.schedule, self.at


class ScheduledFileMissing(RunMissed):
    """A schedule was due, and the file that it was to take was not there."""

    NAME: ClassVar[str] = "Scheduled file missing"
    KIND: ClassVar[str] = "schedule.file_missing"


class ScheduledRunRefused(RunMissed):
    """A schedule was due, and no job could be made: a quota, a template or a model that is gone."""

    NAME: ClassVar[str] = "Scheduled run refused"
    KIND: ClassVar[str] = "schedule.run_refused"


EVENTS: tuple[type[TenantEvent], ...] = (
    WebhookTested,
    ForecastChanged,
    LowConfidence,
    DeadlineMissed,
    ProviderWaiting,
    BudgetReached,
    KeyExpiring,
    ErrorSpike,
    ScheduledFileMissing,
    ScheduledRunRefused,
)
"""All but the ends of jobs."""
