"""An account at OpenAI: the SDK's clients, and its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from fanfold.errors import ProviderRefused
from fanfold.providers._account import ProviderAccount
from fanfold.providers._errors import STORED, Refusal, Sdk, body_of

if TYPE_CHECKING:
    import openai

NAME = "OpenAI"


class OpenAIAccount(ProviderAccount["openai.OpenAI", "openai.AsyncOpenAI"]):
    """The clients of one key."""

    def _made(self, key: str) -> "openai.OpenAI":
        import openai

        if not key:
            raise ProviderRefused("OpenAI: this deployment has no key for it")
        return openai.OpenAI(api_key=key, base_url=self._url, max_retries=0, timeout=self._timeout)

    def _async_made(self, key: str) -> "openai.AsyncOpenAI":
        import openai

        return openai.AsyncOpenAI(api_key=key, base_url=self._url, max_retries=0, http_client=self._http)

    @cached_property
    def _sdk(self) -> Sdk:
        import openai

        return Sdk(NAME, _refusal, silent=(openai.APITimeoutError,), broken=(openai.APIError,))

    @contextmanager
    def _calls(self) -> Iterator["openai.OpenAI"]:
        """Calls of the batch API."""
        with self._our_errors(STORED):
            yield self._client()


def _refusal(error: Exception) -> Refusal | None:
    """A quota that is used up comes as 429 like a rate limit, and passes when somebody pays."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    status = 402 if error.code == "insufficient_quota" else error.status_code
    code, headers, body = error.code or error.type, error.response.headers, body_of(error.response)
    return Refusal(status, error.message, code, headers, body=body)
