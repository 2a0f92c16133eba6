"""The emulated OpenAI, seen through the official SDK: files, direct requests, keys, restarts."""

import hashlib
import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import openai
import pytest
from openai import OpenAI

from local.provider.process import ProviderEmulator

SCHEMA = {
    "type": "object",
    "properties": {
        "topic": {"type": "string", "maxLength": 30},
        "score": {"type": "integer", "minimum": 1, "maximum": 5},
        "kind": {"enum": ["tool", "library"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
        "author": {"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]},
    },
    "required": ["topic", "score", "kind", "tags", "author"],
    "additionalProperties": False,
    "$defs": {"person": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
}
TEXT = "httpx: the next generation HTTP client.\nHTTP requests with sync and async HTTP APIs."


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    flags = ("--max-file-bytes", "100000000")
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.2, options=flags) as running:
        yield running


def connect(emulator: ProviderEmulator, key: str = "sk-one") -> OpenAI:
    return OpenAI(base_url=emulator.openai_base_url, api_key=key, max_retries=0, timeout=120)


@pytest.fixture
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with connect(emulator) as client:
        yield client


def ask(client: Any, content: str, model: str = "gpt-4o-mini", **body: Any) -> Any:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}], **body)


class TestFiles:
    def test_what_was_uploaded_comes_back(self, client: Any) -> None:
        sent = b'{"a": 1}\n{"b": "\xc3\xa8"}\r\n\r\n--not-a-boundary'
        file = client.files.create(file=("x.jsonl", sent), purpose="batch")
        assert (file.bytes, file.filename, file.purpose) == (len(sent), "x.jsonl", "batch")
        assert file.expires_at == file.created_at + 30 * 24 * 3600
        assert client.files.retrieve(file.id) == file
        assert client.files.content(file.id).read() == sent

    def test_a_deleted_file_is_gone(self, client: Any) -> None:
        file = client.files.create(file=("x.jsonl", b"{}"), purpose="batch")
        assert client.files.delete(file.id).deleted
        with pytest.raises(openai.NotFoundError):
            client.files.retrieve(file.id)
        with pytest.raises(openai.NotFoundError):
            client.files.content(file.id)

    def test_lists_page_by_cursor(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-pages") as client:
            made = [client.files.create(file=(f"{n}.jsonl", b"{}"), purpose="batch").id for n in range(5)]
            client.files.create(file=("other.txt", b"x"), purpose="user_data")
            first = client.files.list(purpose="batch", limit=2)
            assert ([file.id for file in first.data], first.has_more) == (made[:2:-1], True)
            assert [file.id for file in first] == made[::-1]
            assert [file.id for file in client.files.list(purpose="batch", order="asc", after=made[2])] == made[3:]

    def test_expiry_is_kept(self, client: Any) -> None:
        policy = {"anchor": "created_at", "seconds": 3600}
        file = client.files.create(file=("x.jsonl", b"{}"), purpose="batch", expires_after=policy)
        assert file.expires_at == file.created_at + 3600
        with pytest.raises(openai.BadRequestError, match="seconds"):
            client.files.create(
                file=("x.jsonl", b"{}"), purpose="batch", expires_after={"anchor": "created_at", "seconds": 1}
            )

    def test_a_form_without_a_file_is_refused(self, emulator: ProviderEmulator) -> None:
        headers = {"Authorization": "Bearer sk-one"}
        for sent in ({"data": {"purpose": "batch"}}, {"files": {"other": b"x"}}, {"json": {}}, {"content": b"x"}):  # type: ignore[var-annotated]
            answer = httpx.post(f"{emulator.openai_base_url}/files", headers=headers, **sent, timeout=300)
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")
        broken = {"content-type": "multipart/form-data; boundary=edge"}
        answer = httpx.post(
            f"{emulator.openai_base_url}/files", headers=headers | broken, content=b"--edge\r\nx", timeout=300
        )
        assert answer.status_code == 400

    def test_only_jsonl_makes_a_batch(self, client: Any) -> None:
        with pytest.raises(openai.BadRequestError, match="jsonl") as caught:
            client.files.create(file=("x.csv", b"a,b"), purpose="batch")
        assert caught.value.param == "file"

    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
    def test_large_files_do_not_sit_in_memory(self, emulator: ProviderEmulator, client: Any, tmp_path: Path) -> None:
        source = tmp_path / "large.jsonl"
        source.write_bytes(b'{"x": "' + b"y" * 1_000_000 + b'"}\n')
        with source.open("ab") as target:
            target.write(source.read_bytes() * 79)
        before = peak_memory(emulator)
        file = client.files.create(file=source, purpose="batch")
        digest = hashlib.sha256()
        with client.files.with_streaming_response.content(file.id) as response:
            for chunk in response.iter_bytes(1 << 16):
                digest.update(chunk)
        assert digest.digest() == hashlib.sha256(source.read_bytes()).digest()
        assert peak_memory(emulator) - before < 20_000

    def test_a_file_over_the_limit_is_refused(self, client: Any) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.files.create(file=("x.jsonl", b"y" * 100_000_001), purpose="batch")
        assert caught.value.code == "file_too_large"


def peak_memory(emulator: ProviderEmulator) -> int:
    """The process's largest size so far, in kB."""
    status = Path(f"/proc/{emulator.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


class TestKeys:
    @pytest.mark.parametrize("header", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}])
    def test_a_call_without_key_is_refused(self, emulator: ProviderEmulator, header: dict[str, str]) -> None:
        answer = httpx.get(f"{emulator.openai_base_url}/files", headers=header, timeout=300)
        assert (answer.status_code, set(answer.json()["error"])) == (401, {"message", "type", "param", "code"})

    def test_a_wrong_key_is_refused(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-invalid-1") as client, pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
        assert caught.value.code == "invalid_api_key"

    def test_a_key_sees_only_its_own(self, emulator: ProviderEmulator, client: Any) -> None:
        file = client.files.create(file=("x.jsonl", b"{}"), purpose="batch")
        batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
        with connect(emulator, "sk-two") as other:
            assert list(other.files.list()) == []
            assert list(other.batches.list()) == []
            with pytest.raises(openai.NotFoundError):
                other.files.content(file.id)
            with pytest.raises(openai.NotFoundError):
                other.batches.retrieve(batch.id)
            with pytest.raises(openai.NotFoundError):
                other.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")

    def test_an_unknown_path_has_the_error_shape(self, emulator: ProviderEmulator) -> None:
        answer = httpx.get(f"{emulator.openai_base_url}/nothing", timeout=300)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url")


class TestChat:
    def test_a_topic_is_a_word_of_the_text(self, client: Any) -> None:
        answer = ask(client, f"Which topic is this package about?\n\n{TEXT}")
        assert answer.choices[0].message.content == "http"
        assert answer.choices[0].finish_reason == "stop"

    def test_italian_is_italian_about_the_text(self, client: Any) -> None:
        text = ask(client, f"Say it in one sentence in Italian: {TEXT}").choices[0].message.content
        assert "http" in text
        assert any(word in text for word in ("testo", "tema", "tratta", "frase", "centro"))

    def test_the_system_prompt_counts(self, client: Any) -> None:
        messages = [{"role": "system", "content": "Name the topic."}, {"role": "user", "content": TEXT}]
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
        assert answer.choices[0].message.content == "http"
        assert answer.usage.prompt_tokens > ask(client, TEXT).usage.prompt_tokens

    def test_otherwise_it_sums_up(self, client: Any) -> None:
        assert "next generation" in ask(client, TEXT).choices[0].message.content

    def test_the_same_question_has_the_same_answer(self, client: Any) -> None:
        first, second, other = ask(client, TEXT), ask(client, TEXT), ask(client, f"{TEXT} Or not.")
        assert first.model_copy(update={"created": 0}) == second.model_copy(update={"created": 0})
        assert first.id != other.id

    def test_usage_adds_up(self, client: Any) -> None:
        usage = ask(client, TEXT, model="gpt-5-mini").usage
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
        assert usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens
        assert usage.prompt_tokens_details.cached_tokens == 0

    def test_a_long_system_prompt_is_cached(self, client: Any) -> None:
        messages = [{"role": "system", "content": "rule " * 1000}, {"role": "user", "content": TEXT}]
        usage = client.chat.completions.create(model="gpt-4o-mini", messages=messages).usage
        assert 1024 <= usage.prompt_tokens_details.cached_tokens < usage.prompt_tokens

    def test_max_tokens_cuts(self, client: Any) -> None:
        answer = ask(client, TEXT, max_tokens=3)
        assert (answer.choices[0].finish_reason, answer.usage.completion_tokens) == ("length", 3)
        assert len(answer.choices[0].message.content) == 12

    def test_structured_output_is_valid(self, client: Any) -> None:
        form = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}
        for n in range(8):
            answer = ask(client, f"{TEXT} {n}", response_format=form)
            jsonschema.validate(json.loads(answer.choices[0].message.content), SCHEMA)

    def test_json_mode(self, client: Any) -> None:
        answer = ask(client, f"As JSON: {TEXT}", response_format={"type": "json_object"})
        assert "http" in json.loads(answer.choices[0].message.content)["keywords"]
        with pytest.raises(openai.BadRequestError, match="json"):
            ask(client, TEXT, response_format={"type": "json_object"})

    @pytest.mark.parametrize(
        ("change", "param", "code"),
        [
            ({"messages": []}, "messages", "empty_array"),
            ({"messages": [{"role": "boss", "content": "x"}]}, "messages[0].role", "invalid_value"),
            ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
            ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
            ({"max_tokens": -5}, "max_tokens", "integer_below_min_value"),
            ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
            ({"temperature": -1}, "temperature", "decimal_below_min_value"),
            ({"temperature": "hot"}, "temperature", "invalid_type"),
            ({"n": 2}, "n", "unsupported_value"),
            ({"model": "gpt-5-mini", "max_tokens": 9}, "max_tokens", "unsupported_parameter"),
            ({"model": "gpt-5-nano", "temperature": 0.2}, "temperature", "unsupported_value"),
            ({"messages": [{"role": "user", "content": "[[refuse]]"}]}, None, "content_policy_violation"),
            ({"response_format": "json"}, "response_format", "invalid_type"),
            (
                {"response_format": {"type": "json_schema", "json_schema": {"schema": {"$ref": "#/$defs/none"}}}},
                "response_format",
                "invalid_json_schema",
            ),
            ({"messages": [{"role": "user", "content": "x" * 600_000}]}, "messages", "context_length_exceeded"),
        ],
    )
    def test_a_bad_request_names_its_parameter(self, client: Any, change: Any, param: Any, code: Any) -> None:
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}]} | change
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(**body)
        assert (caught.value.param, caught.value.code) == (param, code)

    def test_an_unknown_model_is_not_found(self, client: Any) -> None:
        with pytest.raises(openai.NotFoundError) as caught:
            ask(client, "x", model="gpt-nonesuch")
        assert caught.value.code == "model_not_found"

    def test_models_are_listed(self, client: Any) -> None:
        assert {"gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini"} <= {model.id for model in client.models.list()}


