"""An account at Anthropic: the SDK's clients, and its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from fanfold.providers._account import ProviderAccount
from fanfold.providers._errors import BATCH, Refusal, Sdk, body_of

if TYPE_CHECKING:
    import anthropic

NAME = "Anthropic"
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""https://platform.claude.com/docs/en/api/errors."""


class AnthropicAccount(ProviderAccount["anthropic.Anthropic", "anthropic.AsyncAnthropic"]):
    """The clients of one key."""

    def _made(self, key: str) -> "anthropic.Anthropic":
        import anthropic

        return anthropic.Anthropic(api_key=key, base_url=self._url, max_retries=0, timeout=self._timeout)

    def _own(self) -> "anthropic.Anthropic":
        """A client with connections of its own: files are asked for too seldom to keep one open."""
        return self._made(self._key())

    def _async_made(self, key: str) -> "anthropic.AsyncAnthropic":
        import anthropic

        return anthropic.AsyncAnthropic(api_key=key, base_url=self._url, max_retries=0, http_client=self._http)

    @cached_property
    def _sdk(self) -> Sdk:
        import anthropic

        return Sdk(NAME, _refusal, silent=(anthropic.APITimeoutError,), broken=(anthropic.AnthropicError,))

    @contextmanager
    def _calls(self) -> Iterator["anthropic.Anthropic"]:
        """Calls of the batch API."""
        with self._our_errors(BATCH):
            yield self._client()


def _refusal(error: Exception) -> Refusal | None:
    """An error in the middle of a stream has the stream's status, 200, and its own only by name."""
    import anthropic

    if not isinstance(error, anthropic.APIStatusError):
        return None
    status = error.status_code if error.status_code >= 300 else STATUSES.get(error.type or "", 500)
    said, headers, body = error.api_message or error.message, error.response.headers, body_of(error.response)
    return Refusal(status, said, error.type, headers, body=body)
