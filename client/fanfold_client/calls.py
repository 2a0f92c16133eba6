"""What a connection says and how it takes an answer, whether it waits for one or not."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from fanfold_client.errors import Refused, Unreachable, refusal, unreachable

if TYPE_CHECKING:
    import httpx

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers that another try may change."""
PAUSES = (0.3, 1.0, 3.0)
"""Seconds before each further try."""
LONGEST_PAUSE = 30.0
QUOTA = b'"quota_exceeded"'
"""The code of a refusal that is worth no further try before its time."""
JSON = {"Accept": "application/json"}
PAGE = 100
"""What a listing asks for at once."""

M = TypeVar("M", bound=BaseModel)


def segment(name: str) -> str:
    """A name as one part of a path. Raises Refused for `.` and `..`, which lead elsewhere whatever is done."""
    if name in (".", ".."):
        raise Refused(
            {"title": "Invalid input", "detail": f"{name!r} can't be part of a path: look among the listings"}
        )
    return quote(name, safe="")


def dumped(body: Any) -> bytes:
    """JSON as the service counts its size. Raises ValueError for what JSON does not have."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def given(options: Any) -> dict[str, Any]:
    """What is asked for: nothing that is left open."""
    return {name: value for name, value in options.items() if value is not None}


class Sent(NamedTuple):
    """What was tried: an answer, or why there is none."""

    answer: "httpx.Response | Unreachable"

    @property
    def pause(self) -> float | None:
        """The seconds that the service wants to be left alone; None if another try changes nothing."""
        if isinstance(self.answer, Unreachable):
            return 0
        if self.answer.status_code not in AGAIN:
            return None
        try:
            seconds = float(self.answer.headers.get("retry-after", 0))
        except ValueError:
            return 0
        return None if seconds > LONGEST_PAUSE and QUOTA in self.answer.content else seconds

    def taken(self) -> "httpx.Response":
        """A good answer. Raises FanfoldError for another."""
        if isinstance(self.answer, Unreachable):
            raise self.answer
        if not self.answer.is_success:
            raise refusal(self.answer)
        return self.answer


def broken(error: "httpx.TransportError", where: str) -> Sent:
    """A call that came to nothing. Raises Unreachable if it never could have."""
    import httpx

    if isinstance(error, httpx.UnsupportedProtocol):
        raise unreachable(f"{where} is no URL: it begins with https:// or http://") from None
    return Sent(unreachable(f"{where}: {str(error) or type(error).__name__}"))


def parsed(model: type[M], answer: "httpx.Response") -> M:
    """What the answer says. Raises Unreachable for one that is not Fanfold's."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError:
        raise foreign(answer) from None


def rows_of(model: type[M], field: str, answer: "httpx.Response") -> tuple[list[M], str | None]:
    """The rows of a page, and where the next one begins. Raises Unreachable for an answer that is not Fanfold's."""
    try:
        page = answer.json()
        return [model.model_validate(row) for row in page[field]], page.get("cursor")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise foreign(answer) from None


def foreign(answer: "httpx.Response") -> Unreachable:
    """It came from something else."""
    return unreachable(f"{answer.url} did not answer as Fanfold does; is the URL right?")


def headers(key: str) -> dict[str, str]:
    """Those of every call of the API."""
    return JSON | ({"Authorization": f"Bearer {key}"} if key else {})
