"""Gemini's SDK as it is, against our surface: files and batches, in both lanes, with models of every provider."""

import io
import json
from collections.abc import Iterator
from itertools import starmap
from typing import Any

import pytest
from google import genai
from google.genai import errors
from google.genai.types import BatchJob, EmbedContentBatch, EmbeddingsBatchJobSource, HttpOptions, JobState

from local.stack import LocalStack
from tests.waiting import until

OVER = {JobState.JOB_STATE_SUCCEEDED, JobState.JOB_STATE_FAILED, JobState.JOB_STATE_CANCELLED}


def made(stack: LocalStack, key: str, **more: Any) -> genai.Client:
    return genai.Client(api_key=key, http_options=HttpOptions(base_url=f"{stack.url}/gemini", **more))


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Iterator[genai.Client]:
    with made(stack, stack.issue_key("gemini-sdk")) as client:
        yield client


def lines(*prompts: str) -> bytes:
    asked = ({"contents": [{"role": "user", "parts": [{"text": prompt}]}]} for prompt in prompts)
    return b"".join(json.dumps({"key": f"id-{n}", "request": each}).encode() + b"\n" for n, each in enumerate(asked))


def inline(*prompts: str) -> list[Any]:
    return [{"contents": [{"role": "user", "parts": [{"text": p}]}], "metadata": {"key": p}} for p in prompts]


def ended(client: genai.Client, batch: BatchJob) -> BatchJob:
    def found() -> BatchJob | None:
        now = client.batches.get(name=batch.name or "")
        return now if now.state in OVER else None

    return until(found)


@pytest.mark.parametrize("model", ["gpt-4o-mini", pytest.param("gemini-3.5-flash-lite", marks=pytest.mark.wide)])
def test_a_batch_from_file_to_results(client: genai.Client, model: str) -> None:
    content = lines("Say hello", "Say goodbye")
    file = client.files.upload(file=io.BytesIO(content), config={"mime_type": "jsonl", "display_name": "größe"})
    assert (file.display_name, file.size_bytes) == ("größe", len(content))
    batch = client.batches.create(model=model, src=file.name or "", config={"display_name": "ours"})
    assert (batch.display_name, batch.state) == ("ours", JobState.JOB_STATE_PENDING)
    batch = ended(client, batch)
    assert batch.state is JobState.JOB_STATE_SUCCEEDED
    assert batch.dest is not None
    output = client.files.download(file=batch.dest.file_name or "")
    found = {line["key"]: line["response"] for line in map(json.loads, output.splitlines())}
    assert found.keys() == {"id-0", "id-1"}
    assert all(each["candidates"][0]["content"]["parts"][0]["text"] for each in found.values())
    assert client.files.get(name=batch.dest.file_name or "").size_bytes == len(output)
    client.batches.delete(name=batch.name or "")
    with pytest.raises(errors.ClientError):
        client.batches.get(name=batch.name or "")


@pytest.mark.parametrize("model", ["claude-haiku-4-5", pytest.param("gemini-3.5-flash-lite", marks=pytest.mark.wide)])
def test_requests_in_the_call_have_their_answers_in_the_batch(stack: LocalStack, model: str) -> None:
    with made(stack, stack.issue_key("gemini-sdk"), extra_body={"mode": "realtime"}) as client:
        batch = ended(client, client.batches.create(model=model, src=inline("Say hello", "Say goodbye")))
    assert batch.dest is not None
    answers = batch.dest.inlined_responses or []
    assert [each.metadata for each in answers] == [{"key": "Say hello"}, {"key": "Say goodbye"}]
    assert all(each.response and each.response.text for each in answers)


EMBED = pytest.mark.filterwarnings("ignore:.*experimental")


@EMBED
@pytest.mark.parametrize("model", ["gemini-embedding-001", "text-embedding-3-small"])
def test_embeddings_in_the_call_have_their_vectors_in_the_batch(stack: LocalStack, model: str) -> None:
    with made(stack, stack.issue_key("gemini-sdk"), extra_body={"mode": "realtime"}) as client:
        asked = EmbeddingsBatchJobSource(inlined_requests=EmbedContentBatch(contents=["apples", "taxes", "apples"]))
        batch = ended(client, client.batches.create_embeddings(model=model, src=asked, config={"display_name": "v"}))
    assert (batch.state, batch.display_name) == (JobState.JOB_STATE_SUCCEEDED, "v")
    assert batch.dest is not None
    vectors = []
    for answer in batch.dest.inlined_embed_content_responses or []:
        assert answer.response
        assert answer.response.embedding
        assert answer.response.token_count
        vectors.append(answer.response.embedding.values or [])
    assert [len(each) for each in vectors] == [1536 if model.startswith("text") else 3072] * 3
    assert vectors[0] == vectors[2] != vectors[1]


