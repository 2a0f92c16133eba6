"""OpenAI asked one request at a time: https://platform.openai.com/docs/api-reference/chat/create."""

import asyncio
from functools import partial
from typing import Any

from fanfold.providers import Outcome
from fanfold.providers._answers import read, unstreamed
from fanfold.providers._errors import DIRECT
from fanfold.providers.openai.account import NAME, OpenAIAccount
from fanfold.providers.openai.endpoints import PATHS, endpoint_of
from fanfold.providers.openai.replies import answered


class OpenAIDirect(OpenAIAccount):
    """Requests one by one."""

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        import httpx2

        client, endpoint = self._async_client(), endpoint_of(body)
        asked: Any = {"body": unstreamed(body), "options": {"timeout": timeout}}
        with self._our_errors(DIRECT, timeout):
            async with asyncio.timeout(timeout):
                reply = await client.post(PATHS[endpoint], cast_to=httpx2.Response, **asked)
        return read(NAME, id, reply.content, partial(answered, endpoint=endpoint))
