"""Gemini's batches of uploaded files: https://ai.google.dev/gemini-api/docs/batch-api."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from fanfold.lines import split_lines
from fanfold.providers import BatchLimits, Draft, Outcome, ProviderBatch, Status
from fanfold.providers.gemini.account import GeminiAccount
from fanfold.providers.gemini.replies import outcome_in

if TYPE_CHECKING:
    from google import genai

LONGEST_LINE = 32 * 1024 * 1024
BLOCK = 1024 * 1024
CLOCK_SKEW = 300
"""Seconds that the provider's clock may be off ours."""
ENDED = {
    "JOB_STATE_SUCCEEDED": Status.FAILED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": Status.FAILED,
    "JOB_STATE_FAILED": Status.FAILED,
    "JOB_STATE_CANCELLED": Status.CANCELLED,
    "JOB_STATE_EXPIRED": Status.EXPIRED,
}
"""The states that end a batch, and what became of the requests that it then has no line for."""


class GeminiBatches(GeminiAccount):
    """Batches of uploaded files."""

    batch_limits = BatchLimits(requests=200_000, bytes=2_000_000_000, enqueued_tokens=3_000_000)

    def reach(self) -> None:
        with self._calls() as client:
            client.batches.list(config={"page_size": 1})

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        request = {name: value for name, value in body.items() if name != "model"}
        return to_json({"key": id, "request": request})

    def stage(self, file: Path, marker: str) -> str:
        config: Any = {"mime_type": "application/jsonl", "display_name": f"{marker}.jsonl"}
        with self._calls() as client:
            return client.files.upload(file=file, config=config).name or ""

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        with self._calls() as client:
            config: Any = {"display_name": draft.marker}
            return client.batches.create(model=draft.model, src=staged, config=config).name or ""

    def adopt(self, draft: Draft) -> str | None:
        oldest = draft.since.timestamp() - CLOCK_SKEW
        with self._calls() as client:
            for batch in client.batches.list(config={"page_size": 100}):
                if batch.display_name == draft.marker:
                    return batch.name
                if batch.create_time and batch.create_time.timestamp() < oldest:
                    break
            self._forget_files(client, draft.marker)
        return None

    def batch(self, id: str) -> ProviderBatch:
        with self._calls() as client:
            found = client.batches.get(name=id)
        state = found.state.value if found.state else ""
        return ProviderBatch(
            id=id,
            ended=state in ENDED,
            # Why it failed is in the answer, but the SDK drops it in Developer API mode.
            failure="Gemini failed the batch and its SDK does not say why" if state == "JOB_STATE_FAILED" else None,
            files=(found.dest.file_name,) if found.dest and found.dest.file_name else (),
            rest=ENDED.get(state, Status.FAILED),
        )

    def cancel(self, id: str) -> None:
        from google.genai import errors

        with self._calls() as client, suppress(errors.ClientError):
            client.batches.cancel(name=id)

    def discard(self, id: str) -> None:
        from google.genai import errors

        with self._calls() as client, suppress(errors.ClientError):
            found = client.batches.get(name=id)
            with suppress(errors.ClientError):
                client.batches.cancel(name=id)
            if found.dest and found.dest.file_name:
                client.files.delete(name=found.dest.file_name)
            self._forget_files(client, found.display_name or "")
            client.batches.delete(name=id)

    def outcomes(self, batch: ProviderBatch) -> Iterator[Outcome]:
        for file in batch.files:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "output.jsonl"
                with self._calls() as client:
                    client.files.download(file=file, destination=path)
                with path.open("rb") as content:
                    for line in split_lines(iter(lambda: content.read(BLOCK), b""), LONGEST_LINE):
                        yield outcome_in(line)

    def _forget_files(self, client: "genai.Client", marker: str) -> None:
        """Delete what was uploaded under the marker. Files that nobody deletes end by themselves after two days."""
        for file in client.files.list(config={"page_size": 100}):
            if file.display_name == f"{marker}.jsonl" and file.name:
                client.files.delete(name=file.name)
