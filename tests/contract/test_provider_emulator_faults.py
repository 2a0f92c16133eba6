"""Every fault of the provider emulator is seen by the official SDK as what it should be."""

import json
import time
import urllib.error
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from local.provider.faults import BATCH_FAULTS, CALL_FAULTS
from local.provider.process import ProviderEmulator

CHAT = "/v1/chat/completions"
ENDED = ("completed", "failed", "expired", "cancelled")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.1) as running:
        yield running


@pytest.fixture
def emulator(shared: ProviderEmulator) -> Iterator[ProviderEmulator]:
    yield shared
    shared.clear_faults()


@pytest.fixture
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with OpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0, timeout=120) as client:
        yield client


def ask(client: Any, content: str = "hello") -> str:
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": content}])
    return answer.choices[0].message.content


def upload(client: Any, count: int, mark: str = "") -> Any:
    lines = []
    for n in range(count):
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": f"{mark} {n}"}]}
        lines.append(json.dumps({"custom_id": f"r{n}", "method": "POST", "url": CHAT, "body": body}))
    return client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")


def submit(client: Any, count: int = 10, mark: str = "", **options: Any) -> Any:
    file = upload(client, count, mark)
    return client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h", **options)


def finish(client: Any, batch: Any) -> Any:
    for _ in range(500):
        batch = client.batches.retrieve(batch.id)
        if batch.status in ENDED:
            return batch
        time.sleep(0.02)
    raise AssertionError(f"still {batch.status}")


def told(client: Any, file_id: str | None) -> list[str]:
    return [json.loads(row)["custom_id"] for row in client.files.content(file_id).iter_lines()] if file_id else []


