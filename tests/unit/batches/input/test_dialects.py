"""Lines of providers' batch files, for the provider they were made for and for another."""

import json
from typing import Any

import pytest

from fanfold.batches.input.lines import ReadRequest, read_requests
from fanfold.batches.model.batch import BatchSource, Endpoint, Options
from fanfold.errors import Flaw
from fanfold.providers import Provider, provider
from tests.fakes.provider import MemoryProvider

SAID = [("user", "Hello"), ("assistant", "Hi"), ("user", "Bye")]
OPENAI = {"messages": [{"role": "system", "content": "Be brief."}, *({"role": r, "content": c} for r, c in SAID)]}
ANTHROPIC = {"system": "Be brief.", "messages": [{"role": r, "content": c} for r, c in SAID]}
GEMINI = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [{"role": {"assistant": "model"}.get(r, r), "parts": [{"text": c}]} for r, c in SAID],
}

OPENAI_TO_EMBED: dict[str, Any] = {"url": "/v1/embeddings", "body": {"input": "Hello"}}
TO_EMBED: dict[str, Any] = {"key": "a", "request": {"content": {"parts": [{"text": "Hello"}]}}}


def line(shape: str, body: dict[str, Any], name: str | None = "a") -> dict[str, Any]:
    """A line of that provider's batch file."""
    return {
        "openai": {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body},
        "anthropic": {"custom_id": name, "params": body},
        "gemini": {"key": name, "request": body},
    }[shape]


def real(name: str) -> Provider:
    return provider(name, lambda: "key", 1)


def read(given: dict[str, Any], to: Provider | None = None, **options: Any) -> Any:
    source, text = BatchSource(key="x"), json.dumps(given).encode()
    [found] = read_requests([text], source, Options(**options), to or MemoryProvider())
    return found


def body(given: dict[str, Any], **options: Any) -> dict[str, Any]:
    found = read(given, real(options["provider"]), **options)
    assert isinstance(found, ReadRequest), found
    return found.body


def flaw(given: dict[str, Any], **options: Any) -> tuple[str | None, str]:
    found = read(given, real(options["provider"]), **options)
    assert isinstance(found, Flaw), found
    return found.field, found.detail


class TestOwn:
    @pytest.mark.parametrize(
        ("shape", "model", "own"),
        [
            ("openai", "gpt-4o", OPENAI | {"tools": [{"type": "function"}]}),
            ("anthropic", "claude-sonnet-4-5", ANTHROPIC | {"max_tokens": 9, "thinking": {"type": "adaptive"}}),
            ("gemini", "gemini-2.5-flash", GEMINI | {"safetySettings": [{"category": "x"}]}),
        ],
    )
    def test_a_line_for_the_jobs_provider_goes_as_it_is(self, shape: str, model: str, own: dict[str, Any]) -> None:
        found = read(line(shape, own), real(shape), provider=shape, model=model)
        assert found == ReadRequest("a", 1, {"model": model} | own)

    @pytest.mark.parametrize("shape", ["openai", "anthropic"])
    def test_a_model_of_its_own_is_kept(self, shape: str) -> None:
        model = {"openai": "gpt-4.1", "anthropic": "claude-opus-4-5"}[shape]
        assert body(line(shape, {"model": model, "messages": []}), provider=shape)["model"] == model

    @pytest.mark.parametrize("shape", ["openai", "anthropic", "gemini"])
    def test_a_line_without_a_name_gets_one(self, shape: str) -> None:
        given = {name: value for name, value in line(shape, OPENAI, None).items() if value}
        assert read(given, provider=shape).custom_id == "request-1"

    @pytest.mark.parametrize("shape", ["anthropic", "gemini"])
    def test_a_request_that_streams_is_named(self, shape: str) -> None:
        field = {"anthropic": "params", "gemini": "request"}[shape]
        assert flaw(line(shape, {"stream": True}), provider=shape)[0] == f"{field}.stream"

    @pytest.mark.parametrize(
        "given",
        [
            {"params": {}, "body": {}},
            {"params": {}, "request": {}},
            {"params": {}, "input": "a"},
            {"key": "a", "input": "a"},
            {"key": "a", "custom_id": "b", "request": {}},
            {"key": "a"},
        ],
        ids=str,
    )
    def test_a_line_of_two_shapes_is_none(self, given: dict[str, Any]) -> None:
        assert isinstance(read(given), Flaw)


