"""A provider in memory: batches end when they are told to, and answers echo the prompt."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fanfold.errors import ProviderRefused, ProviderUnavailable, Unauthorized
from fanfold.providers import (
    BatchLimits,
    Capabilities,
    Draft,
    Fault,
    Finish,
    Outcome,
    Prompt,
    ProviderBatch,
    Status,
    Usage,
    whole,
)


class MemoryProvider:
    batch_limits = BatchLimits(requests=1000, bytes=1_000_000)
    default_model = "echo-1"
    capabilities = Capabilities(lanes=("batch", "realtime"))
    account = "an-account"

    def __init__(self) -> None:
        self.staged: dict[str, list[dict[str, Any]]] = {}
        self.batches: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        """Marker and lines of each batch, by its id."""
        self.ended: set[str] = set()
        self.cancelled: set[str] = set()
        self.failure: str | None = None
        """Why every batch is turned down as a whole."""
        self.trouble: dict[str, Exception] = {}
        """What a call raises, by its name."""
        self.refused: set[str] = set()
        """Prompts that get an error for an answer."""
        self.missing: set[str] = set()
        """Prompts that get none."""
        self.on_the_way: Callable[[list[Outcome]], list[Outcome]] = lambda outcomes: outcomes[::-1]
        """What becomes of outcomes before they are read: another order, some twice, some lost."""

        self.asked: list[str] = []
        """Prompts that were asked in real time, one entry for every call."""
        self.troubles: list[Exception] = []
        """What the next calls in real time raise, each once."""
        self.held = 0.0
        """Seconds that an answer in real time takes."""
        self.stuck = False
        """Whether batches end only when they are cancelled."""
        self.deaf = False
        """Whether batches do not even end then."""
        self.early: set[str] = set()
        """Prompts that a batch has answered by the time that it is cancelled."""
        self.ends: dict[str, tuple[Finish, str | None]] = {}
        """How the answer to a prompt ends, and what it then says."""
        self.lengths: dict[str, int] = {}
        """The output tokens of the answer to a prompt; others have one."""
        self.flawed: dict[str, list[str]] = {}
        """The outputs of a prompt's first answers in real time, instead of the prompt."""

    def knows(self, model: str) -> bool:
        return re.fullmatch(r"echo-[\w.-]+", model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        said = {name: value for name, value in prompt._asdict().items() if value is not None and name != "endpoint"}
        return said | {"messages": list(prompt.messages)}

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        turns, said = own.pop("messages"), body.get("messages")
        if turns and isinstance(said, list) and not any(each.get("role") == "system" for each in said):
            body = body | {"messages": [*turns, *said]}
        return own | body

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "assistant", "content": output}, {"role": "user", "content": said})
        return body | {"messages": [*body["messages"], *turns]}

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = body.get("response_schema")
        return found

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        return whole(body.get("max_tokens"))

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        return body | {"max_tokens": tokens}

    def reasons(self, body: dict[str, Any]) -> bool:
        return "think" in str(body.get("model"))

    def reach(self) -> None:
        self._asked("reach")

    def line(self, id: str, body: dict[str, Any]) -> bytes:
        return json.dumps({"id": id, "body": body}, ensure_ascii=False, separators=(",", ":")).encode()

    def stage(self, file: Path, marker: str) -> str:
        self._asked("stage")
        lines = file.read_bytes().splitlines()
        if len(lines) > self.batch_limits.requests or sum(map(len, lines)) > self.batch_limits.bytes:
            raise ProviderRefused("the file is over the limits")
        self.staged[marker] = [json.loads(line) for line in lines]
        return marker

    def create(self, file: Path, staged: str, draft: Draft) -> str:
        self._asked("create")
        lines = self.staged.pop(staged)
        if len({line["body"]["model"] for line in lines}) != 1 or len({line["id"] for line in lines}) < len(lines):
            raise ProviderRefused("a batch has one model, and an id for each line")
        id = f"batch-{len(self.batches)}"
        self.batches[id] = draft.marker, lines
        return id

    def adopt(self, draft: Draft) -> str | None:
        self._asked("adopt")
        self.staged.pop(draft.marker, None)
        return next((id for id, (name, _) in self.batches.items() if name == draft.marker), None)

    def batch(self, id: str) -> ProviderBatch:
        self._asked("batch")
        if id not in self.batches:
            raise ProviderUnavailable(f"no batch {id}")
        ended = id in self.ended
        done = len(self.batches[id][1]) if ended else 0
        return ProviderBatch(id=id, ended=ended, done=done, failure=self.failure if ended else None, files=(id,))

    def cancel(self, id: str) -> None:
        self._asked("cancel")
        self.cancelled.add(id)
        if not self.deaf:
            self.ended.add(id)

    def discard(self, id: str) -> None:
        self.batches.pop(id, None)

    def outcomes(self, batch: ProviderBatch) -> Iterator[Outcome]:
        self._asked("outcomes")
        if batch.id not in self.ended:
            raise ProviderRefused("the batch has not ended")
        requests = [] if self.failure else self.batches[batch.id][1]
        if batch.id in self.cancelled:
            requests = [each for each in requests if each["body"]["messages"][-1]["content"] in self.early]
        yield from self.on_the_way([outcome for each in requests if (outcome := self._answer(each))])

    async def answer(self, id: str, body: dict[str, Any], timeout: float) -> Outcome:
        """A prompt among `trouble` always raises what is there; one among `refused` is refused."""
        prompt = body["messages"][-1]["content"]
        self.asked.append(prompt)
        if self.held > timeout:
            await asyncio.sleep(timeout)
            raise ProviderUnavailable(f"no answer within {timeout:g} s", "timed_out")
        await asyncio.sleep(self.held)
        self._asked(prompt)
        if self.troubles:
            raise self.troubles.pop(0)
        if prompt in self.refused:
            raise ProviderRefused("no", "invalid_request")
        outputs, (end, said) = self.flawed.get(prompt), self.ends.get(prompt, (Finish.STOP, prompt))
        return Outcome(
            id=id,
            status=Status.SUCCEEDED,
            output=outputs.pop(0) if outputs else said,
            finish_reason=end,
            provider_reason=end.value,
            usage=self._usage(prompt),
            response={"said": prompt},
        )

    def prepare(self) -> None: ...

    async def close(self) -> None: ...

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        """Events are `{"ended": <batch>}`, and signed by quoting the secret."""
        if not secret or headers.get("signature") != secret:
            raise Unauthorized("not signed")
        found: str | None = json.loads(body).get("ended")
        return found

    def end_all(self) -> None:
        """Let every batch end."""
        if not self.stuck:
            self.ended.update(self.batches)

    def _asked(self, name: str) -> None:
        if name in self.trouble:
            raise self.trouble[name]

    def _answer(self, request: dict[str, Any]) -> Outcome | None:
        prompt = request["body"]["messages"][-1]["content"]
        if prompt in self.missing:
            return None
        if prompt in self.refused:
            return Outcome(id=request["id"], status=Status.FAILED, error=Fault(kind="refused", message="no"))
        end, said = self.ends.get(prompt, (None, prompt))
        told = {"output": said, "finish_reason": end, "usage": self._usage(prompt)}
        return Outcome(id=request["id"], status=Status.SUCCEEDED, **told)

    def _usage(self, prompt: str) -> Usage:
        return Usage(input_tokens=2, output_tokens=self.lengths.get(prompt, 1))