class TestCalls:
    def test_rate_limit_without_hint(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("rate_limited", where="chat.completions", count=1)
        with pytest.raises(openai.RateLimitError) as caught:
            ask(client)
        assert caught.value.code == "rate_limit_exceeded"
        assert "retry-after" not in caught.value.response.headers
        assert ask(client)

    def test_rate_limit_with_hint(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("rate_limited_retry_after", where="request", count=1, retry_after=7)
        with pytest.raises(openai.RateLimitError) as caught:
            client.responses.create(model="gpt-4o-mini", input="hello")
        assert caught.value.response.headers["retry-after"] == "7"

    def test_the_sdk_obeys_the_hint(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("rate_limited_retry_after", where="request", count=1, retry_after=0.01)
        assert ask(client.with_options(max_retries=1))

    @pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("overloaded", 503)])
    def test_server_errors(self, emulator: ProviderEmulator, client: Any, kind: str, status: int) -> None:
        emulator.fault(kind, where="files.create|models.list", count=2)
        with pytest.raises(openai.InternalServerError) as caught:
            client.models.list()
        assert caught.value.status_code == status
        with pytest.raises(openai.InternalServerError) as caught:
            client.files.create(file=("x.jsonl", b"y" * 3_000_000), purpose="batch")
        assert caught.value.status_code == status

    def test_reset(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("reset", where="models.list", count=1)
        with pytest.raises(openai.APIConnectionError) as caught:
            client.models.list()
        assert not isinstance(caught.value, openai.APITimeoutError)
        assert client.models.list().data

    def test_reset_midway(self, emulator: ProviderEmulator, client: Any) -> None:
        file = client.files.create(file=("x.jsonl", b"y" * 500_000), purpose="batch")
        emulator.fault("reset_midway", where="files.content", count=1)
        got = bytearray()
        with client.files.with_streaming_response.content(file.id) as response:
            chunks = response.iter_bytes(1000)
            with pytest.raises(httpx2.TransportError):
                deque(map(got.extend, chunks), maxlen=0)
        assert 0 < len(got) < 500_000

    def test_hold_is_a_timeout(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("hold", where="batches.create", count=1)
        before = len(emulator.stats()["batches"])
        with pytest.raises(openai.APITimeoutError):
            submit(client.with_options(timeout=0.5))
        assert len(emulator.stats()["batches"]) == before

    def test_late_response_is_a_timeout_after_the_deed(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("late_response", count=1)
        with pytest.raises(openai.APITimeoutError):
            submit(client.with_options(timeout=0.5), metadata={"fanfold": "late"})
        assert emulator.stats()["creates"]["fanfold=late"] == 1
        assert next(iter(client.batches.list())).metadata == {"fanfold": "late"}

    def test_slow_drip_arrives_whole(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("slow_drip", where="files.content|request", count=2, seconds=0.2)
        file = client.files.create(file=("x.jsonl", b"0123456789" * 1000), purpose="batch")
        assert client.files.content(file.id).read() == b"0123456789" * 1000
        assert ask(client)

    def test_malformed_json(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("malformed_json", where="batches.retrieve", count=1)
        batch = submit(client)
        with pytest.raises(json.JSONDecodeError):
            client.batches.retrieve(batch.id)
        assert client.batches.retrieve(batch.id)

    def test_truncated_content(self, emulator: ProviderEmulator, client: Any) -> None:
        batch = finish(client, submit(client))
        whole = client.files.content(batch.output_file_id).text
        emulator.fault("truncated_content", count=1)
        cut = client.files.content(batch.output_file_id).text
        assert whole.startswith(cut)
        with pytest.raises(json.JSONDecodeError):
            json.loads(cut.splitlines()[-1])
        assert len(cut.splitlines()) == len(whole.splitlines())
        assert len(cut) < client.files.retrieve(batch.output_file_id).bytes
        assert client.files.content(batch.output_file_id).text == whole

    def test_a_new_file_is_missing_at_first(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("missing_at_first")
        file = upload(client, 2)
        with pytest.raises(openai.NotFoundError):
            client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        batch = finish(client, batch)
        with pytest.raises(openai.NotFoundError):
            client.files.content(batch.output_file_id)
        assert len(told(client, batch.output_file_id)) == 2


class TestBatches:
    def test_stuck(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("stuck", count=1)
        batch, other = submit(client), submit(client)
        assert finish(client, other).status == "completed"
        assert client.batches.retrieve(batch.id).status == "in_progress"

    def test_expired_keeps_what_was_done(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("expired", lines=0.3)
        batch = finish(client, submit(client))
        assert (batch.status, batch.completed_at) == ("expired", None)
        assert batch.expired_at
        assert sorted(told(client, batch.output_file_id)) == ["r0", "r1", "r2"]
        rows = [json.loads(row) for row in client.files.content(batch.error_file_id).iter_lines()]
        assert {(row["response"], row["error"]["code"]) for row in rows} == {(None, "batch_expired")}
        assert batch.request_counts.model_dump() == {"completed": 3, "failed": 7, "total": 10}

    def test_token_limit_fails_later(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("token_limit", count=1)
        batch = submit(client)
        assert batch.status == "validating"
        batch = finish(client, batch)
        assert (batch.status, batch.errors.data[0].code) == ("failed", "token_limit_exceeded")
        assert finish(client, submit(client)).status == "completed"

    def test_partial_leaves_lines_out(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("partial", lines=0.2)
        batch = finish(client, submit(client))
        assert (batch.status, batch.error_file_id, batch.request_counts.total) == ("completed", None, 10)
        assert len(told(client, batch.output_file_id)) == 8

    def test_duplicated_lines(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("duplicated_lines", lines=0.4)
        batch = finish(client, submit(client))
        ids = told(client, batch.output_file_id)
        assert (len(ids), len(set(ids)), batch.request_counts.completed) == (14, 10, 10)

    def test_reordered_lines(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("reordered_lines")
        batch = finish(client, submit(client))
        assert told(client, batch.output_file_id) == [f"r{n}" for n in range(9, -1, -1)]

    def test_a_share_of_requests_fails(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("request_error", share=0.3)
        batch = finish(client, submit(client))
        rows = [json.loads(row)["response"] for row in client.files.content(batch.error_file_id).iter_lines()]
        assert [row["status_code"] for row in rows] == [500, 500, 500]
        assert {row["body"]["error"]["code"] for row in rows} == {"server_error"}
        assert len(told(client, batch.output_file_id)) == 7


class TestRules:
    def hits(self, emulator: ProviderEmulator, client: Any, count: int) -> list[bool]:
        emulator.clear_faults()
        emulator.fault("server_error", where="request", share=0.3)
        return [self.fails(partial(ask, client, f"question {n}")) for n in range(count)]

    def fails(self, call: Callable[[], object]) -> bool:
        try:
            call()
        except openai.InternalServerError:
            return True
        return False

    def test_a_share_hits_the_same_calls_again(self, emulator: ProviderEmulator, client: Any) -> None:
        first = self.hits(emulator, client, 60)
        assert 5 < sum(first) < 35
        assert self.hits(emulator, client, 60) == first

    def test_a_retry_is_a_new_throw(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("server_error", where="request", share=0.5)
        tries = [self.fails(lambda: ask(client)) for _ in range(20)]
        assert set(tries) == {True, False}

    def test_a_share_of_batches(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("token_limit", share=0.5)
        states = {finish(client, submit(client, 1, f"batch {n}")).status for n in range(8)}
        assert states == {"failed", "completed"}

    def test_rules_are_listed_counted_and_dropped(self, emulator: ProviderEmulator, client: Any) -> None:
        rule = emulator.fault("server_error", where="models.list", count=5)
        other = emulator.fault("overloaded", where="files.list")
        with pytest.raises(openai.InternalServerError):
            client.models.list()
        listed = emulator.admin("GET", "faults")["faults"]
        assert [(entry["id"], entry["used"]) for entry in listed] == [(rule, 1), (other, 0)]
        assert [entry["id"] for entry in emulator.admin("DELETE", f"faults/{rule}")["faults"]] == [other]
        assert client.models.list().data

    @pytest.mark.parametrize(
        "spec",
        [
            {"kind": "gremlins"},
            {"kind": "reset", "share": 2},
            {"kind": "reset", "count": "many"},
            {"kind": "reset", "where": "models.burn"},
            {"kind": "reset", "x": 1},
        ],
    )
    def test_a_senseless_rule_is_refused(self, emulator: ProviderEmulator, spec: dict[str, Any]) -> None:
        with pytest.raises(urllib.error.HTTPError) as caught:
            emulator.admin("POST", "faults", spec)
        assert caught.value.code == 400
        caught.value.close()

    def test_rules_survive_a_kill(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path) as emulator:
            emulator.fault("server_error", where="models.list", count=2)
            with OpenAI(base_url=emulator.openai_base_url, api_key="sk-one", max_retries=0) as client:
                outcomes = []
                for _ in range(3):
                    outcomes.append(self.fails(client.models.list))
                    emulator.kill()
                    emulator.start()
            assert outcomes == [True, True, False]

    def test_every_fault_is_tested_here(self) -> None:
        folder = Path(__file__).parent
        source = "".join(
            (folder / f"test_provider_emulator_{name}.py").read_text() for name in ("faults", "direct", "streams")
        )
        untested = [kind for kind in CALL_FAULTS + BATCH_FAULTS if f'"{kind}"' not in source]
        assert untested == []