class TestTranslated:
    @pytest.mark.parametrize("limit", [{}, {"max_tokens": 50}])
    def test_a_conversation_for_anthropic_goes_to_openai(self, limit: dict[str, int]) -> None:
        found = body(line("anthropic", ANTHROPIC | limit), provider="openai", model="gpt-4o")
        assert found["messages"] == OPENAI["messages"]
        assert found["model"] == "gpt-4o"
        assert found.get("max_completion_tokens") == limit.get("max_tokens")

    def test_a_conversation_for_openai_goes_to_anthropic(self) -> None:
        given = OPENAI | {"max_completion_tokens": 7, "temperature": 0.5, "n": 1, "stream": False}
        found = body(line("openai", given), provider="anthropic", model="claude-sonnet-4-5")
        assert found["messages"] == ANTHROPIC["messages"]
        assert "Be brief." in json.dumps(found["system"])
        assert (found["max_tokens"], found["temperature"]) == (7, 0.5)

    def test_a_conversation_for_gemini_goes_to_openai(self) -> None:
        config = {"generationConfig": {"maxOutputTokens": 7, "temperature": 0}}
        found = body(line("gemini", GEMINI | config), provider="openai")
        assert found["messages"] == OPENAI["messages"]
        assert (found["max_completion_tokens"], found["temperature"]) == (7, 0)

    def test_a_conversation_for_openai_goes_to_gemini(self) -> None:
        found = body(line("openai", OPENAI), provider="gemini")
        assert found["contents"] == GEMINI["contents"]
        assert "Be brief." in json.dumps(found["systemInstruction"])

    def test_gemini_may_write_its_fields_in_either_way(self) -> None:
        given = {"contents": [{"parts": [{"text": "Hello"}]}], "generation_config": {"max_output_tokens": 3}}
        found = body(line("gemini", given), provider="openai")
        assert (found["messages"], found["max_completion_tokens"]) == ([{"role": "user", "content": "Hello"}], 3)

    def test_one_block_of_text_is_a_text(self) -> None:
        blocks = [{"type": "text", "text": "Hello"}]
        given = {"messages": [{"role": "user", "content": blocks}], "system": blocks}
        found = body(line("anthropic", given), provider="openai")
        assert [each["content"] for each in found["messages"]] == ["Hello", "Hello"]

    def test_a_batchs_limit_holds_where_the_line_has_none(self) -> None:
        found = body(line("openai", OPENAI), provider="anthropic", max_tokens=11, system="not mine", temperature=1)
        assert found["max_tokens"] == 11
        assert "not mine" not in json.dumps(found)
        assert found["temperature"] == 1

    def test_a_name_survives(self) -> None:
        assert read(line("gemini", GEMINI, "k-1"), real("openai"), provider="openai").custom_id == "k-1"

    def test_another_providers_model_has_to_be_replaced_by_name(self) -> None:
        given = line("anthropic", ANTHROPIC | {"model": "claude-sonnet-4-5"})
        field, detail = flaw(given, provider="openai")
        assert field == "params.model"
        assert "claude-sonnet-4-5" in detail
        assert body(given, provider="openai", model="gpt-4o")["model"] == "gpt-4o"

    @pytest.mark.parametrize(
        ("shape", "more", "field"),
        [
            ("anthropic", {"tools": []}, "params.tools"),
            ("anthropic", {"top_k": 5}, "params.top_k"),
            ("anthropic", {"messages": []}, "params.messages"),
            (
                "anthropic",
                {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
                "params.messages.0.content",
            ),
            (
                "anthropic",
                {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]},
                "params.system",
            ),
            ("anthropic", {"system": [{"type": "text", "text": t} for t in "ab"]}, "params.system"),
            ("gemini", {"tools": []}, "request.tools"),
            ("gemini", {"generationConfig": {"topP": 1}}, "request.generationConfig.topP"),
            ("gemini", {"contents": [{"parts": [{"inlineData": {}}]}]}, "request.contents.0.parts"),
            ("gemini", {"contents": "Hello"}, "request.contents"),
        ],
    )
    def test_what_would_be_lost_is_named(self, shape: str, more: dict[str, Any], field: str) -> None:
        given = {"anthropic": ANTHROPIC, "gemini": GEMINI}[shape]
        found, detail = flaw(line(shape, given | more), provider="openai")  # type: ignore[operator]
        assert found == field
        assert f"a request for {shape}" in detail

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"response_format": {"type": "json_object"}}, "body.response_format"),
            ({"n": 2}, "body.n"),
            ({"messages": [{"role": "tool", "content": "x"}]}, "body.messages.0.role"),
            ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "body.messages.0.name"),
            ({"messages": [{"role": "user", "content": None}]}, "body.messages.0.content"),
            ({"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "y"}]}, "body.messages"),
        ],
    )
    def test_what_anthropic_can_not_be_given_is_named(self, more: dict[str, Any], field: str) -> None:
        assert flaw(line("openai", OPENAI | more), provider="anthropic")[0] == field

    def test_a_body_without_a_url_is_the_jobs_own(self) -> None:
        assert body({"body": ANTHROPIC}, provider="anthropic", model="claude-opus-4-5")["system"] == "Be brief."


class TestEmbeddings:
    """A text that an embedding is of can go to another provider; nothing goes to another endpoint."""

    @pytest.mark.parametrize("given", [OPENAI_TO_EMBED, TO_EMBED])
    def test_of_either_goes_to_either(self, given: dict[str, Any]) -> None:
        found = body(given, provider="openai", model="text-embedding-3-small", endpoint="embeddings")
        assert found == {"model": "text-embedding-3-small", "input": "Hello"}
        found = body(given, provider="gemini", model="gemini-embedding-001", endpoint="embeddings")
        assert found == {"model": "gemini-embedding-001", **TO_EMBED["request"]}

    @pytest.mark.parametrize("given", [{"url": "/v1/chat/completions", "body": {"input": "Hello"}}, TO_EMBED])
    @pytest.mark.parametrize("name", ["anthropic", "openai", "gemini"])
    def test_none_becomes_a_conversation(self, given: dict[str, Any], name: str) -> None:
        found = read(given, real(name), provider=name)
        assert isinstance(found, Flaw)
        assert "for " in found.detail

    def test_what_would_be_lost_is_named(self) -> None:
        sized = {"key": "a", "request": {**TO_EMBED["request"], "outputDimensionality": 8}}
        options = {"model": "text-embedding-3-small", "endpoint": "embeddings", "provider": "openai"}
        found = read(sized, real("openai"), **options)
        assert isinstance(found, Flaw)
        assert found.field == "request.outputDimensionality"
        [found] = read_requests(
            [json.dumps(line("openai", OPENAI)).encode()],
            BatchSource(key="x"),
            Options(provider="gemini", model="gemini-embedding-001", endpoint=Endpoint.EMBEDDINGS),
            real("gemini"),
        )
        assert isinstance(found, Flaw)
