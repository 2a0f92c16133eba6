"""The emulated OpenAI Batch API, seen through the official SDK: states, files, validation, restarts."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from local.provider.process import ProviderEmulator

CHAT = "/v1/chat/completions"
STATES = ["validating", "in_progress", "finalizing", "completed"]
ENDED = ("completed", "failed", "expired", "cancelled")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    flags = ("--max-requests", "500")
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0.3, options=flags) as running:
        yield running


@pytest.fixture
def client(emulator: ProviderEmulator) -> Iterator[Any]:
    with connect(emulator) as client:
        yield client


def connect(emulator: ProviderEmulator, key: str = "sk-one") -> OpenAI:
    return OpenAI(base_url=emulator.openai_base_url, api_key=key, max_retries=0, timeout=120)


def line(
    custom_id: object, content: str = "What is the topic of grammar and grammars?", **change: Any
) -> dict[str, Any]:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": content}]}
    return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body | change}


def submit(client: Any, lines: list[Any], endpoint: str = CHAT, **options: Any) -> Any:
    raw = b"\n".join(entry if isinstance(entry, bytes) else json.dumps(entry).encode() for entry in lines)
    file = client.files.create(file=("in.jsonl", raw), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **options)


def finish(client: Any, batch: Any) -> Any:
    for _ in range(500):
        batch = client.batches.retrieve(batch.id)
        if batch.status in ENDED:
            return batch
        time.sleep(0.02)
    raise AssertionError(f"still {batch.status}")


def results(client: Any, file_id: str | None) -> list[dict[str, Any]]:
    return [json.loads(row) for row in client.files.content(file_id).iter_lines()] if file_id else []


class TestRun:
    def test_a_batch_goes_through_its_states(self, client: Any) -> None:
        batch = submit(client, [line(f"r{n}") for n in range(20)], metadata={"shard": "1"})
        seen, done = [batch.status], [0]
        while batch.status not in ENDED:
            batch = client.batches.retrieve(batch.id)
            seen.append(batch.status)
            done.append(batch.request_counts.completed)
        assert list(dict.fromkeys(seen)) == [state for state in STATES if state in seen]
        assert (seen[0], seen[-1]) == ("validating", "completed")
        assert done == sorted(done)
        assert batch.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at
        assert (batch.model, batch.metadata, batch.error_file_id) == ("gpt-4o-mini", {"shard": "1"}, None)
        assert batch.request_counts.model_dump() == {"completed": 20, "failed": 0, "total": 20}

    def test_every_request_is_answered_once_in_any_order(self, client: Any) -> None:
        ids = [f"r{n}" for n in range(30)]
        batch = finish(client, submit(client, [line(name, f"Say {name} è.") for name in ids]))
        rows = results(client, batch.output_file_id)
        told = [row["custom_id"] for row in rows]
        assert sorted(told) == sorted(ids)
        assert told != ids
        assert {(row["error"], row["response"]["status_code"]) for row in rows} == {(None, 200)}
        tokens = sum(row["response"]["body"]["usage"]["total_tokens"] for row in rows)
        assert tokens == batch.usage.total_tokens
        assert client.files.retrieve(batch.output_file_id).purpose == "batch_output"

    def test_answers_are_those_of_direct_requests(self, client: Any) -> None:
        request = line("r1", "Say it in Italian: a parser for expressions")
        row = results(client, finish(client, submit(client, [request])).output_file_id)[0]
        direct = client.chat.completions.create(**request["body"])
        assert row["response"]["body"]["choices"][0]["message"]["content"] == direct.choices[0].message.content

    def test_responses_batches(self, client: Any) -> None:
        body = {"model": "gpt-5-mini", "input": "What is the topic of grammar and grammars?"}
        request = {"custom_id": "r1", "method": "POST", "url": "/v1/responses", "body": body}
        batch = finish(client, submit(client, [request], "/v1/responses"))
        assert results(client, batch.output_file_id)[0]["response"]["body"]["object"] == "response"

    def test_refused_requests_are_error_lines(self, client: Any) -> None:
        bad = [
            line("model", model="gpt-nonesuch"),
            line("empty", messages=[]),
            line("tokens", max_tokens=0),
            line("heat", temperature=3),
            line("refused", "[[refuse]] this"),
        ]
        batch = finish(client, submit(client, [line("good"), *bad]))
        assert [row["custom_id"] for row in results(client, batch.output_file_id)] == ["good"]
        assert batch.request_counts.model_dump() == {"completed": 1, "failed": 5, "total": 6}
        told = {row["custom_id"]: row["response"] for row in results(client, batch.error_file_id)}
        assert {name: (r["status_code"], r["body"]["error"]["code"]) for name, r in told.items()} == {
            "model": (404, "model_not_found"),
            "empty": (400, "empty_array"),
            "tokens": (400, "integer_below_min_value"),
            "heat": (400, "decimal_above_max_value"),
            "refused": (400, "content_policy_violation"),
        }

    def test_a_batch_without_success_has_no_output_file(self, client: Any) -> None:
        batch = finish(client, submit(client, [line("r1", "[[refuse]]")]))
        assert (batch.status, batch.output_file_id) == ("completed", None)
        assert len(results(client, batch.error_file_id)) == 1

    def test_output_files_expire_as_asked(self, client: Any) -> None:
        policy = {"anchor": "created_at", "seconds": 7200}
        batch = finish(client, submit(client, [line("r1")], output_expires_after=policy))
        file = client.files.retrieve(batch.output_file_id)
        assert file.expires_at in (file.created_at + 7200, file.created_at + 7201)


class TestValidation:
    @pytest.mark.parametrize(
        ("entry", "code", "param"),
        [
            (b"{not json", "invalid_json_line", None),
            (b"[1, 2]", "invalid_json_line", None),
            (b'\xff{"custom_id": 1}', "invalid_json_line", None),
            (b'{"custom_id": "\\ud800"}', "invalid_json_line", None),
            (b'{"custom_id": NaN}', "invalid_json_line", None),
            (b"[" * 100_000, "invalid_json_line", None),
            (line("r1"), "duplicate_custom_id", "custom_id"),
            (line("x") | {"url": "/v1/responses"}, "invalid_url", "url"),
            (line("x") | {"method": "GET"}, "invalid_method", "method"),
            (line(7), "invalid_type", "custom_id"),
            ({"custom_id": "x", "method": "POST", "url": CHAT}, "missing_required_parameter", "body"),
            ({"method": "POST", "url": CHAT, "body": {}}, "missing_required_parameter", "custom_id"),
            (line("x", model="gpt-5-mini"), "mismatched_model", "body.model"),
        ],
    )
    def test_a_bad_line_fails_the_batch(self, client: Any, entry: Any, code: Any, param: Any) -> None:
        batch = finish(client, submit(client, [line("r1"), b"", entry]))
        assert (batch.status, batch.output_file_id, batch.error_file_id) == ("failed", None, None)
        assert batch.failed_at
        assert [(e.code, e.line, e.param) for e in batch.errors.data] == [(code, 3, param)]

    def test_every_bad_line_is_told(self, client: Any) -> None:
        batch = finish(client, submit(client, [b"{", line("a"), b"}", line("a")]))
        assert [error.line for error in batch.errors.data] == [1, 3, 4]

    def test_an_empty_file_fails(self, client: Any) -> None:
        batch = finish(client, submit(client, [b"\n\n"]))
        assert (batch.status, batch.errors.data[0].code) == ("failed", "empty_file")

    def test_too_many_requests_fail(self, client: Any) -> None:
        batch = finish(client, submit(client, [line(f"r{n}") for n in range(501)]))
        assert (batch.status, batch.errors.data[0].code) == ("failed", "request_limit_exceeded")

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"endpoint": "/v1/images/edits"}, "endpoint"),
            ({"completion_window": "1h"}, "completion_window"),
            ({"metadata": {"k": "v" * 513}}, "metadata.k"),
            ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
            ({"output_expires_after": {"anchor": "created_at", "seconds": 60}}, "output_expires_after.seconds"),
        ],
    )
    def test_bad_fields_are_refused_at_once(self, client: Any, change: Any, param: Any) -> None:
        file = client.files.create(file=("in.jsonl", b"{}"), purpose="batch")
        good = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
        with pytest.raises(openai.BadRequestError) as caught:
            client.batches.create(**good | change)
        assert caught.value.param == param

    def test_the_file_must_be_there_and_for_batches(self, client: Any) -> None:
        other = client.files.create(file=("in.jsonl", b"{}"), purpose="user_data")
        with pytest.raises(openai.BadRequestError):
            client.batches.create(input_file_id=other.id, endpoint=CHAT, completion_window="24h")
        with pytest.raises(openai.NotFoundError):
            client.batches.create(input_file_id="file-none", endpoint=CHAT, completion_window="24h")


class TestListAndCancel:
    def test_the_newest_comes_first_and_pages_follow(self, emulator: ProviderEmulator) -> None:
        with connect(emulator, "sk-pages") as client:
            made = [submit(client, [line("r1")], metadata={"n": str(n)}).id for n in range(5)]
            first = client.batches.list(limit=2)
            assert ([batch.id for batch in first.data], first.has_more) == (made[:2:-1], True)
            assert [batch.id for batch in first] == made[::-1]
            assert [batch.id for batch in client.batches.list(after=made[1])] == [made[0]]
            with pytest.raises(openai.BadRequestError):
                client.batches.list(limit=101)

    def test_cancelling_keeps_what_was_done(self, emulator: ProviderEmulator, client: Any) -> None:
        emulator.fault("stuck", count=1)
        batch = submit(client, [line(f"r{n}") for n in range(10)])
        while client.batches.retrieve(batch.id).request_counts.completed < 5:
            time.sleep(0.02)
        assert client.batches.cancel(batch.id).status == "cancelling"
        batch = finish(client, batch)
        assert (batch.status, len(results(client, batch.output_file_id))) == ("cancelled", 5)
        rows = results(client, batch.error_file_id)
        assert {(row["response"], row["error"]["code"]) for row in rows} == {(None, "batch_cancelled")}
        assert batch.request_counts.model_dump() == {"completed": 5, "failed": 5, "total": 10}

    def test_an_ended_batch_cannot_be_cancelled(self, client: Any) -> None:
        batch = finish(client, submit(client, [line("r1")]))
        with pytest.raises(openai.ConflictError):
            client.batches.cancel(batch.id)

    def test_without_its_input_a_batch_fails(self, client: Any) -> None:
        batch = submit(client, [line("r1")])
        client.files.delete(batch.input_file_id)
        batch = finish(client, batch)
        assert (batch.status, batch.errors.data[0].code) == ("failed", "input_file_not_found")


def look(client: Any, batch_id: str) -> None:
    with contextlib.suppress(openai.APIError):
        client.batches.retrieve(batch_id)


class TestRestart:
    def test_batches_go_on_after_a_kill(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path, latency=0.3) as emulator, connect(emulator) as client:
            done = finish(client, submit(client, [line("r1")], metadata={"shard": "a"}))
            running = submit(client, [line(f"r{n}") for n in range(10)], metadata={"shard": "b"})
            (tmp_path / "files" / "file-half-written").write_bytes(b"{")
            emulator.kill()
            emulator.start()
            assert client.batches.retrieve(done.id) == done
            assert len(results(client, done.output_file_id)) == 1
            assert len(results(client, finish(client, running).output_file_id)) == 10
            assert not (tmp_path / "files" / "file-half-written").exists()
            assert emulator.stats()["creates"] == {"shard=a": 1, "shard=b": 1}

    def test_a_kill_while_results_are_written_loses_and_doubles_nothing(self, tmp_path: Path) -> None:
        with ProviderEmulator(tmp_path, latency=0) as emulator, connect(emulator) as client:
            batch = submit(client, [line(f"r{n}") for n in range(20_000)])
            looking = threading.Thread(target=look, args=(client, batch.id))
            looking.start()
            while not any(f.name != batch.input_file_id and f.stat().st_size for f in (tmp_path / "files").iterdir()):
                time.sleep(0.01)
            emulator.kill()
            looking.join()
            emulator.start()
            batch = finish(client, batch)
            assert sorted(row["custom_id"] for row in results(client, batch.output_file_id)) == sorted(
                f"r{n}" for n in range(20_000)
            )
            kept = {batch.input_file_id, batch.output_file_id}
            assert {file.name for file in (tmp_path / "files").iterdir()} == kept
            assert {file.id for file in client.files.list()} == kept

    def test_two_emulators_agree(self, emulator: ProviderEmulator, client: Any, tmp_path: Path) -> None:
        lines = [line(f"r{n}", f"{n} words about parsing") for n in range(10)] + [line("bad", "[[refuse]]")]
        with ProviderEmulator(tmp_path, latency=0) as twin, connect(twin) as other:
            told = []
            for one in (client, other):
                batch = finish(one, submit(one, lines))
                rows = results(one, batch.output_file_id) + results(one, batch.error_file_id)
                for row in rows:
                    row.pop("id")
                    row["response"]["body"].pop("created", None)
                told.append(rows)
            assert told[0] == told[1]

    def test_several_models_can_be_allowed(self, tmp_path: Path) -> None:
        flags = ("--mixed-models",)
        with ProviderEmulator(tmp_path, latency=0, options=flags) as emulator, connect(emulator) as client:
            batch = finish(client, submit(client, [line("a"), line("b", model="gpt-5-mini")]))
            assert len(results(client, batch.output_file_id)) == 2

    def test_stats_tell_each_create(self, emulator: ProviderEmulator, client: Any) -> None:
        lines = [line("r1", "told by the stats"), line("r2")]
        made = [submit(client, lines, metadata={"fanfold": "job-7"}) for _ in range(2)]
        stats = emulator.stats()
        told = [entry for entry in stats["batches"] if entry["metadata"] == {"fanfold": "job-7"}]
        assert [entry["id"] for entry in told] == [batch.id for batch in made]
        assert len({entry["input_sha256"] for entry in told}) == 1
        assert {entry["requests"] for entry in told} == {2}
        assert stats["creates"]["fanfold=job-7"] == 2
        assert stats["calls"]["openai.batches.create"] >= 2
