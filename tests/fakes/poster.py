"""Receivers in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fanfold.ports import PostResult


class Call(NamedTuple):
    url: str
    headers: dict[str, str]
    body: str


class MemoryPoster:
    """`answers` gives, by URL, the statuses of the calls in turn, the last one for all that follow; 200 without any.

    None stands for no answer.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, list[int | None]] = defaultdict(lambda: [200])
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens while the receiver works."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostResult:
        self.calls.append(Call(url, dict(headers), body.decode()))
        self.meanwhile()
        statuses = self.answers[url]
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        return PostResult(status, "ok" if status else "TimeoutError: timed out")
