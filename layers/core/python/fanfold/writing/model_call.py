"""Ask a model for a piece of writing: the material in the provider's shape, and more of an answer that was cut."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fanfold.errors import BadReply, ProviderRefused
from fanfold.jobs.job import Counts
from fanfold.providers import ChatMessage, Dialect, Finish, Material, Outcome, Prompt, Status, documents
from fanfold.writing.backend import ModelRequest, WritingBackend
from fanfold.writing.quoted import fenced

MOST_CALLS = 12
"""Requests for one piece: the first, and those that go on."""
GO_ON = "Continue exactly where the text stops, with its next word. Repeat nothing and say nothing else."


class WritingRequest(NamedTuple):
    """What is wanted of which model; `system` and `material` are the same for all pieces of a job."""

    tenant: str
    id: str
    provider: str
    model: str
    system: str
    material: Sequence[Material]
    request: str
    max_tokens: int
    schema: dict[str, Any] | None = None


class ModelReply(NamedTuple):
    """What came of it; `cost` is in nanodollars, None if one price is not known."""

    text: str
    calls: int
    tokens: Counts
    cost: int | None

    def __add__(self, other: "ModelReply") -> "ModelReply":  # type: ignore[override]
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return ModelReply(self.text + other.text, self.calls + other.calls, self.tokens + other.tokens, cost)


def ask_model(wanted: WritingRequest, backend: WritingBackend) -> ModelReply:
    """The whole answer, in as many requests as it takes. Raises ProviderRefused if the model refuses."""
    provider = backend.provider(wanted.provider, wanted.tenant)
    said = ModelReply("", 0, Counts(), 0)
    while said.calls < MOST_CALLS:
        body = provider.body(_prompt(wanted, said.text, provider))
        question = ModelRequest(f"{wanted.id}-{said.calls}", wanted.tenant, wanted.provider, wanted.model, body)
        outcome = backend.answer(question)
        cut = outcome.finish_reason is Finish.LENGTH
        said += ModelReply(
            _text(outcome, cut), 1, _tokens(outcome), backend.price(wanted.provider, wanted.model, outcome)
        )
        if not cut:
            return said
    return said


def _prompt(wanted: WritingRequest, so_far: str, dialect: Dialect) -> Prompt:
    messages: list[ChatMessage] = [{"role": "system", "content": _system(wanted, dialect)}]
    messages.append({"role": "user", "content": _user(wanted, dialect)})
    if so_far:
        messages.append({"role": "assistant", "content": so_far.rstrip()})
        messages.append({"role": "user", "content": GO_ON})
    return Prompt(wanted.model, tuple(messages), max_tokens=wanted.max_tokens, response_schema=wanted.schema)


def _system(wanted: WritingRequest, dialect: Dialect) -> str | list[dict[str, Any]]:
    if taking := documents(dialect):
        return taking.parts([Material(wanted.system, cached=True)])
    return wanted.system


def _user(wanted: WritingRequest, dialect: Dialect) -> str | list[dict[str, Any]]:
    """Documents first, so that what comes before the request is the same every time and found in the cache."""
    material = [each._replace(cached=at == len(wanted.material)) for at, each in enumerate(wanted.material, 1)]
    if taking := documents(dialect):
        return taking.parts([*material, Material(wanted.request)])
    texts = [fenced(f"{each.title}\n\n{each.text}", "document") for each in material]
    return "\n\n".join([*texts, wanted.request])


def _text(outcome: Outcome, cut: bool) -> str:
    """The answer, back to its last whole word if it was cut; the space behind that stays."""
    if outcome.status is not Status.SUCCEEDED:
        error = outcome.error
        raise ProviderRefused(error.message if error else "the model gave no answer")
    text = outcome.output or ""
    if outcome.finish_reason is Finish.REFUSAL:
        raise ProviderRefused("the model refuses to write this")
    if not text.strip() and not cut:
        raise BadReply("the model's answer is empty")
    if not cut:
        return text
    end = max(text.rfind(space) for space in " \n\t")
    return text[: end + 1] if end > 0 else text


def _tokens(outcome: Outcome) -> Counts:
    used = outcome.usage
    return Counts(
        succeeded=1,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cached_tokens=used.cached_tokens,
        reasoning_tokens=used.reasoning_tokens,
    )
