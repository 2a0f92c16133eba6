"""Answering: one request at a provider, in real time, through the gate that all of the deployment shares.

Minutes may pass between two answers of a process, in which Lambda may freeze it: each has its own connection.
"""

import asyncio
import json

from fanfold.errors import ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.limits.gate import Gate, Gates
from fanfold.limits.route import Route
from fanfold.providers import DirectApi, Outcome, Providers
from fanfold.writing.backend import ModelRequest

PATIENCE = 30.0
"""Seconds that a call waits at the gate before it is left to the state machine, which waits for less money."""


class ModelGateway:
    """`provider` makes a provider anew each time; `seconds` is how long an answer may take."""

    def __init__(self, provider: Providers, gates: Gates, seconds: float) -> None:
        self._provider, self._gates, self._seconds = provider, gates, seconds

    def __call__(self, question: ModelRequest) -> Outcome:
        """The outcome. Raises ProviderUnavailable (and its kinds) for what may pass, ProviderRefused for what won't."""
        return asyncio.run(self._ask(question))

    async def _ask(self, question: ModelRequest) -> Outcome:
        provider = self._provider(question.provider, question.tenant)
        gate = self._gates(Route(question.provider, question.model, provider.account))
        try:
            want = gate.estimate(len(json.dumps(question.body)), provider.most_tokens(question.body))
            probe = await _passed(gate, want, question.tenant)
            return await self._through(gate, provider, question, probe=probe)
        finally:
            await gate.settle()
            await provider.close()

    async def _through(self, gate: Gate, api: DirectApi, question: ModelRequest, *, probe: bool) -> Outcome:
        """The call itself, whose end the gate is told of."""
        reserved = 0 if probe else gate.take()
        try:
            outcome = await api.answer(question.id, question.body, self._seconds)
        except ProviderUnavailable as error:
            await gate.failed(error, reserved, tenant=question.tenant)
            if probe:
                await gate.probed(well=False, tenant=question.tenant)
            raise
        except ProviderRefused:
            gate.refused(reserved)
            if probe:
                await gate.probed(well=True)
            raise
        gate.spent(reserved, outcome.usage.input_tokens, outcome.usage.output_tokens)
        if probe:
            await gate.probed(well=True)
        return outcome


async def _passed(gate: Gate, want: int, tenant: str) -> bool:
    """Wait at the gate; whether the call is a probe. Raises ProviderThrottled if that would take too long."""
    waited = 0.0
    while not gate.ready():
        passed = await gate.ask([want], tenant)
        if passed.calls:
            return passed.probe
        if waited + passed.wait > PATIENCE:
            raise ProviderThrottled("the provider's rate is used up", retry_after=passed.wait)
        await asyncio.sleep(passed.wait)
        waited += passed.wait
    return False