class TestResponses:
    def test_text_in_text_out(self, client: Any) -> None:
        answer = client.responses.create(model="gpt-5-mini", input=TEXT, instructions="Name the topic.")
        assert (answer.output_text, answer.status) == ("http", "completed")
        assert [item.type for item in answer.output] == ["reasoning", "message"]
        assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens

    def test_messages_and_parts(self, client: Any) -> None:
        content = [{"type": "input_text", "text": f"Which topic? {TEXT}"}]
        answer = client.responses.create(model="gpt-4o-mini", input=[{"role": "user", "content": content}])
        assert answer.output_text == "http"

    def test_the_limit_makes_it_incomplete(self, client: Any) -> None:
        answer = client.responses.create(model="gpt-4o-mini", input=TEXT, max_output_tokens=16)
        assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")

    def test_structured_output_is_valid(self, client: Any) -> None:
        form = {"type": "json_schema", "name": "x", "schema": SCHEMA}
        answer = client.responses.create(model="gpt-4o-mini", input=TEXT, text={"format": form})
        jsonschema.validate(json.loads(answer.output_text), SCHEMA)

    def test_bad_requests(self, client: Any) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(model="gpt-4o-mini", input=TEXT, max_output_tokens=3)
        assert caught.value.param == "max_output_tokens"
        with pytest.raises(openai.NotFoundError):
            client.responses.create(model="gpt-nonesuch", input=TEXT)


