"""The emulated Gemini, seen through the official SDK."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import jsonschema
import pytest
from google import genai
from google.genai import errors
from google.genai.types import HttpOptions

from local.provider.process import ProviderEmulator

MODEL = "gemini-3.8-flash"
TEXT = "httpx: the next generation HTTP client.\nHTTP requests with sync and async HTTP APIs."
SCHEMA = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
ENDED = ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED")
BROKEN_LINKS = (httpx.TransportError, httpx2.TransportError)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.2) as running:
        yield running


@pytest.fixture
def emulator(shared: ProviderEmulator) -> Iterator[ProviderEmulator]:
    yield shared
    shared.clear_faults()


def connect(emulator: ProviderEmulator, key: str = "sk-one", timeout: int = 20_000) -> genai.Client:
    return genai.Client(api_key=key, http_options=HttpOptions(base_url=emulator.gemini_base_url, timeout=timeout))


@pytest.fixture
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with connect(emulator) as client:
        yield client


def line(key: str, content: str = "What is the topic of grammar and grammars?", **change: Any) -> dict[str, Any]:
    return {"key": key, "request": {"contents": [{"role": "user", "parts": [{"text": content}]}]} | change}


def submit(client: Any, lines: list[Any] | int = 10, name: str = "a batch") -> Any:
    entries = [line(f"r{n}", f"question {n}") for n in range(lines)] if isinstance(lines, int) else lines
    raw = "\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries).encode()
    file = client.files.upload(file=io.BytesIO(raw), config={"mime_type": "application/jsonl"})
    return client.batches.create(model=MODEL, src=file.name, config={"display_name": name})


def finish(client: Any, batch: Any) -> Any:
    for _ in range(500):
        batch = client.batches.get(name=batch.name)
        if batch.state.name in ENDED:
            return batch
        time.sleep(0.02)
    raise AssertionError(f"still {batch.state}")


def told(client: Any, batch: Any) -> list[dict[str, Any]]:
    return [json.loads(row) for row in client.files.download(file=batch.dest.file_name).splitlines()]


class TestGenerate:
    def test_text_in_text_out(self, client: Any) -> None:
        answer = client.models.generate_content(
            model=MODEL, contents=TEXT, config={"system_instruction": "Name the topic."}
        )
        usage = answer.usage_metadata
        assert (answer.text, answer.candidates[0].finish_reason) == ("http", "STOP")
        thoughts = usage.thoughts_token_count or 0
        assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count + thoughts

    def test_the_limit_cuts(self, client: Any) -> None:
        model = "gemini-3.5-flash-lite"
        answer = client.models.generate_content(model=model, contents=TEXT, config={"max_output_tokens": 3})
        assert (answer.candidates[0].finish_reason, len(answer.text)) == ("MAX_TOKENS", 12)

    def test_a_refused_prompt_is_blocked(self, client: Any) -> None:
        answer = client.models.generate_content(model=MODEL, contents="[[refuse]]")
        assert (answer.candidates, answer.prompt_feedback.block_reason) == (None, "PROHIBITED_CONTENT")

    def test_structured_output_is_valid(self, client: Any) -> None:
        config = {"response_mime_type": "application/json", "response_json_schema": SCHEMA}
        answer = client.models.generate_content(model=MODEL, contents=TEXT, config=config)
        jsonschema.validate(json.loads(answer.text), SCHEMA)

    @pytest.mark.parametrize(
        ("model", "contents", "config", "code", "said"),
        [
            ("gemini-nonesuch", "x", {}, 404, "not found"),
            (MODEL, "x", {"temperature": 3}, 400, "temperature"),
            (MODEL, "x", {"max_output_tokens": -1}, 400, "max_output_tokens"),
            (MODEL, [{"role": "boss", "parts": [{"text": "x"}]}], {}, 400, "role"),
            (MODEL, [{"role": "user", "parts": []}], {}, 400, "parts"),
        ],
    )
    def test_bad_requests(self, client: Any, model: Any, contents: Any, config: Any, code: Any, said: Any) -> None:
        with pytest.raises(errors.ClientError, match=said) as caught:
            client.models.generate_content(model=model, contents=contents, config=config)
        assert caught.value.code == code

    def test_models_are_listed(self, client: Any) -> None:
        assert f"models/{MODEL}" in {model.name for model in client.models.list()}

    def test_a_wrong_key_is_refused(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-invalid") as client, pytest.raises(errors.ClientError, match="API key"):
            client.models.list()


class TestFiles:
    def test_a_file_goes_up_in_chunks(self, client: Any, tmp_path: Path) -> None:
        source = tmp_path / "large.jsonl"
        source.write_bytes((b'{"x": "' + b"y" * 1_000_000 + b'"}\n') * 20)
        file = client.files.upload(file=str(source), config={"mime_type": "application/jsonl", "display_name": "d"})
        assert (file.size_bytes, file.display_name, file.source) == (source.stat().st_size, "d", "UPLOADED")
        assert client.files.get(name=file.name) == file
        with pytest.raises(ValueError, match="generated"):
            client.files.download(file=file)
        with pytest.raises(errors.ClientError, match="generated"):
            client.files.download(file=file.name)
        client.files.delete(name=file.name)
        with pytest.raises(errors.ClientError, match="may not exist"):
            client.files.get(name=file.name)

    def test_lists_page(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-pages") as client:
            config = {"mime_type": "text/plain"}
            made = [client.files.upload(file=io.BytesIO(b"x"), config=config).name for _ in range(5)]  # type: ignore[arg-type]
            assert [file.name for file in client.files.list(config={"page_size": 2})] == made[::-1]


class TestBatches:
    def test_a_file_batch_goes_through_its_states(self, client: Any) -> None:
        batch = submit(client, 20, name="fanfold-x")
        seen = [batch.state.name]
        while seen[-1] not in ENDED:
            batch = client.batches.get(name=batch.name)
            seen.append(batch.state.name)
        states = ["JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"]
        assert list(dict.fromkeys(seen)) == [state for state in states if state in seen]
        assert (batch.display_name, batch.model) == ("fanfold-x", f"models/{MODEL}")
        assert (batch.error, batch.completion_stats) == (None, None)
        rows = told(client, batch)
        assert sorted(row["key"] for row in rows) == sorted(f"r{n}" for n in range(20))
        assert [row["key"] for row in rows] != [f"r{n}" for n in range(20)]
        text = client.models.generate_content(model=MODEL, contents="question 3").text
        answers = {row["key"]: row["response"]["candidates"][0]["content"]["parts"][0]["text"] for row in rows}
        assert answers["r3"] == text

    def test_an_inline_batch_answers_in_order(self, client: Any) -> None:
        requests = [{"contents": f"question {n}", "metadata": {"id": str(n)}} for n in range(5)]
        batch = client.batches.create(model=MODEL, src=requests, config={"display_name": "inline"})
        responses = finish(client, batch).dest.inlined_responses
        assert [response.metadata for response in responses] == [{"id": str(n)} for n in range(5)]
        assert all(response.response.text for response in responses)

    def test_an_inline_batch_may_hold_20_megabytes(self, client: Any) -> None:
        requests = [{"contents": "x" * 1_100_000} for _ in range(20)]
        with pytest.raises(errors.ClientError, match="payload size"):
            client.batches.create(model=MODEL, src=requests)

    def test_a_batch_succeeds_with_every_row_failed(self, emulator: ProviderEmulator, client: Any) -> None:
        batch = finish(client, submit(client, [line("a", contents=[]), line("b", contents=[])]))
        assert batch.state.name == "JOB_STATE_SUCCEEDED"
        assert {row["error"]["code"] for row in told(client, batch)} == {3}

    def test_a_line_that_is_none_fails_the_batch(self, client: Any) -> None:
        batch = finish(client, submit(client, [line("a"), "{not json"]))
        assert (batch.state.name, batch.dest, batch.error) == ("JOB_STATE_FAILED", None, None)

    def test_an_unknown_model_or_file_is_refused_at_once(self, client: Any) -> None:
        with pytest.raises(errors.ClientError, match="not found"):
            client.batches.create(model="gemini-nonesuch", src="files/x")
        with pytest.raises(errors.ClientError, match="may not exist"):
            client.batches.create(model=MODEL, src="files/none")

    def test_stuck_is_pending_without_end(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("stuck", count=1)
        stuck, other = submit(client, 3), submit(client, 4)
        assert finish(client, other).state.name == "JOB_STATE_SUCCEEDED"
        assert client.batches.get(name=stuck.name).state.name == "JOB_STATE_PENDING"
        client.batches.cancel(name=stuck.name)
        ended = finish(client, stuck)
        assert (ended.state.name, ended.dest) == ("JOB_STATE_CANCELLED", None)

    def test_an_expired_batch_has_nothing_to_fetch(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("expired", count=1)
        batch = finish(client, submit(client))
        assert (batch.state.name, batch.dest) == ("JOB_STATE_EXPIRED", None)

    def test_the_token_limit_fails_a_batch_without_a_word(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("token_limit", count=1)
        batch = finish(client, submit(client))
        assert (batch.state.name, batch.error) == ("JOB_STATE_FAILED", None)

    def test_lists_page_and_a_deleted_batch_is_gone(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-lists") as client:
            made = [submit(client, 1, name=str(n)).name for n in range(5)]
            assert [batch.name for batch in client.batches.list(config={"page_size": 2})] == made[::-1]
            client.batches.delete(name=made[0])
            assert made[0] not in [batch.name for batch in client.batches.list()]
        with connect(emulator, "sk-others") as other:
            assert list(other.batches.list()) == []

    def test_a_create_can_finish_after_its_client_died(self, emulator: ProviderEmulator) -> None:
        emulator.fault("late_response", where="gemini.batches.create", count=1)
        with connect(emulator, "sk-late", timeout=500) as client:
            with pytest.raises(BROKEN_LINKS):
                submit(client, name="late")
            assert [batch.display_name for batch in client.batches.list()] == ["late"]

    def test_batches_go_on_after_a_kill(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path, latency=0.3) as emulator, connect(emulator) as client:
            batch = submit(client)
            emulator.kill()
            emulator.start()
            assert len(told(client, finish(client, batch))) == 10


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "code", "status"),
        [
            ("rate_limited", 429, "RESOURCE_EXHAUSTED"),
            ("rate_limited_retry_after", 429, "RESOURCE_EXHAUSTED"),
            ("server_error", 500, "INTERNAL"),
            ("overloaded", 503, "UNAVAILABLE"),
        ],
    )
    def test_calls(self, emulator: ProviderEmulator, client: Any, kind: Any, code: Any, status: Any) -> None:
        emulator.fault(kind, where="gemini.batches.list", count=1)
        with pytest.raises(errors.APIError) as caught:
            client.batches.list()
        assert (caught.value.code, caught.value.status) == (code, status)
        assert client.batches.list()

    def test_reset(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("reset", where="gemini.batches.list", count=1)
        with pytest.raises(BROKEN_LINKS):
            client.batches.list()

    def test_truncated_and_duplicated_lines(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("duplicated_lines", lines=0.4, count=1)
        batch = finish(client, submit(client))
        rows = told(client, batch)
        assert (len(rows), len({row["key"] for row in rows})) == (14, 10)
        emulator.fault("truncated_content", count=1)
        with pytest.raises(json.JSONDecodeError):
            told(client, batch)
