"""Anthropic's Message Batches: https://platform.claude.com/docs/en/build-with-claude/batch-processing.

A batch there carries nothing of ours until it has ended, when its results show our ids. So an orphan can be known
only by when it was made and how many requests it has: see `adopt`.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from fanfold.lines import split_lines
from fanfold.providers import BatchLimits, Draft, Outcome, ProviderBatch
from fanfold.providers.anthropic.account import AnthropicAccount
from fanfold.providers.anthropic.replies import outcome_in

if TYPE_CHECKING:
    from anthropic.types.messages import MessageBatch

BATCHES: Final = "/v1/messages/batches"
LONGEST_LINE = 32 * 1024 * 1024
BLOCK = 256 * 1024


class AnthropicBatches(AnthropicAccount):
    """Batches that are sent as one body."""

    batch_limits = BatchLimits(requests=100_000, bytes=256_000_000)

    def reach(self) -> None:
        with self._calls() as client:
            client.messages.batches.list(limit=1)

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        return to_json({"custom_id": id, "params": body})

    def stage(self, file: Path, marker: str) -> str:
        """Nothing is uploaded; but the SDK's import, which takes seconds, must not count as time of the create."""
        with self._calls():
            return ""

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        from anthropic.types.messages import MessageBatch

        size = str(len(b'{"requests":[]}') + file.stat().st_size - 1)
        headers = {"Content-Type": "application/json", "Content-Length": size}
        with self._calls() as client:
            return client.post(BATCHES, content=_body(file), cast_to=MessageBatch, options={"headers": headers}).id

    def adopt(self, draft: Draft) -> str | None:
        """The oldest batch that nobody has, of as many requests, made while a create of the draft was under way."""
        if not draft.tries:
            return None
        first = min(start for start, _ in draft.tries)
        with self._calls() as client:
            listed = takewhile(lambda batch: batch.created_at >= first, client.messages.batches.list(limit=100))
            found = [batch.id for batch in listed if _can_be(batch, draft) and not draft.known(batch.id)]
        return found[-1] if found else None

    def batch(self, id: str) -> ProviderBatch:
        with self._calls() as client:
            found = client.messages.batches.retrieve(id)
        counts = found.request_counts
        done = counts.succeeded + counts.errored + counts.canceled + counts.expired
        return ProviderBatch(id=found.id, ended=found.processing_status == "ended", done=done)

    def cancel(self, id: str) -> None:
        import anthropic

        with self._calls() as client, suppress(anthropic.BadRequestError, anthropic.ConflictError):
            client.messages.batches.cancel(id)

    def discard(self, id: str) -> None:
        import anthropic

        gone = (anthropic.BadRequestError, anthropic.ConflictError, anthropic.NotFoundError)
        with self._calls() as client:
            with suppress(*gone):
                client.messages.batches.cancel(id)
            with suppress(*gone):
                client.messages.batches.delete(id)

    def outcomes(self, batch: ProviderBatch) -> Iterator[Outcome]:
        with self._calls() as client, client.messages.batches.with_streaming_response.results(batch.id) as content:
            for line in split_lines(content.iter_bytes(), LONGEST_LINE):
                yield outcome_in(line)


def _body(file: Path) -> Iterator[bytes]:
    """The file's lines as the create's JSON, a block at a time: a line end in the file is a comma there."""
    yield b'{"requests":['
    left = file.stat().st_size - 1
    with file.open("rb") as lines:
        while block := lines.read(min(BLOCK, left)):
            left -= len(block)
            yield block.replace(b"\n", b",")
    yield b"]}"


def _can_be(batch: "MessageBatch", draft: Draft) -> bool:
    counts = batch.request_counts
    total = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    return total == draft.requests and any(start <= batch.created_at <= end for start, end in draft.tries)
