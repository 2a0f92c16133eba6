"""Responses and embeddings: bodies that are made, told apart and read."""

import json
from functools import partial
from typing import Any

import pytest

from fanfold.errors import BadReply, Invalid
from fanfold.providers import ChatMessage, Finish, Outcome, Prompt, Status
from fanfold.providers._answers import read
from fanfold.providers.openai.dialect import OpenAIDialect
from fanfold.providers.openai.endpoints import CHAT, EMBEDDINGS, RESPONSES, endpoint_of
from fanfold.providers.openai.replies import answered, outcome_in

OPENAI = OpenAIDialect()
HELLO = ChatMessage(role="user", content="Hello")
BRIEF = ChatMessage(role="system", content="Be brief.")
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False, "required": []}
MODEL = "gpt-5.4-mini"


@pytest.mark.parametrize(
    ("body", "endpoint"),
    [
        ({"model": MODEL, "messages": []}, CHAT),
        ({"model": MODEL, "input": "a"}, RESPONSES),
        ({"model": MODEL, "prompt": {"id": "p"}}, RESPONSES),
        ({"model": "text-embedding-3-large", "input": "a"}, EMBEDDINGS),
        ({"model": MODEL, "max_tokens": 1}, CHAT),
    ],
)
def test_a_body_says_which_endpoint_it_is_for(body: dict[str, Any], endpoint: str) -> None:
    assert endpoint_of(body) == endpoint
    assert OPENAI.endpoint(body) == endpoint


class TestResponses:
    def test_a_prompt_becomes_one(self) -> None:
        prompt = Prompt(MODEL, (BRIEF, HELLO), 50, 0.5, SCHEMA, reasoning_effort="low", endpoint=RESPONSES)
        assert OPENAI.body(prompt) == {
            "model": MODEL,
            "input": "Hello",
            "instructions": "Be brief.",
            "reasoning": {"effort": "low"},
            "text": {"format": {"type": "json_schema", "name": "response", "schema": SCHEMA, "strict": True}},
            "max_output_tokens": 50,
            "temperature": 0.5,
        }
        assert OPENAI.schema(OPENAI.body(prompt)) == SCHEMA

    def test_turns_stay_turns(self) -> None:
        said = ChatMessage(role="assistant", content="Hi")
        body = OPENAI.body(Prompt(MODEL, (HELLO, said, HELLO), endpoint=RESPONSES))
        assert body["input"] == [HELLO, said, HELLO]
        with pytest.raises(ValueError, match="more than a text"):
            OPENAI.with_input(body, "x")

    @pytest.mark.parametrize(
        "more", [{"stop": "x"}, {"seed": 1}, {"tools": ({"type": "function"},)}, {"tool_choice": "auto"}]
    )
    def test_what_they_have_no_place_for_is_named(self, more: dict[str, Any]) -> None:
        with pytest.raises(Invalid) as refused:
            OPENAI.body(Prompt(MODEL, (HELLO,), **more, endpoint=RESPONSES))
        assert refused.value.flaws[0].field == next(iter(more))

    def test_their_limits_and_turns(self) -> None:
        body = {"model": MODEL, "input": "a", "max_output_tokens": 9}
        assert OPENAI.most_tokens(body) == 9
        assert OPENAI.most_tokens({"model": MODEL, "input": "a"}) is None
        assert OPENAI.limited(body, 20)["max_output_tokens"] == 20
        assert OPENAI.with_input(body, "b")["input"] == "b"
        turns = OPENAI.continued(body, "no json", "again")["input"]
        assert [turn["content"] for turn in turns] == ["a", "no json", "again"]


