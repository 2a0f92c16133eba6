"""Answering: one call, one connection, and a gate that is told how it went."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.errors import ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.limits.breaker import FAILURES, Breaker
from fanfold.limits.bucket import Bucket
from fanfold.limits.gate import Gate, Gates
from fanfold.providers import Outcome, Status, Usage
from fanfold.settings import Rate
from fanfold.writing import model_gateway as answering
from fanfold.writing.backend import ModelRequest
from fanfold.writing.model_gateway import ModelGateway
from tests.fakes.table import MemoryTable

QUESTION = ModelRequest("id", "acme", "anthropic", "claude-x", {"max_tokens": 50, "messages": []})


class Line:
    """A provider that answers, or raises what it is given."""

    account = "an-account"

    def __init__(self) -> None:
        self.asked = self.closed = 0
        self.trouble: list[Exception] = []

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        found: int | None = body.get("max_tokens")
        return found

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        self.asked += 1
        if self.trouble:
            raise self.trouble.pop(0)
        return Outcome(id=id, status=Status.SUCCEEDED, output="x", usage=Usage(input_tokens=3, output_tokens=4))

    async def close(self) -> None:
        self.closed += 1


class Office:
    """Answering over one table, as a process has it; `again` is another process."""

    def __init__(self, rate: Rate | None = None) -> None:
        self.now, self.table, self.line = datetime(2026, 11, 26, tzinfo=UTC), MemoryTable(), Line()
        self.rate = rate or Rate()

    def again(self) -> ModelGateway:
        def clock() -> datetime:
            return self.now

        bucket, breaker = Bucket(self.table, clock, lambda route: self.rate), Breaker(self.table, clock, 5)
        gates = Gates(lambda route: Gate(route, bucket, breaker, clock, 4))
        return ModelGateway(lambda name, tenant="": self.line, gates, 5)  # type: ignore[arg-type]


def test_each_call_has_a_connection_of_its_own() -> None:
    office = Office()
    ask = office.again()
    assert [ask(QUESTION).output for _ in range(3)] == ["x"] * 3
    assert (office.line.asked, office.line.closed) == (3, 3)


@pytest.mark.parametrize("error", [ProviderUnavailable("away"), ProviderRefused("no"), ProviderThrottled("slow")])
def test_what_a_call_raises_comes_through_and_the_connection_is_closed(error: Exception) -> None:
    office = Office()
    office.line.trouble = [error]
    with pytest.raises(type(error)):
        office.again()(QUESTION)
    assert office.line.closed == 1


def test_a_rate_that_is_used_up_is_left_to_the_state_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 0.0)
    office = Office(Rate(requests=12, tokens=1_000_000))
    for _ in range(2):
        office.again()(QUESTION)
    with pytest.raises(ProviderThrottled) as error:
        office.again()(QUESTION)
    assert error.value.retry_after
    assert office.line.asked == 2
    office.now += timedelta(seconds=61)
    office.again()(QUESTION)


def test_a_provider_that_is_down_is_probed_and_not_stormed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 0.0)
    office = Office()
    office.line.trouble = [ProviderUnavailable("down")] * (FAILURES + 1)
    ask = office.again()
    for _ in range(FAILURES):
        with pytest.raises(ProviderUnavailable):
            ask(QUESTION)
    with pytest.raises(ProviderThrottled):
        office.again()(QUESTION)
    assert office.line.asked == FAILURES
    for expected in (ProviderUnavailable, None):
        office.now += timedelta(seconds=60)
        if expected:
            with pytest.raises(expected):
                office.again()(QUESTION)
        else:
            assert office.again()(QUESTION).output == "x"
    assert office.again()(QUESTION).output == "x"
