"""What is large through other SDKs: lists of over 250 batches, 10,000 rows in parts, a file of 200 MB."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic
from google import genai
from google.genai.types import HttpOptions
from openai import OpenAI

import fanfold
from fanfold_client import Fanfold
from local.stack import LocalStack
from tests.waiting import until

BATCHES, ROWS = 255, 10_000
OVER = ("completed", "failed", "expired", "cancelled")
pytestmark = pytest.mark.wide


FAST = {"requests": 1_000_000, "tokens": 1_000_000_000}
"""A minute, at each provider: else 10,000 requests in real time take as long as the usual limits let them."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    settings = {"rate_limits": dict.fromkeys(("openai", "anthropic", "gemini"), FAST)}
    given: dict[str, Any] = {"minute_seconds": 2, "provider_latency": 0.5, "settings": settings}
    with LocalStack(None, tmp_path_factory.mktemp("large"), environ={}, **given) as running:
        yield running


def rows(model: str, count: int, words: str = "") -> bytes:
    asked = {"method": "POST", "url": "/v1/chat/completions"}
    bodies = ({"model": model, "messages": [{"role": "user", "content": f"Say {n} {words}"}]} for n in range(count))
    return b"".join(
        json.dumps({"custom_id": f"id-{n}", **asked, "body": body}).encode() + b"\n" for n, body in enumerate(bodies)
    )


def test_every_sdk_lists_all_batches(stack: LocalStack) -> None:
    key = stack.issue_key("lister")
    with Fanfold(stack.url, key) as client:
        made = [client.batches.create(draft=True, idempotency_key=f"{n}").id for n in range(BATCHES)]
    with (
        OpenAI(base_url=f"{stack.url}/openai/v1", api_key=key) as openai,
        Anthropic(base_url=f"{stack.url}/anthropic", api_key=key) as anthropic,
        genai.Client(api_key=key, http_options=HttpOptions(base_url=f"{stack.url}/gemini")) as gemini,
    ):

        def listed() -> list[str] | None:
            found = [batch.id.removeprefix("batch_") for batch in openai.batches.list(limit=50)]
            return found if len(found) == BATCHES else None

        found = until(listed)
        assert sorted(found) == sorted(made)
        for limit in (7, 100, 1000):
            theirs = [batch.id.removeprefix("msgbatch_") for batch in anthropic.messages.batches.list(limit=limit)]
            assert theirs == found
        last = anthropic.messages.batches.list(limit=20, before_id=f"msgbatch_{found[-1]}")
        assert [batch.id.removeprefix("msgbatch_") for batch in last.data] == found[-21:-1]
        names = [(batch.name or "").removeprefix("batches/") for batch in gemini.batches.list(config={"page_size": 30})]
        assert names == found


@pytest.mark.parametrize(
    ("model", "mode"),
    [("gpt-4o-mini", "batch"), ("claude-haiku-4-5", "realtime"), ("gemini-3.5-flash-lite", "batch")],
)
def test_ten_thousand_rows_in_parts(stack: LocalStack, model: str, mode: str) -> None:
    content = rows(model, ROWS, "x" * 400)
    with OpenAI(base_url=f"{stack.url}/openai/v1", api_key=stack.issue_key("rows")) as client:
        uploaded = client.uploads.upload_file_chunked(
            file=content,
            filename="rows.jsonl",
            bytes=len(content),
            mime_type="application/jsonl",
            purpose="batch",
            part_size=4 * 1024 * 1024,
        )
        assert uploaded.file is not None
        batch = client.batches.create(
            input_file_id=uploaded.file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            extra_body={"mode": mode},
        )

        def output() -> str | None:
            found = client.batches.retrieve(batch.id)
            assert found.status not in OVER or found.status == "completed"
            return found.output_file_id

        lines = client.files.content(until(output)).text.splitlines()
    assert sorted(json.loads(line)["custom_id"] for line in lines) == sorted(f"id-{n}" for n in range(ROWS))


def test_200_megabytes_straight_to_their_place(stack: LocalStack, tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    with file.open("wb") as out:
        for _ in range(200):
            out.write(rows("gpt-4o-mini", 250, "x" * 4000)[: 1024 * 1024 - 1] + b"\n")
    key = stack.issue_key("large")
    with OpenAI(base_url=f"{stack.url}/openai/v1", api_key=key, http_client=fanfold.http_client()) as client:
        sent = client.files.create(file=file, purpose="batch")
        assert client.files.retrieve(sent.id).bytes == file.stat().st_size > 200_000_000
        client.files.delete(sent.id)
