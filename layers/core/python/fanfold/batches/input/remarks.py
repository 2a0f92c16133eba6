"""What is worth knowing about an input and is no flaw of it: each remark is told once, with how often it holds."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from fanfold.providers import Dialect, reasons

FEW_TOKENS = 1000
"""Output tokens that a model which thinks first is likely to use up before it says anything."""
MOST_NOTES = 20
MOST_COLUMNS = 200
"""Kept fields that a table has; the JSONL has all."""


class Remarks:
    """Remarks on one input."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._said: dict[str, None] = {}
        self._columns: dict[str, None] = {}

    def say(self, note: str) -> None:
        """Note something that holds once."""
        self._said[note] = None

    def count(self, remark: str) -> None:
        """Note something of one request; `remark` goes on after `12 requests`."""
        self._counted[remark] += 1

    def look(self, body: dict[str, Any], limit: int | None, dialect: Dialect) -> None:
        """Note what a request may come to grief with that may have so many output tokens."""
        if limit is not None and limit < FEW_TOKENS and reasons(dialect, body):
            self.count(short(limit, body.get("model")))

    def keep(self, columns: Iterable[str]) -> None:
        """Note the fields that are kept of a record."""
        if len(self._columns) < MOST_COLUMNS:
            self._columns |= dict.fromkeys(columns)

    @property
    def columns(self) -> list[str]:
        """The fields that tables of the results have."""
        return list(self._columns)[:MOST_COLUMNS]

    @property
    def notes(self) -> list[str]:
        """The remarks as sentences, those of the whole input first."""
        counted = (f"{_requests(count)} {remark}" for remark, count in self._counted.most_common())
        return [*self._said, *counted][:MOST_NOTES]


def short(limit: int, model: Any) -> str:
    """Said of a request whose limit may be used up before the answer begins."""
    return (
        f"may have {limit:,} output tokens at most, and {model} thinks before it answers: "
        f"its thoughts may use them up and leave an empty answer; give it {FEW_TOKENS:,} or more"
    )


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"
