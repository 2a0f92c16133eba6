"""What can go wrong with a call, in words every surface can put into its own error shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class CallError(Exception):
    """A refusal with an HTTP status; `code` and `param` may be None, as in the providers' own errors.

    `retry_after` (seconds) is when to come back, told in the provider's own way.
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    kind: str = "invalid_request_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers, with Retry-After where there is one to tell."""
        hint = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        return {**self.headers, **hint}


def bad_request(message: str, param: str | None = None, code: str | None = None) -> CallError:
    """A 400 that names the field at fault."""
    return CallError(400, message, code, param)


def not_found(what: str, identifier: str) -> CallError:
    """A 404, also for what belongs to another key: its existence is not told."""
    return CallError(404, f"No such {what} object: {identifier}", param="id")
