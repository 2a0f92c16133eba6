"""What can go wrong in a call.

FanfoldError           `problem` is the problem document (RFC 9457), or one made here
├── Refused            the service said no, and would say so again
│   ├── Unauthorized   401, 403  no key, a wrong one, or one that may not do this
│   ├── NotFound       404  no such batch, request or upload
│   ├── Conflict       409, 412  right, but not in this state
│   ├── TooLarge       413  over a stated limit
│   ├── KeyReused      422  the idempotency key came before with something else
│   └── Throttled      429  too much at once, and still so after some tries
├── Unconfigured       no deployment is known: neither given, nor a profile, nor the environment
└── Unreachable        no answer, or none that makes sense, after some tries
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class FanfoldError(Exception):
    """The root: catch this to catch whatever a call raises."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('title')}: {problem.get('detail')}")
        self.problem = problem

    @property
    def flaws(self) -> list[dict[str, Any]]:
        """What is wrong, by `field` or `line`, each with its `detail`."""
        return [flaw for flaw in self.problem.get("errors") or () if isinstance(flaw, dict)]


class Refused(FanfoldError):
    pass


class Unauthorized(Refused):
    pass


class NotFound(Refused):
    pass


class Conflict(Refused):
    pass


class TooLarge(Refused):
    pass


class KeyReused(Refused):
    pass


class Throttled(Refused):
    pass


class Unreachable(FanfoldError):
    pass


class Unconfigured(FanfoldError):
    def __init__(self, detail: str) -> None:
        super().__init__({"title": "Not configured", "detail": detail, "status": None})


BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    413: TooLarge,
    422: KeyReused,
    429: Throttled,
}


MESSAGE = re.compile("<Message>(.*?)</Message>", re.DOTALL)
"""Where the storage says what is wrong."""


def refusal(answer: "httpx.Response") -> FanfoldError:
    """The error that this answer is; its body must have been read."""
    status = answer.status_code
    kind = Unreachable if status >= 500 or status < 400 else BY_STATUS.get(status, Refused)
    return kind({"status": status, **_document(answer)})


def unreachable(detail: str) -> Unreachable:
    """There was no answer that can be used."""
    return Unreachable({"title": "Unreachable", "detail": detail, "status": None})


def _document(answer: "httpx.Response") -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    message = MESSAGE.search(answer.text)
    detail = message[1] if message else " ".join(answer.text.split())[:500]
    plain = {"title": answer.reason_phrase or "Refused", "detail": detail}
    if not isinstance(said, dict):
        return plain
    return said if "title" in said else plain | {"detail": str(said.get("message") or plain["detail"])}