class TestProcess:
    def test_close_and_start_keep_port_files_and_stats(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path) as emulator, connect(emulator) as client:
            file = client.files.create(file=("x.jsonl", b"{}"), purpose="batch")
            emulator.fault("server_error", where="models.list", count=1)
            url, pid = emulator.url, emulator.pid
            emulator.close()
            assert emulator.pid is None
            emulator.start()
            assert (emulator.url, emulator.pid != pid) == (url, True)
            assert client.files.content(file.id).read() == b"{}"
            with pytest.raises(openai.InternalServerError):
                client.models.list()
            assert client.models.list().data
            assert emulator.stats()["calls"] == {
                "openai.files.content": 1,
                "openai.files.create": 1,
                "openai.models.list": 2,
            }

    def test_a_taken_port_is_an_error(self, emulator: ProviderEmulator, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="ended with status"):
            ProviderEmulator(tmp_path, port=int(emulator.url.rpartition(":")[2]))

    def test_latency_can_be_changed(self, emulator: ProviderEmulator) -> None:
        before = emulator.admin("GET", "latency")
        assert emulator.admin("POST", "latency", {"batch_seconds": 60})["batch_seconds"] == 60
        assert emulator.admin("POST", "latency", before) == before
        with pytest.raises(urllib.error.HTTPError) as caught:
            emulator.admin("POST", "latency", {"batch_seconds": "long"})
        assert caught.value.code == 400
        caught.value.close()
