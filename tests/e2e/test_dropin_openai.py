"""OpenAI's SDK as it is, against our surface: files and batches, in both lanes, with models of every provider."""

import json
from collections.abc import Iterator
from itertools import starmap
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Batch, CreateEmbeddingResponse
from openai.types.responses import Response

import fanfold
from fanfold.errors import SOON
from local.stack import LocalStack
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
OVER = ("completed", "failed", "expired", "cancelled")


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{stack.url}/openai/v1", api_key=stack.issue_key("openai-sdk")) as client:
        yield client


def lines(model: str, prompts: list[str]) -> bytes:
    bodies = ({"model": model, "messages": [{"role": "user", "content": prompt}]} for prompt in prompts)
    asked = {"method": "POST", "url": "/v1/chat/completions"}
    return b"".join(
        json.dumps({"custom_id": f"id-{n}", **asked, "body": body}).encode() + b"\n" for n, body in enumerate(bodies)
    )


def create(client: OpenAI, content: bytes, **more: Any) -> Batch:
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    given: dict[str, Any] = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    return client.batches.create(input_file_id=file.id, **given | more)


def done(client: OpenAI, batch: Batch) -> Batch:
    def ended() -> Batch | None:
        found = client.batches.retrieve(batch.id)
        return found if found.status in OVER else None

    return until(ended)


def results(client: OpenAI, file: str | None) -> dict[str, Any]:
    assert file is not None
    return {line["custom_id"]: line for line in map(json.loads, client.files.content(file).text.splitlines())}


@pytest.mark.parametrize(
    ("model", "mode"),
    [
        ("claude-haiku-4-5", "realtime"),
        pytest.param("gpt-4o-mini", "batch", marks=pytest.mark.wide),
        pytest.param("gemini-3.5-flash-lite", "batch", marks=pytest.mark.wide),
    ],
)
def test_a_batch_from_file_to_results(client: OpenAI, model: str, mode: str) -> None:
    batch = create(
        client,
        lines(model, ["Say hello", "Say goodbye"]) + b"no json\n",
        metadata={"team": "docs"},
        output_expires_after={"anchor": "created_at", "seconds": 3600},
        extra_body={"mode": mode, "budget_usd": 1},
    )
    assert (batch.status, batch.metadata) == ("validating", {"team": "docs"})
    batch = done(client, batch)

    assert (batch.status, batch.model, batch.endpoint) == ("completed", model, "/v1/chat/completions")
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (3, 2, 1)
    found = results(client, batch.output_file_id)
    answers = {id: line["response"]["body"]["choices"][0]["message"]["content"] for id, line in found.items()}
    assert answers.keys() == {"id-0", "id-1"}
    assert all(answers.values())
    assert batch.usage is not None
    used = [line["response"]["body"]["usage"] for line in found.values()]
    assert batch.usage.total_tokens == sum(each["total_tokens"] for each in used) > 0
    [wrong] = results(client, batch.error_file_id).values()
    assert wrong["error"]["message"].startswith("line 3")
    assert batch.errors is not None
    assert [each.line for each in batch.errors.data or []] == [3]
    output = client.files.retrieve(batch.output_file_id or "")
    assert (output.purpose, output.bytes) == ("batch_output", len(client.files.content(output.id).content))
    assert output.expires_at == output.created_at + 3600


@pytest.mark.parametrize("mode", ["realtime", pytest.param("batch", marks=pytest.mark.wide)])
@pytest.mark.parametrize("endpoint", ["/v1/responses", "/v1/embeddings"])
def test_other_endpoints(client: OpenAI, endpoint: str, mode: str) -> None:
    model = "text-embedding-3-small" if endpoint == "/v1/embeddings" else "gpt-5.4-mini"
    asked = {"method": "POST", "url": endpoint}
    wanted = {"a": "Say hello", "b": "Say goodbye"}
    content = "\n".join(
        json.dumps({"custom_id": id, **asked, "body": {"model": model, "input": text}}) for id, text in wanted.items()
    )
    other = lines("gpt-4o-mini", ["a chat"])
    batch = done(client, create(client, f"{content}\n".encode() + other, endpoint=endpoint, extra_body={"mode": mode}))
    assert (batch.status, batch.endpoint) == ("completed", endpoint)
    found = results(client, batch.output_file_id)
    assert found.keys() == wanted.keys()
    for line in found.values():
        body = json.dumps(line["response"]["body"])
        if endpoint == "/v1/embeddings":
            assert len(CreateEmbeddingResponse.model_validate_json(body).data[0].embedding) == 1536
        else:
            assert Response.model_validate_json(body).output_text
    [wrong] = results(client, batch.error_file_id).values()
    assert wrong["error"]["message"].startswith("line 3: url: it is for another endpoint")


