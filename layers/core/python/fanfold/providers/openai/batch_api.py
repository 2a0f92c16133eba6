"""OpenAI's Batch API: https://platform.openai.com/docs/api-reference/batch."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from fanfold.lines import split_lines
from fanfold.providers import BatchLimits, Draft, Outcome, ProviderBatch
from fanfold.providers.openai.account import OpenAIAccount
from fanfold.providers.openai.endpoints import PATHS, endpoint_of
from fanfold.providers.openai.replies import outcome_in

if TYPE_CHECKING:
    from openai.types import Batch as OpenAIBatch

VERSION: Final = "/v1"
LONGEST_LINE = 32 * 1024 * 1024
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
LIMIT = re.compile(r"[Ll]imit:? *([\d,]{3,})")
CLOCK_SKEW = 300
"""Seconds that the provider's clock may be off ours."""


class OpenAIBatches(OpenAIAccount):
    """Batches of uploaded files."""

    batch_limits = BatchLimits(requests=50_000, bytes=200_000_000, enqueued_tokens=2_000_000)

    def reach(self) -> None:
        with self._calls() as client:
            client.batches.list(limit=1)

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        request = {"custom_id": id, "method": "POST", "url": VERSION + PATHS[endpoint_of(body)], "body": body}
        return to_json(request)

    def stage(self, file: Path, marker: str) -> str:
        with self._calls() as client, file.open("rb") as body:
            return client.files.create(file=(f"{marker}.jsonl", body), purpose="batch").id

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        with file.open("rb") as lines:
            endpoint = json.loads(lines.readline())["url"]
        with self._calls() as client:
            made = client.batches.create(
                input_file_id=staged,
                endpoint=endpoint,
                completion_window="24h",
                metadata={"fanfold": draft.marker},
            )
        return made.id

    def adopt(self, draft: Draft) -> str | None:
        oldest = draft.since.timestamp() - CLOCK_SKEW
        with self._calls() as client:
            for batch in client.batches.list(limit=100):
                if (batch.metadata or {}).get("fanfold") == draft.marker:
                    return batch.id
                if batch.created_at < oldest:
                    break
            for file in client.files.list(purpose="batch", order="desc"):
                if file.filename == f"{draft.marker}.jsonl":
                    client.files.delete(file.id)
                if file.created_at < oldest:
                    break
        return None

    def batch(self, id: str) -> ProviderBatch:
        with self._calls() as client:
            found = client.batches.retrieve(id)
        return ProviderBatch(
            id=found.id,
            ended=found.status in ENDED,
            done=found.request_counts.completed + found.request_counts.failed if found.request_counts else 0,
            failure=_failure(found) if found.status == "failed" else None,
            over_tokens=found.status == "failed" and _over_tokens(found),
            token_limit=_token_limit(_failure(found)) if found.status == "failed" else None,
            validating=found.status == "validating",
            files=tuple(file for file in (found.output_file_id, found.error_file_id) if file),
        )

    def cancel(self, id: str) -> None:
        import openai

        with self._calls() as client, suppress(openai.ConflictError):
            client.batches.cancel(id)

    def discard(self, id: str) -> None:
        import openai

        with self._calls() as client, suppress(openai.NotFoundError):  # gone, or another key's that was ours before
            with suppress(openai.ConflictError, openai.NotFoundError):
                client.batches.cancel(id)
            found = client.batches.retrieve(id)
            for file in filter(None, (found.input_file_id, found.output_file_id, found.error_file_id)):
                with suppress(openai.NotFoundError):
                    client.files.delete(file)

    def outcomes(self, batch: ProviderBatch) -> Iterator[Outcome]:
        for file in batch.files:
            with self._calls() as client, client.files.with_streaming_response.content(file) as content:
                for line in split_lines(content.iter_bytes(), LONGEST_LINE):
                    yield outcome_in(line)


def _failure(batch: "OpenAIBatch") -> str:
    found = (batch.errors.data if batch.errors else None) or []
    said = "; ".join(f"line {each.line}: {each.message}" if each.line else f"{each.message}" for each in found[:5])
    return said or "the batch failed"


def _over_tokens(batch: "OpenAIBatch") -> bool:
    return any(each.code == "token_limit_exceeded" for each in (batch.errors.data if batch.errors else None) or [])


def _token_limit(said: str) -> int | None:
    found = LIMIT.search(said)
    return int(found[1].replace(",", "")) if found else None
