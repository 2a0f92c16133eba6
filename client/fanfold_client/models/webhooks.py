"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer


class DeliveryTry(Answer):
    """One call."""

    at: str = ""
    status: int | None = None
    """Of the answer; None if there was none."""
    millis: int = 0
    said: str = ""
    """How the answer begins, or why there was none."""


class IssuedEndpoint(Answer):
    """An endpoint with its secret: the only time that it is seen."""

    id: str
    url: str
    kinds: list[str] = Field(default_factory=list)
    filters: dict[str, list[str]] = Field(default_factory=dict)
    description: str = ""
    created_at: str = ""
    disabled_at: str | None = None
    disabled_because: str | None = None
    failing_since: str | None = None
    """Since when no delivery has arrived; None if the last one did."""
    secret: str = ""


class IssuedSecret(Answer):
    """A new secret: the only time that it is seen."""

    id: str
    secret: str = ""
    old_secret_until: str = ""
    """Until when deliveries carry the old one's signature as well."""


class WebhookEndpoint(Answer):
    """An endpoint as it can be shown."""

    id: str
    url: str
    kinds: list[str] = Field(default_factory=list)
    filters: dict[str, list[str]] = Field(default_factory=dict)
    description: str = ""
    created_at: str = ""
    disabled_at: str | None = None
    disabled_because: str | None = None
    failing_since: str | None = None
    """Since when no delivery has arrived; None if the last one did."""


class Delivery(Answer):
    """One event for one endpoint."""

    endpoint: str = ""
    """Its id; `callbacks` for the callback of a job."""
    event: str = ""
    """The id that the receiver sees as `webhook-id`."""
    type: str = ""
    url: str
    """Where the last try went."""
    state: str = "pending"
    created_at: str = ""
    next_try_at: str | None = None
    tries: list[DeliveryTry] = Field(default_factory=list)
    """The last of them, the oldest first."""


class EndpointList(Answer):
    """In the API EndpointList."""

    webhooks: list[WebhookEndpoint] = Field(default_factory=list)
