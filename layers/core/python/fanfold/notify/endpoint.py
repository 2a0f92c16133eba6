"""An endpoint: where a tenant wants to be told, and of what."""

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fanfold.addresses import LONGEST_URL
from fanfold.errors import Invalid
from fanfold.notify.kinds import FIELDS, EventKind, EventPayload, fields_of
from fanfold.values import ID_PATTERN

CALLBACKS = "callbacks"
"""What stands for all callbacks of jobs, which have one secret together."""
Url = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL)]
About = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256, pattern=rf"^$|{ID_PATTERN}")]
Wanted = Annotated[tuple[Annotated[str, Field(max_length=256)], ...], Field(min_length=1, max_length=50)]


def _known(filters: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if unknown := sorted(filters.keys() - FIELDS):
        raise ValueError(f"no event has a field {unknown[0]!r}; there are: {', '.join(sorted(FIELDS))}")
    return filters


Filters = Annotated[dict[str, Wanted], Field(max_length=10), AfterValidator(_known)]
"""Fields of an event's data, and the values of which each has to have one: `{"tags": ["nightly"]}`."""


class CreateEndpoint(BaseModel):
    """What a new endpoint is to be."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    """It begins with https:// and leads to the internet."""
    kinds: frozenset[EventKind] = frozenset()
    """None means all."""
    filters: Filters = {}
    description: About = ""


class ChangeEndpoint(BaseModel):
    """What of an endpoint is to be another way."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    kinds: frozenset[EventKind] | None = None
    filters: Filters | None = None
    description: About | None = None
    enabled: bool | None = None
    """False holds back what comes from now on; true lets one go on that was disabled."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is to be changed")
        return self


class RotateSecret(BaseModel):
    """How a secret is replaced: the old one signs, beside the new one, for some hours more."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[float, Field(ge=0, le=720)] = 24


class WebhookEndpoint(BaseModel):
    """An endpoint as it can be shown."""

    model_config = ConfigDict(frozen=True)

    id: str
    url: str
    kinds: tuple[EventKind, ...] = ()
    filters: dict[str, tuple[str, ...]] = {}
    description: str = ""
    created_at: str
    disabled_at: str | None = None
    disabled_because: str | None = None
    failing_since: str | None = None
    """Since when no delivery has arrived; None if the last one did."""

    def wants(self, message: EventPayload) -> bool:
        """Whether it is told of this."""
        if self.disabled_at or (self.kinds and message.type not in self.kinds):
            return False
        return all(_has(message.data.get(name), wanted) for name, wanted in self.filters.items())


def check_filters(kinds: Iterable[EventKind], filters: Iterable[str]) -> None:
    """Refuse a filter by which a kind that is asked for would never pass. Raises Invalid."""
    for name in filters:
        if without := sorted(kind for kind in kinds if name not in fields_of(kind)):
            raise Invalid(f"{without[0]} has no {name!r}, so that it would never be told", field=f"filters.{name}")


class IssuedEndpoint(WebhookEndpoint):
    """An endpoint with its secret: the only time that it is seen."""

    secret: str


class IssuedSecret(BaseModel):
    """A new secret: the only time that it is seen."""

    id: str
    secret: str
    old_secret_until: str
    """Until when deliveries carry the old one's signature as well."""


def _has(value: Any, wanted: Collection[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(str(each) in wanted for each in values if each is not None)
