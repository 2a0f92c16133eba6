"""Answering: one request at a provider, in real time."""

from collections.abc import Callable, Coroutine
from typing import Any

from fanfold.providers import Outcome
from fanfold.writing.backend import Providers, Question

Run = Callable[[Coroutine[Any, Any, Outcome]], Outcome]


class Answering:
    """`run` is the process's event loop; `seconds` is how long an answer may take."""

    def __init__(self, provider: Providers, run: Run, seconds: float) -> None:
        self._provider, self._run, self._seconds = provider, run, seconds

    def __call__(self, question: Question) -> Outcome:
        """The outcome. Raises ProviderUnavailable (and its kinds) for what may pass, ProviderRefused for what won't."""
        return self._run(self._ask(question))

    async def _ask(self, question: Question) -> Outcome:
        provider = self._provider(question.provider, question.tenant)
        return await provider.answer(question.id, question.body, self._seconds)
