"""The kinds of events that receivers know, and what of ours each one is made of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from fanfold.events import EVENTS, KeyExpiring, TenantEvent, WebhookTested
from fanfold.jobs.events import JobEnded

MODELS: tuple[type[TenantEvent], ...] = (JobEnded, *EVENTS)
TOLD = {model.NAME: model for model in MODELS}
"""Models by what they are called on the event bus."""


class EventKind(StrEnum):
    """What happened. Names stay as they are."""

    BATCH_COMPLETED = "batch.completed"
    BATCH_FAILED = "batch.failed"
    BATCH_CANCELLED = "batch.cancelled"
    FORECAST_COMPLETED = "forecast.completed"
    FORECAST_FAILED = "forecast.failed"
    FORECAST_CANCELLED = "forecast.cancelled"
    WRITING_COMPLETED = "writing.completed"
    WRITING_FAILED = "writing.failed"
    WRITING_CANCELLED = "writing.cancelled"
    FORECAST_LOW_CONFIDENCE = "forecast.low_confidence"
    FORECAST_CHANGED = "forecast.changed"
    BATCH_DEADLINE_MISSED = "batch.deadline_missed"
    BATCH_PROVIDER_WAITING = "batch.provider_waiting"
    BUDGET_REACHED = "budget.reached"
    KEY_EXPIRING = "key.expiring"
    LOG_ERROR_SPIKE = "log.error_spike"
    SCHEDULE_FILE_MISSING = "schedule.file_missing"
    SCHEDULE_RUN_REFUSED = "schedule.run_refused"
    TEST = "webhook.test"


INSIDE = frozenset({WebhookTested.NAME, KeyExpiring.NAME})
"""What is told without the event bus: by the function itself, and by the outbox."""
OWN = {model.KIND or model.NAME: model for model in EVENTS}
"""Models by what receivers call them; all other kinds are ends of jobs."""


def fields_of(kind: EventKind) -> frozenset[str]:
    """What the data of this kind has, by which it can be filtered."""
    model = OWN.get(kind, JobEnded)
    return frozenset(model.model_fields) - model.UNTOLD


FIELDS = frozenset[str]().union(*map(fields_of, EventKind))
"""What the data of some kind has."""


class EventPayload(BaseModel):
    """An event as receivers get it: the body of a webhook, and the detail of an event on the bus."""

    model_config = ConfigDict(frozen=True)

    id: str
    """The same in every delivery of this event."""
    type: EventKind
    timestamp: str
    """When it happened."""
    tenant: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: TenantEvent) -> "EventPayload":
        """The event, as it is told."""
        return cls(
            id=event.event_id,
            type=EventKind(event.event_kind),
            timestamp=event.at,
            tenant=event.tenant,
            data=event.data(),
        )


def read(name: str, detail: Mapping[str, Any]) -> TenantEvent:
    """The event that came from the bus under that name. Raises KeyError for one that there is not."""
    return TOLD[name].model_validate(detail)
