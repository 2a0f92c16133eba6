"""The emulated Anthropic, seen through the official SDK."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import jsonschema
import pytest
from anthropic import Anthropic

from local.provider.process import ProviderEmulator

MODEL = "claude-haiku-4-5"
TEXT = "httpx: the next generation HTTP client.\nHTTP requests with sync and async HTTP APIs."
SCHEMA = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.2) as running:
        yield running


@pytest.fixture
def emulator(shared: ProviderEmulator) -> Iterator[ProviderEmulator]:
    yield shared
    shared.clear_faults()


def connect(emulator: ProviderEmulator, key: str = "sk-one") -> Anthropic:
    return Anthropic(base_url=emulator.anthropic_base_url, api_key=key, max_retries=0, timeout=120)


@pytest.fixture
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with connect(emulator) as client:
        yield client


def request(
    custom_id: str, content: str = "What is the topic of grammar and grammars?", **change: Any
) -> dict[str, Any]:
    params = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": content}]}
    return {"custom_id": custom_id, "params": params | change}


def submit(client: Any, count: int = 10, mark: str = "") -> Any:
    return client.messages.batches.create(requests=[request(f"r{n}", f"{mark} question {n}") for n in range(count)])


def finish(client: Any, batch: Any) -> Any:
    for _ in range(500):
        batch = client.messages.batches.retrieve(batch.id)
        if batch.processing_status == "ended":
            return batch
        time.sleep(0.02)
    raise AssertionError(f"still {batch.processing_status}")


def told(client: Any, batch: Any) -> dict[str, Any]:
    return {row.custom_id: row.result for row in client.messages.batches.results(batch.id)}


class TestMessages:
    def test_text_in_text_out(self, client: Any) -> None:
        messages = [{"role": "user", "content": TEXT}]
        answer = client.messages.create(model=MODEL, max_tokens=100, system="Name the topic.", messages=messages)
        assert [block.text for block in answer.content] == ["http"]
        assert (answer.stop_reason, answer.usage.output_tokens) == ("end_turn", 1)

    def test_the_limit_cuts(self, client: Any) -> None:
        answer = client.messages.create(model=MODEL, max_tokens=3, messages=[{"role": "user", "content": TEXT}])
        assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 3)

    def test_a_refusal_is_an_answer(self, client: Any) -> None:
        messages = [{"role": "user", "content": "[[refuse]]"}]
        answer = client.messages.create(model=MODEL, max_tokens=3, messages=messages)
        assert (answer.stop_reason, answer.content) == ("refusal", [])

    def test_structured_output_is_valid(self, client: Any) -> None:
        config = {"format": {"type": "json_schema", "schema": SCHEMA}}
        messages = [{"role": "user", "content": TEXT}]
        answer = client.messages.create(model=MODEL, max_tokens=100, messages=messages, output_config=config)
        jsonschema.validate(json.loads(answer.content[0].text), SCHEMA)

    def test_thinking_and_the_cache_are_counted(self, client: Any) -> None:
        usages = [
            client.messages.create(
                model=MODEL,
                max_tokens=2000,
                system=[{"type": "text", "text": "rule " * 1000, "cache_control": {"type": "ephemeral"}}],
                thinking={"type": "enabled", "budget_tokens": 1024},
                messages=[{"role": "user", "content": f"{TEXT} {n}"}],
            ).usage
            for n in range(6)
        ]
        assert any(usage.output_tokens_details.thinking_tokens for usage in usages)
        assert [usage.cache_read_input_tokens for usage in usages] == [0, 1250, 1250, 1250, 1250, 1250]
        assert [usage.cache_creation_input_tokens for usage in usages] == [1250, 0, 0, 0, 0, 0]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"messages": []}, "at least one message"),
            ({"messages": [{"role": "boss", "content": "x"}]}, "messages.0.role"),
            ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
            ({"max_tokens": 0}, "max_tokens"),
            ({"extra_body": {"temperature": 1.5}}, "temperature"),
            ({"model": ""}, "model"),
        ],
    )
    def test_a_bad_request_names_its_field(self, client: Any, change: Any, said: Any) -> None:
        body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]} | change
        with pytest.raises(anthropic.BadRequestError, match=said) as caught:
            client.messages.create(**body)
        assert caught.value.type == "invalid_request_error"

    def test_an_unknown_model_is_not_found(self, client: Any) -> None:
        with pytest.raises(anthropic.NotFoundError):
            client.messages.create(model="claude-nonesuch", max_tokens=9, messages=[{"role": "user", "content": "x"}])

    def test_models_are_listed(self, client: Any) -> None:
        assert MODEL in {model.id for model in client.models.list()}

    def test_a_wrong_key_is_refused(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-invalid") as client, pytest.raises(anthropic.AuthenticationError):
            client.models.list()


class TestBatches:
    def test_nothing_is_told_before_the_end(self, client: Any) -> None:
        batch = submit(client, 20)
        seen = [batch]
        while seen[-1].processing_status != "ended":
            seen.append(client.messages.batches.retrieve(batch.id))
        for before in seen[:-1]:
            assert (before.request_counts.processing, before.request_counts.succeeded) == (20, 0)
            assert before.results_url is None
        assert (seen[-1].request_counts.processing, seen[-1].request_counts.succeeded) == (0, 20)
        assert seen[-1].ended_at >= seen[-1].created_at

    def test_results_come_in_any_order_with_errors_among_them(self, client: Any) -> None:
        good = [request(f"r{n}", f"question {n}") for n in range(10)]
        bad = [request("no-model", model="claude-nonesuch"), request("no-tokens", max_tokens=0)]
        batch = finish(client, client.messages.batches.create(requests=[*good, *bad, request("no", "[[refuse]]")]))
        rows = told(client, batch)
        assert len(rows) == 13
        assert list(rows)[:10] != [each["custom_id"] for each in good]
        assert rows["no-model"].error.error.type == "not_found_error"
        assert rows["no-tokens"].error.error.type == "invalid_request_error"
        assert rows["no"].message.stop_reason == "refusal"
        assert (batch.request_counts.succeeded, batch.request_counts.errored) == (11, 2)

    @pytest.mark.parametrize(
        ("requests", "said"),
        [
            ([], "at least one"),
            ([request("a"), request("a")], "unique"),
            ([request("a b")], "custom_id"),
            ([request("x" * 65)], "custom_id"),
            ([{"custom_id": "a"}], "params"),
        ],
    )
    def test_a_create_that_is_wrong_is_refused_whole(self, client: Any, requests: Any, said: Any) -> None:
        with pytest.raises(anthropic.BadRequestError, match=said):
            client.messages.batches.create(requests=requests)

    def test_cancelling_keeps_what_was_done(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("stuck", count=1)
        batch = submit(client)
        time.sleep(0.2)
        assert client.messages.batches.cancel(batch.id).processing_status == "canceling"
        batch = finish(client, batch)
        kinds = [result.type for result in told(client, batch).values()]
        assert (kinds.count("succeeded"), kinds.count("canceled")) == (5, 5)
        assert (batch.request_counts.succeeded, batch.request_counts.canceled) == (5, 5)
        with pytest.raises(anthropic.BadRequestError):
            client.messages.batches.cancel(batch.id)

    def test_an_expired_batch_keeps_what_was_done(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("expired", lines=0.3, count=1)
        batch = finish(client, submit(client))
        kinds = [result.type for result in told(client, batch).values()]
        assert (kinds.count("succeeded"), kinds.count("expired")) == (3, 7)
        assert (batch.request_counts.succeeded, batch.request_counts.expired) == (3, 7)

    def test_no_batch_fails_as_a_whole(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("token_limit", count=1)
        batch = finish(client, submit(client))
        assert {result.type for result in told(client, batch).values()} == {"errored"}
        assert batch.request_counts.errored == 10

    def test_lines_go_missing_and_come_twice(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("partial", lines=0.2, count=1)
        emulator.fault("duplicated_lines", lines=0.4, count=1)
        batch = finish(client, submit(client))
        rows = [row.custom_id for row in client.messages.batches.results(batch.id)]
        assert len(set(rows)) == 8
        assert len(rows) > 8

    def test_results_before_the_end_are_refused(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("stuck", count=1)
        batch = submit(client)
        with pytest.raises(anthropic.AnthropicError, match="results_url"):
            client.messages.batches.results(batch.id)
        assert client.messages.batches.retrieve(batch.id).request_counts.processing == 10

    def test_the_newest_comes_first_and_pages_follow(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-pages") as client:
            made = [submit(client, 1).id for _ in range(5)]
            first = client.messages.batches.list(limit=2)
            assert ([batch.id for batch in first.data], first.has_more) == (made[:2:-1], True)
            assert [batch.id for batch in first] == made[::-1]

    def test_a_batch_can_be_deleted_when_it_has_ended(self, client: Any) -> None:
        batch = finish(client, submit(client, 1))
        assert client.messages.batches.delete(batch.id).id == batch.id
        with pytest.raises(anthropic.NotFoundError):
            client.messages.batches.retrieve(batch.id)

    def test_a_create_can_finish_after_its_client_died(self, emulator: ProviderEmulator) -> None:
        emulator.fault("late_response", where="anthropic.batches.create", count=1)
        with connect(emulator, "sk-late") as client:
            with pytest.raises(anthropic.APITimeoutError):
                submit(client.with_options(timeout=0.5))
            assert len(list(client.messages.batches.list())) == 1

    def test_another_key_sees_nothing(self, emulator: ProviderEmulator, client: Any) -> None:
        batch = finish(client, submit(client, 1))
        with connect(emulator, "sk-two") as other:
            assert list(other.messages.batches.list()) == []
            with pytest.raises(anthropic.NotFoundError):
                other.messages.batches.results(batch.id)

    def test_batches_go_on_after_a_kill(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path, latency=0.3) as emulator, connect(emulator) as client:
            batch = submit(client)
            emulator.kill()
            emulator.start()
            assert len(told(client, finish(client, batch))) == 10


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("rate_limited", anthropic.RateLimitError),
            ("rate_limited_retry_after", anthropic.RateLimitError),
            ("server_error", anthropic.InternalServerError),
            ("overloaded", anthropic.OverloadedError),
            ("reset", anthropic.APIConnectionError),
        ],
    )
    def test_calls(self, emulator: ProviderEmulator, client: Any, kind: Any, error: Any) -> None:
        emulator.fault(kind, where="anthropic.batches.list", count=1)
        with pytest.raises(error):
            client.messages.batches.list()
        assert client.messages.batches.list().data is not None

    def test_truncated_results(self, emulator: ProviderEmulator, client: Any) -> None:
        batch = finish(client, submit(client))
        emulator.fault("truncated_content", count=1)
        with pytest.raises(json.JSONDecodeError):
            told(client, batch)
        assert len(told(client, batch)) == 10


class TestFiles:
    def test_a_file_goes_in_and_is_listed(self, client: Any) -> None:
        file = client.files.upload(file=("a/style.pdf", b"%PDF-", "application/pdf"), expires_in_seconds=3600)
        assert (file.filename, file.mime_type, file.size_bytes) == ("style.pdf", "application/pdf", 5)
        assert file.expires_at > file.created_at
        assert client.files.retrieve_metadata(file.id) == file
        assert [each.id for each in client.files.list()] == [file.id]
        with pytest.raises(anthropic.BadRequestError, match="downloadable"):
            client.files.download(file.id)
        assert client.files.delete(file.id).id == file.id
        with pytest.raises(anthropic.NotFoundError):
            client.files.retrieve_metadata(file.id)
