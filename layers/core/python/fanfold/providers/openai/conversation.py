"""OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat): the `body` of a batch line."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fanfold.providers import ChatMessage, Prompt
from fanfold.providers._conversation import Plain, Strict

SYSTEM = ("system", "developer")


class _Turn(Strict):
    role: Literal["system", "developer", "user", "assistant"]
    content: Plain


def _system_first(turns: tuple[_Turn, ...]) -> tuple[_Turn, ...]:
    if any(turn.role in SYSTEM for turn in turns[1:]):
        raise ValueError("another provider takes one system message, the first")
    return turns


class _Body(Strict):
    model: str = ""
    messages: Annotated[tuple[_Turn, ...], Field(min_length=1), AfterValidator(_system_first)]
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    n: Literal[1] | None = None
    stream: Literal[False] | None = None


def conversation(body: dict[str, Any]) -> Prompt:
    """Raises ValidationError."""
    said = _Body.model_validate(body)
    turns = tuple(
        ChatMessage(role="system" if turn.role in SYSTEM else turn.role, content=turn.content) for turn in said.messages
    )
    limit = said.max_completion_tokens or said.max_tokens
    return Prompt(model=said.model, messages=turns, max_tokens=limit, temperature=said.temperature)
