"""One connection to a deployment: calls that are tried again where that is safe, and typed errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from fanfold_client.calls import LONGEST_PAUSE, PAGE, PAUSES, Sent, broken, dumped, headers, parsed, rows_of

if TYPE_CHECKING:
    import httpx

AsyncPause = Callable[[float], Awaitable[None]]
M = TypeVar("M", bound=BaseModel)


class AsyncConnection:
    """All calls of the service may be repeated: what creates carries an idempotency key, the rest sets a state."""

    def __init__(
        self,
        url: str,
        key: str,
        timeout: float,
        transport: "httpx.AsyncBaseTransport | None" = None,
        pause: AsyncPause = asyncio.sleep,
    ) -> None:
        import httpx

        self.url, self.key, self.pause = url.rstrip("/"), key, pause
        self._api = httpx.AsyncClient(base_url=self.url, headers=headers(key), timeout=timeout, transport=transport)
        self.storage = httpx.AsyncClient(timeout=timeout, transport=transport)
        """For links and forms that carry their own permission: our key must not go there."""

    async def close(self) -> None:
        await self._api.aclose()
        await self.storage.aclose()

    async def get(self, model: type[M], path: str, /, **query: Any) -> M:
        """What is at the path. Raises FanfoldError."""
        asked = {name: value for name, value in query.items() if value is not None}
        return parsed(model, await self.call("GET", path, params=asked))

    async def post(self, model: type[M], path: str, body: Any = None, key: str | None = None) -> M:
        """The answer to a JSON body, and to the same again under the same idempotency key. Raises FanfoldError."""
        return parsed(model, await self._send("POST", path, body, key))

    async def patch(self, model: type[M], path: str, body: Any) -> M:
        return parsed(model, await self._send("PATCH", path, body))

    async def put(self, model: type[M], path: str, body: Any = None) -> M:
        return parsed(model, await self._send("PUT", path, body))

    async def delete(self, model: type[M], path: str) -> M:
        return parsed(model, await self.call("DELETE", path))

    async def listed(
        self, model: type[M], path: str, field: str, limit: int = PAGE, /, **query: Any
    ) -> AsyncIterator[M]:
        """What a listing has in this field, page by page. Raises FanfoldError."""
        cursor: Any = None
        while True:
            asked = {name: value for name, value in (query | {"cursor": cursor}).items() if value is not None}
            rows, cursor = rows_of(model, field, await self.call("GET", path, params=asked | {"limit": limit}))
            for row in rows:
                yield row
            if not cursor:
                return

    async def retrying(self, call: Callable[[], Awaitable["httpx.Response"]], where: str) -> "httpx.Response":
        """A good answer, after some tries if need be. Raises FanfoldError."""
        import httpx

        for seconds in (*PAUSES, None):
            try:
                sent = Sent(await call())
            except httpx.TransportError as error:
                sent = broken(error, where)
            if seconds is None or sent.pause is None:
                break
            await self.pause(min(max(sent.pause, seconds), LONGEST_PAUSE))
        return sent.taken()

    async def call(self, method: str, path: str, **asked: Any) -> "httpx.Response":
        """A good answer of the API. Raises FanfoldError."""
        return await self.retrying(lambda: self._api.request(method, path, **asked), self.url)

    async def _send(self, method: str, path: str, body: Any, key: str | None = None) -> "httpx.Response":
        said = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return await self.call(method, path, content=b"" if body is None else dumped(body), headers=said)
