"""Anthropic asked one request at a time: https://platform.claude.com/docs/en/api/messages."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fanfold.providers import Outcome
from fanfold.providers._answers import read, unstreamed
from fanfold.providers._errors import DIRECT
from fanfold.providers.anthropic.account import NAME, AnthropicAccount
from fanfold.providers.anthropic.replies import answered

if TYPE_CHECKING:
    import anthropic

MESSAGES: Final = "/v1/messages"
MOST_UNSTREAMED = 21_333
"""`max_tokens` up to which the SDK, with Anthropic's limit of ten minutes in mind, takes an answer in one piece."""


class AnthropicDirect(AnthropicAccount):
    """Messages, one by one."""

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        client, asked = self._async_client(), unstreamed(body)
        call = _streamed if asked.get("max_tokens", 0) > MOST_UNSTREAMED else _whole
        with self._our_errors(DIRECT, timeout):
            async with asyncio.timeout(timeout):
                reply = await call(client, asked, timeout)
        return read(NAME, id, reply, answered)


async def _whole(client: "anthropic.AsyncAnthropic", body: dict[str, Any], timeout: float) -> bytes:
    import httpx2

    return (await client.post(MESSAGES, body=body, cast_to=httpx2.Response, options={"timeout": timeout})).content


async def _streamed(client: "anthropic.AsyncAnthropic", body: dict[str, Any], timeout: float) -> bytes:
    """A long answer, in parts: Anthropic drops connections that are silent for too long. What is no parameter of the
    SDK's own goes as it is."""
    own = {name: body.pop(name) for name in ("model", "max_tokens", "messages")}
    async with client.messages.stream(**own, extra_body=body, timeout=timeout) as stream:
        return (await stream.get_final_message()).to_json(indent=None).encode()
