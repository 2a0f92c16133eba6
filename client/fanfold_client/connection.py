"""One connection to a deployment: calls that are tried again where that is safe, and typed errors."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from fanfold_client.errors import Refused, Unreachable, refusal, unreachable
from fanfold_client.shapes.answer import Page

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers that another try may change."""
PAUSES = (0.3, 1.0, 3.0)
"""Seconds before each further try."""
LONGEST_PAUSE = 30.0
PAGE = 100
"""Entries of a listing that are asked for at a time."""
QUOTA = b'"quota_exceeded"'
"""The code of a refusal that is worth no further try before its time."""
JSON = {"Accept": "application/json"}

Pause = Callable[[float], None]
M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", bound=Page)


def segment(name: str) -> str:
    """A name as one part of a path. Raises Refused for `.` and `..`, which lead elsewhere whatever is done."""
    if name in (".", ".."):
        raise Refused(
            {"title": "Invalid input", "detail": f"{name!r} can't be part of a path: look among the listings"}
        )
    return quote(name, safe="")


class Connection:
    """All calls of the service may be repeated: what creates carries an idempotency key, the rest sets a state."""

    def __init__(
        self,
        url: str,
        key: str,
        timeout: float,
        transport: httpx.BaseTransport | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        self.url, self.key, self.pause = url.rstrip("/"), key, pause
        headers = JSON | ({"Authorization": f"Bearer {key}"} if key else {})
        self._api = httpx.Client(base_url=self.url, headers=headers, timeout=timeout, transport=transport)
        self.storage = httpx.Client(timeout=timeout, transport=transport)
        """For links and forms that carry their own permission: our key must not go there."""

    def close(self) -> None:
        self._api.close()
        self.storage.close()

    def get(self, model: type[M], path: str, /, **query: Any) -> M:
        """What is at the path. Raises FanfoldError."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._parsed(model, self._call("GET", path, params=asked))

    def pages(self, model: type[P], path: str, /, limit: int = PAGE, **query: Any) -> Iterator[P]:
        """All pages of a listing. Raises FanfoldError."""
        cursor = None
        while True:
            page = self.get(model, path, limit=limit, cursor=cursor, **query)
            yield page
            if not (cursor := page.cursor):
                return

    def post(self, model: type[M], path: str, body: bytes | None = None, **headers: str) -> M:
        """The answer to a JSON body. Raises FanfoldError."""
        return self._parsed(model, self._sent("POST", path, body, headers))

    def patch(self, model: type[M], path: str, body: bytes) -> M:
        return self._parsed(model, self._sent("PATCH", path, body, {}))

    def put(self, model: type[M], path: str, body: bytes) -> M:
        return self._parsed(model, self._sent("PUT", path, body, {}))

    def forget(self, path: str) -> None:
        """Delete what is at the path, where the answer has no body. Raises FanfoldError."""
        self._call("DELETE", path)

    def delete(self, model: type[M], path: str) -> M:
        return self._parsed(model, self._call("DELETE", path))

    def retrying(self, call: Callable[[], httpx.Response], where: str) -> httpx.Response:
        """A good answer, after some tries if need be. Raises FanfoldError."""
        for seconds in (*PAUSES, None):
            answer = _tried(call, where)
            if seconds is None or not _may_change(answer):
                break
            self.pause(min(max(_asked(answer), seconds), LONGEST_PAUSE))
        if isinstance(answer, Unreachable):
            raise answer
        if not answer.is_success:
            raise refusal(answer)
        return answer

    def _sent(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> httpx.Response:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call(method, path, content=body, headers={"Content-Type": "application/json"} | said)

    def _call(self, method: str, path: str, **asked: Any) -> httpx.Response:
        return self.retrying(lambda: self._api.request(method, path, **asked), self.url)

    def _parsed(self, model: type[M], answer: httpx.Response) -> M:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError:
            raise unreachable(f"{answer.url} did not answer as Fanfold does; is the URL right?") from None


def dumped(body: Any) -> bytes:
    """JSON as the service counts its size. Raises ValueError for what JSON does not have."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _tried(call: Callable[[], httpx.Response], where: str) -> httpx.Response | Unreachable:
    try:
        return call()
    except httpx.UnsupportedProtocol:
        raise unreachable(f"{where} is no URL: it begins with https:// or http://") from None
    except httpx.TransportError as error:
        return unreachable(f"{where}: {str(error) or type(error).__name__}")


def _may_change(answer: httpx.Response | Unreachable) -> bool:
    if isinstance(answer, Unreachable):
        return True
    return answer.status_code in AGAIN and not (_asked(answer) > LONGEST_PAUSE and QUOTA in answer.content)


def _asked(answer: httpx.Response | Unreachable) -> float:
    """The seconds that Retry-After asks for."""
    if isinstance(answer, Unreachable):
        return 0
    try:
        return float(answer.headers.get("retry-after", 0))
    except ValueError:
        return 0
