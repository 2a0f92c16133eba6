"""The prompt cache: a prefix up to a `cache_control` breakpoint is written by the first call and read by later ones
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching).

An entry can be read once the answer that wrote it has begun: calls at the same time do not share it. It lasts five
minutes or an hour from its last use. A restart forgets all, as a real cache may.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from local.provider.problems import bad_request

LEAST_TOKENS = 1024
MOST_BREAKPOINTS = 4
LIFETIMES = {"5m": 300.0, "1h": 3600.0}


class Section(NamedTuple):
    """A block of the prompt in order (tools, system, messages); `ttl` where it ends in a breakpoint."""

    text: str
    tokens: int
    ttl: str | None = None


@dataclass(frozen=True)
class CacheUse:
    """Tokens read from the cache, tokens to write by lifetime, and the entries (key, lifetime) they make."""

    read: int = 0
    written: tuple[tuple[str, int], ...] = ()
    entries: tuple[tuple[str, str], ...] = ()

    @property
    def written_tokens(self) -> int:
        return sum(tokens for _ttl, tokens in self.written)


class PromptCache:
    """The entries of all keys. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def look_up(self, owner: str, model: str, sections: list[Section]) -> CacheUse:
        """What a call would read and write; CallError (400) for more breakpoints than there may be."""
        marked = sum(section.ttl is not None for section in sections)
        if marked > MOST_BREAKPOINTS:
            message = f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. Found {marked}."
            raise bad_request(message)
        return self._use(_prefixes(owner, model, sections)) if marked else CacheUse()

    def note(self, use: CacheUse) -> None:
        """The answer begins: what was read lives on, and what was written can be read."""
        now = self._clock()
        with self._lock:
            for key, ttl in use.entries:
                self._ends[key] = max(self._ends.get(key, 0.0), now + LIFETIMES[ttl])

    def _use(self, prefixes: list["_Prefix"]) -> CacheUse:
        now = self._clock()
        with self._lock:
            hits = [prefix for prefix in prefixes if self._ends.get(prefix.key, 0.0) > now]
        read = hits[-1].tokens if hits else 0
        written, covered = [], read
        breakpoints = [prefix for prefix in prefixes if prefix.ttl and prefix.tokens >= LEAST_TOKENS]
        for prefix in breakpoints:
            if prefix.tokens > covered:
                written.append((str(prefix.ttl), prefix.tokens - covered))
                covered = prefix.tokens
        return CacheUse(read, tuple(written), tuple((prefix.key, str(prefix.ttl)) for prefix in breakpoints))


class _Prefix(NamedTuple):
    key: str
    tokens: int
    ttl: str | None


def _prefixes(owner: str, model: str, sections: list[Section]) -> list[_Prefix]:
    """Every beginning of the prompt up to the last breakpoint."""
    digest, tokens, found = hashlib.sha256(f"{owner} {model}".encode()), 0, []
    last = max(place for place, section in enumerate(sections) if section.ttl)
    for section in sections[: last + 1]:
        digest.update(b"\x1f" + section.text.encode())
        tokens += section.tokens
        found.append(_Prefix(digest.copy().hexdigest(), tokens, section.ttl))
    return found
