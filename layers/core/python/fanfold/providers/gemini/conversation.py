"""Gemini's generateContent (https://ai.google.dev/api/generate-content): the `request` of a batch line."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from fanfold.providers import ChatMessage, Prompt
from fanfold.providers._conversation import Plain, Strict


class _Content(Strict):
    role: Literal["user", "model"] = "user"
    parts: Plain


class _Config(Strict):
    max_tokens: int | None = Field(None, validation_alias=AliasChoices("maxOutputTokens", "max_output_tokens"))
    temperature: float | None = None


class _Request(Strict):
    model: str = ""
    contents: Annotated[tuple[_Content, ...], Field(min_length=1)]
    system: _Content | None = Field(None, validation_alias=AliasChoices("systemInstruction", "system_instruction"))
    config: _Config = Field(_Config(), validation_alias=AliasChoices("generationConfig", "generation_config"))


def conversation(body: dict[str, Any]) -> Prompt:
    """Raises ValidationError."""
    said = _Request.model_validate(body)
    system = (ChatMessage(role="system", content=said.system.parts),) if said.system else ()
    turns = tuple(
        ChatMessage(role="assistant" if each.role == "model" else each.role, content=each.parts)
        for each in said.contents
    )
    config = said.config
    return Prompt(
        model=said.model.removeprefix("models/"),
        messages=(*system, *turns),
        max_tokens=config.max_tokens,
        temperature=config.temperature,
    )