@pytest.mark.wide
def test_embeddings_of_geminis_models(client: OpenAI) -> None:
    body = {"model": "gemini-embedding-001", "input": "apples"}
    asked = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": body}
    batch = done(client, create(client, f"{json.dumps(asked)}\n".encode(), endpoint="/v1/embeddings"))
    answer = results(client, batch.output_file_id)["a"]["response"]["body"]
    found = CreateEmbeddingResponse.model_validate_json(json.dumps(answer))
    assert (len(found.data[0].embedding), found.model) == (3072, "gemini-embedding-001")
    assert found.usage.prompt_tokens > 0


def test_files(client: OpenAI) -> None:
    content = lines("gpt-4o-mini", ["a"])
    sent = [client.files.create(file=(f"größe {n}.jsonl", content), purpose="batch") for n in range(3)]
    assert [(each.filename, each.bytes) for each in sent] == [(f"größe {n}.jsonl", len(content)) for n in range(3)]
    assert client.files.retrieve(sent[0].id) == sent[0]
    assert client.files.content(sent[1].id).content == content
    ids = [each.id for each in client.files.list(limit=2)]
    assert [id for id in ids if id in {each.id for each in sent}] == [each.id for each in sent[::-1]]
    assert [each.id for each in client.files.list(order="asc", limit=2)] == ids[::-1]
    assert client.files.delete(sent[0].id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(sent[0].id)
    assert sent[0].id not in {each.id for each in client.files.list()}


def test_a_large_file_in_parts(client: OpenAI) -> None:
    content = lines("claude-haiku-4-5", [f"Say {n} " + "x" * 400 for n in range(10_000)])
    uploaded = client.uploads.upload_file_chunked(
        file=content, filename="large.jsonl", bytes=len(content), mime_type="application/jsonl", purpose="batch",
        part_size=4 * 1024 * 1024,
    )  # fmt: skip
    assert uploaded.file is not None
    assert (uploaded.status, uploaded.file.bytes) == ("completed", len(content))
    assert client.files.content(uploaded.file.id).content == content
    with pytest.raises(openai.BadRequestError, match="completed"):
        client.uploads.cancel(uploaded.id)
    begun = client.uploads.create(bytes=5, filename="a.jsonl", mime_type="application/jsonl", purpose="batch")
    part = client.uploads.parts.create(begun.id, data=b"1234")
    with pytest.raises(openai.BadRequestError, match="4 bytes"):
        client.uploads.complete(begun.id, part_ids=[part.id])
    assert client.uploads.cancel(begun.id).status == "cancelled"


def test_a_large_file_straight_to_its_place(client: OpenAI, tmp_path: Path) -> None:
    content = lines("gpt-4o-mini", [f"Say {n} " + "x" * 400 for n in range(10_000)])
    (file := tmp_path / "large.jsonl").write_bytes(content)
    with OpenAI(base_url=str(client.base_url), api_key=client.api_key, http_client=fanfold.http_client()) as large:
        after: Any = {"anchor": "created_at", "seconds": 7200}
        with file.open("rb") as opened:
            for given in (opened, content, file):
                sent = large.files.create(file=given, purpose="batch", expires_after=after)
                assert (sent.bytes, (sent.expires_at or 0) - sent.created_at) == (len(content), 7200)
        assert large.files.retrieve(sent.id).filename == "large.jsonl"
        assert large.files.content(sent.id).content == content
        assert large.files.create(file=("a", content[:400]), purpose="batch").bytes == 400
        with pytest.raises(openai.BadRequestError):
            large.files.create(file=file, purpose="fine-tune")


def test_cancelling_and_paging(client: OpenAI) -> None:
    made = [create(client, lines("gpt-4o-mini", [f"Say {n}"]), extra_body={"priority": "low"}) for n in range(3)]
    cancelled = client.batches.cancel(made[0].id)
    assert cancelled.status in ("cancelling", "cancelled")
    with pytest.raises(openai.ConflictError) as twice:
        client.batches.cancel(made[0].id)
    assert "Cannot cancel a batch with status" in twice.value.message
    assert done(client, made[0]).status == "cancelled"

    def listed() -> list[str] | None:
        ids = [each.id for each in client.batches.list(limit=2)]
        return ids if {each.id for each in made} <= set(ids) else None

    ids = until(listed)
    assert [id for id in ids if id in {each.id for each in made}] == [each.id for each in made[::-1]]


def test_models(client: OpenAI) -> None:
    owners = {each.owned_by for each in client.models.list()}
    assert owners == {"openai", "anthropic", "gemini"}
    assert client.models.retrieve("claude-haiku-4-5").owned_by == "anthropic"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobodys-model")


def test_errors_are_the_sdks_own(client: OpenAI, stack: LocalStack, tmp_path: Path) -> None:
    content = lines("gpt-4o-mini", ["a"])
    stranger = client.with_options(api_key="ff_nobody_000000000000000000000000000000000000000000")
    with pytest.raises(openai.AuthenticationError) as wrong:
        stranger.batches.list()
    assert wrong.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_nothing")
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file-x", endpoint="/v1/chat/completions", completion_window="24h")
    with pytest.raises(openai.BadRequestError) as refused:
        client.files.create(file=("a.jsonl", content), purpose="fine-tune")
    assert refused.value.param == "purpose"
    with pytest.raises(openai.BadRequestError, match="empty"):
        client.files.create(file=("a.jsonl", b""), purpose="batch")
    with pytest.raises(openai.BadRequestError) as endpoint:
        create(client, content, endpoint="/v1/images/generations")
    assert endpoint.value.param == "endpoint"
    with pytest.raises(openai.BadRequestError) as unknown:
        create(client, content, extra_body={"modus": "fast"})
    assert unknown.value.param == "modus"
    with pytest.raises(openai.BadRequestError) as nobodys:
        create(client, lines("nobodys-model", ["a"]))
    assert nobodys.value.param == "model"
    with pytest.raises(openai.APIStatusError) as large:
        client.files.create(file=("a.jsonl", b"x" * 4_400_000), purpose="batch")
    assert large.value.status_code == 413
    with pytest.raises(openai.NotFoundError):
        client.post("/moderations", cast_to=object, body={})
    assert wrong.value.request_id


def test_limits_are_the_sdks_rate_limits(stack: LocalStack) -> None:
    key = stack.issue_key("openai-limited")
    with OpenAI(base_url=f"{stack.url}/openai/v1", api_key=key, max_retries=0) as client:
        stack.set_quotas("openai-limited", requests_per_day=1)
        content = lines("gpt-4o-mini", ["a"])
        done(client, create(client, content, extra_body={"mode": "realtime"}))
        with pytest.raises(openai.RateLimitError, match="1 requests a day") as day:
            create(client, content)
        assert _seconds(day.value) > 0
        stack.set_quotas("openai-limited", requests_per_day=None, calls_per_minute=1)
        with pytest.raises(openai.RateLimitError, match="calls a minute") as minute:
            list(starmap(client.batches.list, [()] * 10))
    assert (minute.value.code, minute.value.type) == ("rate_limit_exceeded", "requests")
    assert 0 < _seconds(minute.value) <= SOON
    assert minute.value.response.headers["x-should-retry"] == "true"


def _seconds(error: openai.RateLimitError) -> int:
    return int(error.response.headers["retry-after"])
