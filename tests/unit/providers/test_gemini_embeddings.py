"""Embeddings of Gemini's: bodies that are made, told apart, put to others, and read."""

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.errors import BadReply, Invalid
from fanfold.providers import ChatMessage, Finish, Prompt, Status, conversation
from fanfold.providers._answers import read
from fanfold.providers.gemini import embeddings
from fanfold.providers.gemini.dialect import GeminiDialect
from fanfold.providers.gemini.embeddings import CHAT, EMBEDDINGS, are_in, endpoint_of
from fanfold.providers.gemini.replies import outcome_in
from fanfold.providers.openai.dialect import OpenAIDialect

GEMINI = GeminiDialect()
MODEL = "gemini-embedding-001"
HELLO = ChatMessage(role="user", content="Hello")
BODY: dict[str, Any] = {"model": MODEL, "content": {"parts": [{"text": "Hello"}]}}


def test_a_prompt_becomes_a_body_of_its_endpoint() -> None:
    assert GEMINI.body(Prompt(MODEL, (HELLO,), endpoint=EMBEDDINGS)) == BODY
    assert GEMINI.endpoint(BODY) == endpoint_of(BODY) == EMBEDDINGS
    assert endpoint_of(GEMINI.body(Prompt("gemini-3.5-flash", (HELLO,)))) == CHAT
    assert GEMINI.with_input(BODY, "Bye")["content"] == {"parts": [{"text": "Bye"}]}
    assert (GEMINI.most_tokens(BODY), GEMINI.limited(BODY, 9)) == (0, BODY)


@pytest.mark.parametrize(
    ("prompt", "field"),
    [
        (Prompt(MODEL, (HELLO,), max_tokens=5), "max_tokens"),
        (Prompt(MODEL, (HELLO,), seed=5), "seed"),
        (Prompt(MODEL, (HELLO, HELLO)), "input"),
        (Prompt("gemini-3.5-flash", (HELLO,)), "model"),
    ],
)
def test_what_an_embedding_has_no_place_for_is_refused(prompt: Prompt, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        GEMINI.body(prompt._replace(endpoint=EMBEDDINGS))
    assert refused.value.flaws[0].field == field


def test_a_plain_one_can_be_put_to_openai() -> None:
    found = conversation("gemini", BODY)._replace(model="text-embedding-3-small")
    assert OpenAIDialect().body(found) == {"model": "text-embedding-3-small", "input": "Hello"}
    with pytest.raises(Invalid) as refused:
        conversation("gemini", BODY | {"taskType": "SEMANTIC_SIMILARITY"})
    assert refused.value.flaws[0].field == "taskType"


def test_a_file_says_what_it_asks(tmp_path: Path) -> None:
    for name, request in (("a", BODY), ("b", {"contents": []})):
        (tmp_path / name).write_text(json.dumps({"key": "1", "request": request}) + "\n")
    assert (are_in(tmp_path / "a"), are_in(tmp_path / "b")) == (True, False)


def test_a_line_is_read() -> None:
    line = {"key": "a", "response": {"embedding": {"values": [0.5, 1]}, "tokenCount": 3}}
    found = outcome_in(json.dumps(line).encode())
    assert (found.status, found.output, found.finish_reason) == (Status.SUCCEEDED, None, Finish.STOP)
    assert (found.usage.input_tokens, found.response) == (3, line["response"])
    none = outcome_in(json.dumps({"key": "a", "response": {"embedding": {"values": []}}}).encode())
    assert none.error
    assert (none.status, none.error.kind, none.usage.uncounted) == (Status.FAILED, "bad_reply", 1)


def test_a_reply_is_read_as_a_line_is() -> None:
    reply = {"embeddings": [{"values": [0.5, 1]}], "usageMetadata": {"promptTokenCount": 3}}
    found = read("Gemini", "a", json.dumps(reply).encode(), embeddings.answered)
    assert found.response
    assert (found.response["embedding"], found.usage.input_tokens) == ({"values": [0.5, 1]}, 3)
    every: list[dict[str, Any]] = [{}, {"embeddings": []}, {"embeddings": [{"values": [1]}] * 2}, {"embeddings": [{}]}]
    for broken in every:
        with pytest.raises(BadReply):
            read("Gemini", "a", json.dumps(broken).encode(), embeddings.answered)


def test_a_plain_one_of_openais_can_be_put_to_gemini() -> None:
    asked = {"model": MODEL, "input": "Hello", "encoding_format": "float"}
    assert GEMINI.body(conversation("openai", asked)) == BODY
    for more, field in (({"input": ["a", "b"]}, "input"), ({"dimensions": 8}, "dimensions")):
        with pytest.raises(Invalid) as refused:
            conversation("openai", asked | more)
        assert refused.value.flaws[0].field == field
