"""Results in other SDKs' shapes: as the provider gave them, or another's answer in those words."""

import json
from typing import Any

import pytest
from anthropic.types.messages import MessageBatchIndividualResponse
from google.genai.types import GenerateContentResponse
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion

from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import EndedBatch, anthropic, gemini, openai
from fanfold.providers import Fault, Finish, Status, Usage

BATCH = EndedBatch("b123", 1_795_381_620, "claude-haiku-4-5")
USAGE = Usage(input_tokens=10, output_tokens=7, cached_tokens=4, reasoning_tokens=2)


def result(**more: Any) -> Result:
    given: dict[str, Any] = {"custom_id": "a", "line": 3, "status": Status.SUCCEEDED, "usage": USAGE}
    return Result(**given | {"output": "Hi", "finish_reason": Finish.STOP} | more)


def failed(status: Status = Status.FAILED, **fault: Any) -> Result:
    error = Fault(**{"kind": "invalid_request", "message": "no such field"} | fault)
    return result(status=status, output=None, finish_reason=None, error=error, usage=Usage())


class TestOpenAI:
    def test_its_own_answer_is_as_it_came(self) -> None:
        body = {"object": "chat.completion", "id": "chatcmpl-9", "odd": [1]}
        line = openai.line(result(response=body), BATCH)
        assert line["response"] == {"status_code": 200, "request_id": "req_b123-3", "body": body}
        assert (line["custom_id"], line["error"]) == ("a", None)

    @pytest.mark.parametrize(
        ("finish", "said"), [(Finish.STOP, "stop"), (Finish.LENGTH, "length"), (Finish.REFUSAL, "content_filter")]
    )
    def test_anothers_answer_is_a_completion(self, finish: Finish, said: str) -> None:
        response: dict[str, object] = {"type": "message", "model": "claude-haiku-4-5-20251001"}
        body = openai.line(result(response=response, finish_reason=finish), BATCH)["response"]["body"]
        read = ChatCompletion.model_validate_json(json.dumps(body))
        assert (read.choices[0].message.content, read.choices[0].finish_reason) == ("Hi", said)
        assert (read.model, read.created) == ("claude-haiku-4-5-20251001", BATCH.at)
        assert read.usage is not None
        assert (read.usage.prompt_tokens, read.usage.completion_tokens, read.usage.total_tokens) == (10, 7, 17)
        assert read.usage.prompt_tokens_details is not None
        assert read.usage.prompt_tokens_details.cached_tokens == 4

    def test_a_fallback_is_named(self) -> None:
        body = openai.completion(result(answered_by="gemini/gemini-3.5-flash-lite"), BATCH)
        assert body["model"] == "gemini-3.5-flash-lite"

    def test_what_the_provider_refused_is_its_response(self) -> None:
        line = openai.line(failed(status=Status.FAILED, code="bad", **{"kind": "invalid_request"}), BATCH)
        assert line["response"] is None
        assert line["error"] == {"code": "bad", "message": "no such field"}
        refused = failed()
        assert refused.error
        told = refused.model_copy(update={"error": refused.error.model_copy(update={"status": 400})})
        line = openai.line(told, BATCH)
        assert line["error"] is None
        assert line["response"]["status_code"] == 400
        assert line["response"]["body"]["error"]["type"] == "invalid_request_error"

    @pytest.mark.parametrize(
        ("status", "code"), [(Status.EXPIRED, "batch_expired"), (Status.CANCELLED, "batch_cancelled")]
    )
    def test_what_was_never_answered_has_its_code(self, status: Status, code: str) -> None:
        assert openai.line(failed(status), BATCH)["error"]["code"] == code


class TestAnthropic:
    def test_its_own_answer_is_as_it_came(self) -> None:
        message: dict[str, object] = {"type": "message", "id": "msg_9"}
        assert anthropic.line(result(response=message), BATCH)["result"] == {"type": "succeeded", "message": message}

    def test_anothers_answer_is_a_message(self) -> None:
        line = anthropic.line(result(response={"object": "chat.completion", "model": "gpt-5.4-mini"}), BATCH)
        read = MessageBatchIndividualResponse.model_validate_json(json.dumps(line))
        assert read.result.type == "succeeded"
        message = read.result.message
        assert (message.content[0].type, message.stop_reason, message.model) == ("text", "end_turn", "gpt-5.4-mini")
        assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (6, 4)

    @pytest.mark.parametrize(
        ("status", "kind", "type"),
        [
            (Status.FAILED, "invalid_request", "invalid_request_error"),
            (Status.FAILED, "rate_limited", "rate_limit_error"),
            (Status.FAILED, "provider_error", "api_error"),
        ],
    )
    def test_errors_have_their_types(self, status: Status, kind: str, type: str) -> None:
        read = MessageBatchIndividualResponse.model_validate(anthropic.line(failed(status, kind=kind), BATCH))
        assert read.result.type == "errored"
        assert (read.result.error.error.type, read.result.error.error.message) == (type, "no such field")

    @pytest.mark.parametrize(("status", "type"), [(Status.EXPIRED, "expired"), (Status.CANCELLED, "canceled")])
    def test_what_was_never_answered(self, status: Status, type: str) -> None:
        assert anthropic.line(failed(status), BATCH)["result"] == {"type": type}


class TestGemini:
    def test_its_own_answer_is_as_it_came(self) -> None:
        content: dict[str, object] = {"candidates": [{"finishReason": "STOP"}]}
        assert gemini.line(result(response=content), BATCH) == {"key": "a", "response": content}

    def test_anothers_answer_is_generated_content(self) -> None:
        line = gemini.line(result(response={"object": "chat.completion", "model": "gpt-5.4-mini"}), BATCH)
        read = GenerateContentResponse.model_validate_json(json.dumps(line["response"]))
        assert (read.text, read.model_version) == ("Hi", "gpt-5.4-mini")
        assert read.usage_metadata is not None
        assert read.usage_metadata.candidates_token_count == 5
        assert read.usage_metadata.thoughts_token_count == 2

    def test_vectors_are_in_each_others_form(self) -> None:
        theirs: dict[str, object] = {"object": "list", "data": [{"index": 0, "embedding": "AAAAPwAAgD8="}]}
        own: dict[str, object] = {"embedding": {"values": [0.5, 1.0]}}
        asked = result(response=theirs, output=None)
        assert gemini.line(asked, BATCH)["response"] == {"embedding": {"values": [0.5, 1.0]}, "tokenCount": 10}
        assert gemini.line(result(response=own, output=None), BATCH)["response"] == own
        body = openai.line(result(response=own, output=None), BATCH)["response"]["body"]
        assert CreateEmbeddingResponse.model_validate(body).data[0].embedding == [0.5, 1.0]

    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [(Status.FAILED, "invalid_request", 3), (Status.EXPIRED, "expired", 4), (Status.CANCELLED, "cancelled", 1)],
    )
    def test_errors_have_their_codes(self, status: Status, kind: str, code: int) -> None:
        assert gemini.line(failed(status, kind=kind), BATCH)["error"] == {"code": code, "message": "no such field"}
