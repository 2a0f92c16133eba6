"""A provider in memory: batches end when they are told to, and answers echo the prompt."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from fanfold.errors import ProviderUnavailable
from fanfold.providers import Batch, BatchLimits, Fault, Outcome, Prompt, Status, Usage


class MemoryProvider:
    batch_limits = BatchLimits(requests=1000, bytes=1_000_000)
    default_model = "echo-1"

    def __init__(self) -> None:
        self.staged: dict[str, list[dict[str, Any]]] = {}
        self.batches: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.ended: set[str] = set()
        self.failure: str | None = None
        self.refused: set[str] = set()
        """Prompts that get an error for an answer."""
        self.missing: set[str] = set()
        """Prompts that get none."""

    def knows(self, model: str) -> bool:
        return model.startswith("echo-")

    def body(self, prompt: Prompt) -> dict[str, Any]:
        return prompt.model_dump(exclude_none=True, mode="json")

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        return json.dumps({"id": id, "body": body}).encode()

    def stage(self, file: Path, marker: str) -> str:
        self.staged[marker] = [json.loads(line) for line in file.read_bytes().splitlines()]
        return marker

    def create(self, file: Path, staged: str, marker: str) -> str:
        id = f"batch-{len(self.batches)}"
        self.batches[id] = marker, self.staged[staged]
        return id

    def adopt(self, marker: str, since: datetime) -> str | None:
        return next((id for id, (name, _) in self.batches.items() if name == marker), None)

    def batch(self, id: str) -> Batch:
        if id not in self.batches:
            raise ProviderUnavailable(f"no batch {id}")
        ended = id in self.ended
        done = len(self.batches[id][1]) if ended else 0
        return Batch(id=id, ended=ended, done=done, failure=self.failure, files=(id,))

    def outcomes(self, batch: Batch) -> Iterator[Outcome]:
        for request in reversed(self.batches[batch.id][1]):
            prompt = request["body"]["messages"][-1]["content"]
            if self.failure or prompt in self.missing:
                continue
            if prompt in self.refused:
                yield Outcome(id=request["id"], status=Status.FAILED, error=Fault(kind="refused", message="no"))
                continue
            yield Outcome(
                id=request["id"], status=Status.SUCCEEDED, output=prompt, usage=Usage(input_tokens=2, output_tokens=1)
            )
