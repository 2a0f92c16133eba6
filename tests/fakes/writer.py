"""A model in memory that writes: so many words as it is asked for, outlines and profiles, and keeps files."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fanfold.errors import ProviderRefused
from fanfold.providers import Capabilities, Finish, Material, Outcome, Prompt, Status, Usage
from fanfold.writing.backend import ModelRequest

WISH = re.compile(r"Write about (\d+) words\.\Z")


class MemoryWriter:
    """`asked` has every request that was answered, in order; each is one that is paid for."""

    default_model = "echo-1"
    account = "an-account"
    most_document_bytes = 1_000_000
    most_document_pages = 100

    def __init__(self, *, files: bool = True) -> None:
        self.capabilities = Capabilities(lanes=("batch", "realtime"), documents=True, files=files)
        self.files: dict[str, str] = {}
        """Names of files by their ids."""
        self.asked: list[ModelRequest] = []
        self.sections = 3
        self.length: Callable[[int], int] = lambda words: words
        """How many words it writes when it is asked for so many."""
        self.cut = 10_000
        """Words after which an answer is cut."""
        self.trouble: list[Exception] = []
        """What the next calls raise."""
        self.refuses = False
        self.says: str | None = None
        """What it says to everything."""
        self._seen: set[str] = set()

    def knows(self, model: str) -> bool:
        return model.startswith("echo-")

    def body(self, prompt: Prompt) -> dict[str, Any]:
        return {name: value for name, value in prompt._asdict().items() if value is not None}

    def keep_document(self, file: Path, name: str) -> str:
        id = f"file-{len(self.files) + 1}"
        assert file.read_bytes()
        self.files[id] = name
        return id

    def kept_documents(self, prefix: str) -> Iterator[str]:
        return iter([id for id, name in self.files.items() if name.startswith(prefix)])

    def drop_document(self, id: str) -> None:
        self.files.pop(id, None)

    def parts(self, material: Sequence[Material]) -> list[dict[str, Any]]:
        for each in material:
            if each.file is not None and each.file not in self.files:
                raise ProviderRefused(f"no file {each.file}")
        return [{name: value for name, value in each._asdict().items() if value} for each in material]

    def __call__(self, question: ModelRequest) -> Outcome:
        """The answer to a question."""
        if self.trouble:
            raise self.trouble.pop(0)
        self.asked.append(question)
        turns: list[Any] = list(question.body["messages"])
        if self.refuses:
            return self._outcome(question, "", Finish.REFUSAL)
        if self.says is not None:
            return self._outcome(question, self.says, Finish.STOP)
        if schema := question.body.get("response_schema"):
            return self._outcome(question, json.dumps(self._valid(schema)), Finish.STOP)
        return self._prose(question, turns)

    @property
    def paid(self) -> Counter[str]:
        """How often each piece was begun at the provider: calls that go on are not counted."""
        return Counter(q.id.rpartition("-")[0].rpartition("-")[0] for q in self.asked if q.id.endswith("-0"))

    def _prose(self, question: ModelRequest, turns: list[Any]) -> Outcome:
        wish = next(found for turn in turns if (found := WISH.search(said(turn))))
        so_far = sum(len(turn["content"].split()) for turn in turns if turn["role"] == "assistant")
        words = [f"word{n}" for n in range(self.length(int(wish[1])))][so_far:]
        finish = Finish.LENGTH if len(words) > self.cut else Finish.STOP
        text = " ".join(words[: self.cut]) + (" wor" if finish is Finish.LENGTH else "")
        return self._outcome(question, text, finish)

    def _valid(self, schema: Any) -> dict[str, Any]:
        if "sections" in schema["properties"]:
            sections = [{"title": f"Part {n}", "about": f"what {n} is"} for n in range(1, self.sections + 1)]
            return {"title": "A title", "sections": sections}
        return {name: [name] if spec["type"] == "array" else name for name, spec in schema["properties"].items()}

    def _outcome(self, question: ModelRequest, text: str, finish: Finish) -> Outcome:
        """Input that was there before is read from the cache."""
        start = repr(question.body["messages"][:2])[:-200]
        cached = 80 if start in self._seen else 0
        self._seen.add(start)
        usage = Usage(input_tokens=100, output_tokens=len(text.split()), cached_tokens=cached)
        return Outcome(
            id=question.id, status=Status.SUCCEEDED, output=text, finish_reason=finish, usage=usage, response={}
        )


def said(turn: Any) -> str:
    """All words of a turn."""
    content = turn["content"]
    return content if isinstance(content, str) else "\n".join(str(part.get("text", "")) for part in content)
