"""Repeats: how many requests of an input ask what another one does, in bounded memory.

Exact up to 65,536 different ones; beyond that estimated from the smallest hashes (Bar-Yossef et al., Counting distinct
elements in a data stream, 2002), off by less than 2 % as a rule.
"""

from hashlib import blake2b
from heapq import heappush, heapreplace
from typing import Any

KEPT = 65_536
SPACE = 2**64


class Repeats:
    """The requests of one input, one after another."""

    def __init__(self) -> None:
        self.seen = 0
        self._hashes: set[int] = set()
        self._largest: list[int] = []
        """The same as a heap, each negative, so that the largest comes first."""

    def add(self, model: str, given: Any) -> None:
        """The next request: its body, or the text that alone tells it from others of its model."""
        self.seen += 1
        text = f"{model}\0{given if isinstance(given, str) else repr(given)}"
        digest = int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")
        if digest in self._hashes:
            return
        if len(self._largest) < KEPT:
            heappush(self._largest, -digest)
        elif digest > -self._largest[0]:
            return
        else:
            self._hashes.discard(-heapreplace(self._largest, -digest))
        self._hashes.add(digest)

    @property
    def count(self) -> int:
        """Requests that need not be asked, if each question is asked once."""
        different = len(self._hashes)
        if different == KEPT:
            different = round((KEPT - 1) * SPACE / -self._largest[0])
        return max(0, self.seen - different)
