"""Anthropic's Messages (https://docs.claude.com/en/api/messages): the `params` of a batch line."""

from typing import Annotated, Any, Literal

from pydantic import Field

from fanfold.providers import ChatMessage, Prompt
from fanfold.providers._conversation import Plain, Strict


class _Turn(Strict):
    role: Literal["user", "assistant"]
    content: Plain


class _Params(Strict):
    model: str = ""
    messages: Annotated[tuple[_Turn, ...], Field(min_length=1)]
    system: Plain | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    stream: Literal[False] | None = None


def conversation(body: dict[str, Any]) -> Prompt:
    """Raises ValidationError."""
    said = _Params.model_validate(body)
    system = (ChatMessage(role="system", content=said.system),) if said.system else ()
    turns = tuple(ChatMessage(role=turn.role, content=turn.content) for turn in said.messages)
    return Prompt(
        model=said.model, messages=(*system, *turns), max_tokens=said.max_tokens, temperature=said.temperature
    )
