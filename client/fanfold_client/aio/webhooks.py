"""Webhooks: where events are told, and what became of each."""

from collections.abc import AsyncIterator, Mapping, Sequence

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.calls import given, segment
from fanfold_client.models import Delivery, EndpointList, IssuedEndpoint, IssuedSecret, WebhookEndpoint

Endpoints = list[WebhookEndpoint]
DELIVERIES = 100


class AsyncWebhooks:
    """The webhooks of the caller's tenant; the key has to be an owner's. Every call may raise FanfoldError.

    `callbacks` in place of an id stands for the callbacks of jobs, which share a secret.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(self) -> Endpoints:
        """All of them, oldest first."""
        return (await self._connection.get(EndpointList, "/v1/webhooks")).webhooks

    async def get(self, id: str) -> WebhookEndpoint:
        """One of them."""
        return await self._connection.get(WebhookEndpoint, _path(id))

    async def create(
        self,
        url: str,
        kinds: Sequence[str] = (),
        filters: Mapping[str, Sequence[str]] | None = None,
        description: str = "",
    ) -> IssuedEndpoint:
        """A new one, of all kinds of events unless some are named; its secret is in the answer and never again."""
        filtered = {name: [*values] for name, values in (filters or {}).items()}
        asked = {"url": url, "kinds": [*kinds], "filters": filtered, "description": description}
        return await self._connection.post(IssuedEndpoint, "/v1/webhooks", asked)

    async def change(
        self,
        id: str,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> WebhookEndpoint:
        """Another address, other kinds; `enabled` lets one go on that was disabled, or holds it back."""
        asked = {"url": url, "kinds": kinds, "filters": filters, "description": description, "enabled": enabled}
        return await self._connection.patch(WebhookEndpoint, _path(id), given(asked))

    async def delete(self, id: str) -> None:
        """Forget it; what it was not told yet it is not told."""
        await self._connection.call("DELETE", _path(id))

    async def rotate(self, id: str, overlap_hours: float = 24) -> IssuedSecret:
        """A new secret; deliveries carry the signatures of both for some hours."""
        return await self._connection.post(IssuedSecret, f"{_path(id)}/rotate", {"overlap_hours": overlap_hours})

    async def test(self, id: str) -> Delivery:
        """Send it a test event; what became of that."""
        return await self._connection.post(Delivery, f"{_path(id)}/test")

    def deliveries(self, id: str, state: str | None = None) -> AsyncIterator[Delivery]:
        """What was delivered to it, newest first: pending, delivered or failed, with its tries."""
        return self._connection.listed(Delivery, f"{_path(id)}/deliveries", "deliveries", DELIVERIES, state=state)

    async def replay(self, id: str, event: str) -> Delivery:
        """Deliver an event once more; what became of that."""
        return await self._connection.post(Delivery, f"{_path(id)}/deliveries/{segment(event)}/replay")


def _path(id: str) -> str:
    return f"/v1/webhooks/{segment(id)}"
