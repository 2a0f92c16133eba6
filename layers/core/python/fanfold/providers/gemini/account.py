"""An account at Gemini: the SDK's clients, and its errors as ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from fanfold.providers import _replies
from fanfold.providers._account import ProviderAccount
from fanfold.providers._errors import STORED, Refusal, Sdk

if TYPE_CHECKING:
    from google import genai

NAME = "Gemini"
SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?s", re.ASCII)


class GeminiAccount(ProviderAccount["genai.Client", "genai.Client"]):
    """The clients of one key."""

    def _made(self, key: str) -> "genai.Client":
        from google import genai
        from google.genai.types import HttpOptions

        options = HttpOptions(base_url=self._url, timeout=int(self._timeout * 1000))
        return genai.Client(vertexai=False, api_key=key, http_options=options)

    def _async_made(self, key: str) -> "genai.Client":
        """With a client of its own the SDK neither takes aiohttp, if it is there, nor tries a broken call again."""
        from google import genai
        from google.genai.types import HttpOptions

        options = HttpOptions(base_url=self._url, httpx_async_client=self._http)
        return genai.Client(vertexai=False, api_key=key, http_options=options)

    @cached_property
    def _sdk(self) -> Sdk:
        import httpx

        return Sdk(NAME, _refusal, silent=(httpx.TimeoutException,), broken=(httpx.HTTPError,))

    @contextmanager
    def _calls(self) -> Iterator["genai.Client"]:
        """Calls of the batch API. The SDK itself tries only the chunks of an upload again."""
        with self._our_errors(STORED):
            yield self._client()


def _refusal(error: Exception) -> Refusal | None:
    """Gemini says when to come back in a detail of its error: https://google.aip.dev/193."""
    from google.genai import errors

    if not isinstance(error, errors.APIError):
        return None
    details = (error.details.get("error") or {}).get("details") or [] if isinstance(error.details, dict) else []
    delays = [each.get("retryDelay", "") for each in details if isinstance(each, dict)]
    seconds = [float(delay[:-1]) for delay in delays if SECONDS.fullmatch(delay)]
    headers = getattr(error.response, "headers", {})
    body = None if isinstance(error.message, str) else _replies.excerpt(error.details)
    delay = max(seconds, default=None)
    return Refusal(error.code, str(error.message or error.status or ""), error.status, headers, delay, body)
