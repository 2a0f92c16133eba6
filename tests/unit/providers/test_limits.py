"""Another limit to a request's output, in every provider's body and however it was written."""

from typing import Any

import pytest

from fanfold import providers
from fanfold.providers import ChatMessage, Prompt, with_limit

WRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("openai", {"model": "gpt-4o", "max_tokens": 10}),
    ("openai", {"model": "gpt-5.4-nano", "max_completion_tokens": 10}),
    ("anthropic", {"model": "claude-haiku-4-5", "max_tokens": 10}),
    ("gemini", {"model": "gemini-3.5-flash", "generationConfig": {"maxOutputTokens": 10, "temperature": 1}}),
    ("gemini", {"model": "gemini-3.5-flash", "generation_config": {"max_output_tokens": 10, "temperature": 1}}),
]


@pytest.mark.parametrize(("name", "body"), WRITTEN)
def test_it_takes_the_place_of_the_one_before(name: str, body: dict[str, Any]) -> None:
    provider = providers.provider(name, str, 60)
    limited = with_limit(provider, body, 900)
    assert (provider.most_tokens(body), provider.most_tokens(limited)) == (10, 900)
    assert limited.keys() == body.keys()
    assert "10" not in str(limited)


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("before", [None, 10])
def test_a_prompts_body_is_the_one_of_a_prompt_with_that_limit(name: str, before: int | None) -> None:
    provider = providers.provider(name, str, 60)
    prompt = Prompt(provider.default_model, (ChatMessage(role="user", content="hello"),), before, temperature=0.5)
    limited = with_limit(provider, provider.body(prompt), 900)
    assert limited == provider.body(prompt._replace(max_tokens=900))