class TestEmbeddings:
    def test_a_prompt_becomes_one(self) -> None:
        prompt = Prompt("text-embedding-3-small", (HELLO,), endpoint=EMBEDDINGS)
        assert OPENAI.body(prompt) == {"model": "text-embedding-3-small", "input": "Hello"}

    @pytest.mark.parametrize(
        ("prompt", "field"),
        [
            (Prompt("text-embedding-3-small", (BRIEF, HELLO), endpoint=EMBEDDINGS), "input"),
            (Prompt("text-embedding-3-small", (HELLO,), 5, endpoint=EMBEDDINGS), "max_tokens"),
            (Prompt("text-embedding-3-small", (HELLO,), temperature=0.0, endpoint=EMBEDDINGS), "temperature"),
            (Prompt(MODEL, (HELLO,), endpoint=EMBEDDINGS), "model"),
        ],
    )
    def test_what_is_none_is_refused(self, prompt: Prompt, field: str) -> None:
        with pytest.raises(Invalid) as refused:
            OPENAI.body(prompt)
        assert refused.value.flaws[0].field == field

    def test_they_have_no_output(self) -> None:
        body = {"model": "text-embedding-3-small", "input": "a"}
        assert OPENAI.most_tokens(body) == 0
        assert OPENAI.limited(body, 5) == body
        assert not OPENAI.reasons(body)


def response(**more: Any) -> dict[str, Any]:
    message = {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}
    usage = {"input_tokens": 8, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 2}}
    whole = {"object": "response", "model": MODEL, "status": "completed", "output": [message], "usage": usage}
    return whole | more


def embedding(**more: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]
    whole = {"object": "list", "model": "text-embedding-3-small", "data": data, "usage": {"prompt_tokens": 4}}
    return whole | more


def line(body: Any, status: int = 200) -> Outcome:
    return outcome_in(json.dumps({"custom_id": "7", "response": {"status_code": status, "body": body}}).encode())


class TestReplies:
    def test_of_a_response(self) -> None:
        found = line(response())
        assert (found.status, found.output, found.finish_reason) == (Status.SUCCEEDED, "Hi", Finish.STOP)
        assert (found.usage.input_tokens, found.usage.output_tokens, found.usage.cached_tokens) == (8, 3, 2)

    @pytest.mark.parametrize(
        ("more", "finish"),
        [
            ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, Finish.LENGTH),
            ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, Finish.REFUSAL),
            ({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]}, Finish.REFUSAL),
            ({"output": [{"type": "function_call", "name": "f"}]}, Finish.TOOL),
        ],
    )
    def test_of_a_response_that_ended_otherwise(self, more: dict[str, Any], finish: Finish) -> None:
        assert line(response(**more)).finish_reason is finish

    @pytest.mark.parametrize(
        "more",
        [
            {"status": "failed", "error": {"code": "server_error", "message": "x"}},
            {"status": "queued"},
            {"output": None},
        ],
    )
    def test_of_a_response_that_is_none(self, more: dict[str, Any]) -> None:
        found = line(response(**more))
        assert found.status is Status.FAILED
        assert found.error is not None

    def test_of_an_embedding(self) -> None:
        found = line(embedding())
        assert (found.status, found.output, found.finish_reason) == (Status.SUCCEEDED, None, Finish.STOP)
        assert (found.usage.input_tokens, found.usage.output_tokens) == (4, 0)
        several: tuple[dict[str, Any], ...] = (
            {"data": []},
            {"data": [{"index": 0}]},
            {"data": None},
            {"data": [{"embedding": []}]},
        )
        for wrong in several:
            assert line(embedding(**wrong)).status is Status.FAILED

    @pytest.mark.parametrize(
        ("endpoint", "body"),
        [
            (CHAT, response()),
            (RESPONSES, embedding()),
            (EMBEDDINGS, response()),
            (RESPONSES, response(model="claude-x")),
        ],
    )
    def test_another_kind_of_answer_is_none(self, endpoint: str, body: dict[str, Any]) -> None:
        with pytest.raises(BadReply):
            read("OpenAI", "7", json.dumps(body).encode(), partial(answered, endpoint=endpoint))