@EMBED
def test_embeddings_of_a_file_are_in_a_file(client: genai.Client) -> None:
    asked = [{"content": {"parts": [{"text": text}]}, "output_dimensionality": 8} for text in ("apples", "taxes")]
    asked.append({"contents": [{"parts": [{"text": "a chat"}]}]})
    content = "".join(json.dumps({"key": f"id-{n}", "request": each}) + "\n" for n, each in enumerate(asked))
    file = client.files.upload(file=io.BytesIO(content.encode()), config={"mime_type": "jsonl"})
    source = EmbeddingsBatchJobSource(file_name=file.name)
    batch = ended(client, client.batches.create_embeddings(model="gemini-embedding-001", src=source))
    assert batch.dest is not None
    found = {
        line["key"]: line
        for line in map(json.loads, client.files.download(file=batch.dest.file_name or "").splitlines())
    }
    assert [len(found[id]["response"]["embedding"]["values"]) for id in ("id-0", "id-1")] == [8, 8]
    assert "another endpoint" in json.dumps([line for key, line in found.items() if key not in ("id-0", "id-1")])


def test_files(client: genai.Client) -> None:
    sent = [client.files.upload(file=io.BytesIO(lines("a")), config={"mime_type": "jsonl"}).name for _ in range(3)]
    found = [each.name for each in client.files.list(config={"page_size": 2})]
    assert [name for name in found if name in sent] == sent[::-1]
    client.files.delete(name=sent[0] or "")
    with pytest.raises(errors.ClientError):
        client.files.get(name=sent[0] or "")


def test_cancelling_and_paging(client: genai.Client) -> None:
    made = [client.batches.create(model="gemini-3.5-flash-lite", src=inline(f"Say {n}")).name or "" for n in range(3)]
    client.batches.cancel(name=made[0])
    until(lambda: client.batches.get(name=made[0]).state is JobState.JOB_STATE_CANCELLED)
    with pytest.raises(errors.ClientError) as twice:
        client.batches.cancel(name=made[0])
    assert twice.value.status == "FAILED_PRECONDITION"

    def listed() -> list[str] | None:
        names = [each.name or "" for each in client.batches.list(config={"page_size": 2})]
        return names if set(made) <= set(names) else None

    assert [name for name in until(listed) if name in made] == made[::-1]


def test_errors_are_the_sdks_own(client: genai.Client, stack: LocalStack) -> None:
    with made(stack, "ff_nobody_000000000000000000000000000000000000000000") as stranger:
        with pytest.raises(errors.ClientError) as wrong:
            stranger.batches.list()
        assert (wrong.value.code, wrong.value.status) == (400, "INVALID_ARGUMENT")
    refused: list[tuple[Any, int]] = [
        (lambda: client.batches.get(name="batches/nothing"), 404),
        (lambda: client.batches.create(model="nobodys-model", src=inline("a")), 400),
        (lambda: client.batches.create(model="gemini-3.5-flash-lite", src="files/nothing"), 404),
        (lambda: client.files.upload(file=io.BytesIO(b"x" * 5_000_000), config={"mime_type": "jsonl"}), 413),
        (lambda: client.models.generate_content(model="gemini-3.5-flash-lite", contents="a"), 404),
    ]
    for call, code in refused:
        with pytest.raises(errors.ClientError) as found:
            call()
        assert found.value.code == code, found.value


def test_limits_are_the_sdks_rate_limits(stack: LocalStack) -> None:
    """Its SDK has no class of their own for them: they are client errors by their code and status."""

    with made(stack, stack.issue_key("gemini-limited")) as client:
        stack.set_quotas("gemini-limited", requests_per_day=1)
        with pytest.raises(errors.ClientError, match="1 requests a day") as day:
            client.batches.create(model="gemini-3.5-flash-lite", src=inline("a", "b"))
        stack.set_quotas("gemini-limited", requests_per_day=None, calls_per_minute=1)
        with pytest.raises(errors.ClientError, match="calls a minute") as minute:
            list(starmap(client.batches.list, [()] * 10))
    for refused in (day.value, minute.value):
        assert (refused.code, refused.status) == (429, "RESOURCE_EXHAUSTED")
        (detail,) = refused.details["error"]["details"]
        assert detail["@type"].endswith("google.rpc.RetryInfo")
        assert int(refused.response.headers["retry-after"]) == int(detail["retryDelay"].removesuffix("s")) > 0
