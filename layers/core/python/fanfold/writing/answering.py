"""Answering: one request at a provider, in real time.

Minutes may pass between two answers of a process, in which Lambda may freeze it: each has its own connection.
"""

import asyncio

from fanfold.providers import Outcome
from fanfold.writing.backend import Providers, Question


class Answering:
    """`provider` makes a provider anew each time; `seconds` is how long an answer may take."""

    def __init__(self, provider: Providers, seconds: float) -> None:
        self._provider, self._seconds = provider, seconds

    def __call__(self, question: Question) -> Outcome:
        """The outcome. Raises ProviderUnavailable (and its kinds) for what may pass, ProviderRefused for what won't."""
        return asyncio.run(self._ask(question))

    async def _ask(self, question: Question) -> Outcome:
        provider = self._provider(question.provider, question.tenant)
        try:
            return await provider.answer(question.id, question.body, self._seconds)
        finally:
            await provider.close()
