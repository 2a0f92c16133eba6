"""Gemini asked one request at a time: https://ai.google.dev/api/generate-content."""

import asyncio
from typing import Any

from fanfold.errors import BadReply
from fanfold.providers import Outcome
from fanfold.providers._answers import read
from fanfold.providers._errors import DIRECT
from fanfold.providers.gemini import embeddings
from fanfold.providers.gemini.account import NAME, GeminiAccount
from fanfold.providers.gemini.dialect import GeminiDialect
from fanfold.providers.gemini.replies import answered

WHOLE = {
    "should_return_http_response": True,
    "automatic_continuation": False,
    "automatic_function_calling": {"disable": True},
}
"""One call, whose answer we read ourselves."""
INSTEAD = "-"
"""The SDK wants contents of its own making; the request's take their place as they are."""


class GeminiDirect(GeminiAccount):
    """generateContent and embeddings, one by one."""

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        if embeddings.endpoint_of(body) == embeddings.EMBEDDINGS:
            return await self._embedded(id, body, timeout)
        client, asked = self._async_client(), {"contents": [], **body}
        model = asked.pop("model", GeminiDialect.default_model)
        config: Any = WHOLE | {"http_options": {"extra_body": asked, "timeout": int(timeout * 1000)}}
        with self._our_errors(DIRECT, timeout):
            async with asyncio.timeout(timeout):
                reply = await client.aio.models.generate_content(model=model, contents=INSTEAD, config=config)
        text = reply.sdk_http_response.body if reply.sdk_http_response else None
        return read(NAME, id, (text or "").encode(), answered)

    async def _embedded(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        """The SDK reads this reply itself, and has no way to leave it as it came."""
        model = body["model"]
        asked = [body | {"model": f"models/{model}"}]
        config: Any = {"http_options": {"extra_body": {"requests": asked}, "timeout": int(timeout * 1000)}}
        with self._our_errors(DIRECT, timeout):
            async with asyncio.timeout(timeout):
                try:
                    reply = await self._async_client().aio.models.embed_content(
                        model=model, contents=INSTEAD, config=config
                    )
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise BadReply(f"{NAME}: its reply can't be read: {type(error).__name__}") from None
        came = reply.model_dump_json(by_alias=True, exclude_none=True, exclude={"sdk_http_response"})
        return read(NAME, id, came.encode(), embeddings.answered)
