"""How many tokens a request has, told from its text alone: no vocabulary is loaded and no provider asked.

A text's characters are counted by class, and each class weighs so much of a token. The expected weights are those of
OpenAI's o200k vocabulary; the upper ones cover older vocabularies too (cl100k, Claude 2's, DeepSeek's). docs/costs.md
has the errors. Pictures and documents are not counted.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

ASCII, CONTINUATION = bytes(range(0x80)), bytes(range(0x80, 0xC0))
LETTERS, DIGITS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ", b"0123456789"
PERCENT = 100
"""The weights below are hundredths of a token a character: expected, and at most."""
LETTER, DIGIT, SIGN = (21, 35), (58, 100), (60, 100)
SCRIPTS = (
    (bytes(range(0xC2, 0xCA)), (100, 200)),  # Latin with accents
    (bytes(range(0xCA, 0xE0)), (38, 150)),  # Greek, Cyrillic, Hebrew, Arabic
    (b"\xe0", (42, 180)),  # Indic, Thai
    (b"\xe1\xe2", (100, 200)),  # further Latin, punctuation, symbols
    (bytes(range(0xE3, 0xEA)), (85, 140)),  # Chinese, Japanese
    (bytes(range(0xEA, 0xF0)), (66, 130)),  # Korean
    (bytes(range(0xF0, 0xF8)), (120, 300)),  # emoji
)
"""By the first byte of a character's UTF-8."""
A_REQUEST, A_MESSAGE = 3, 4
"""Tokens around the text: https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken."""
NO_TEXT = frozenset({"model", "role", "type", "data", "url", "file_id", "media_type", "mimeType", "mime_type"})

NESTED = (dict, list, tuple)


class TokenEstimate(NamedTuple):
    """Tokens that something is expected to have, and those it has at most."""

    expected: int
    most: int


def tokens(body: dict[str, Any]) -> TokenEstimate:
    """The input tokens of a provider's request."""
    found: list[str] = []
    messages = texts(body, found)
    return framed(count("".join(found)), 1, messages)


def framed(text: TokenEstimate, requests: int, messages: int) -> TokenEstimate:
    """The tokens of the text of so many requests and messages, with those around it."""
    frame = A_REQUEST * requests + A_MESSAGE * messages
    return TokenEstimate(text.expected + frame, text.most + frame)


def count(text: str) -> TokenEstimate:
    """The tokens of a text."""
    weighed = list(_weighed(text.encode(errors="replace")))
    expected, most = (-(-sum(n * weight[at] for n, weight in weighed) // PERCENT) for at in (0, 1))
    return TokenEstimate(expected, most)


def texts(body: dict[str, Any], found: list[str]) -> int:
    """Add every text of a request to those found; how many messages it has."""
    messages = 0
    left: list[Any] = [body]
    for part in left:  # it grows on the way
        if not isinstance(part, dict):
            _sort(part, found, left)
            continue
        if "role" in part:
            messages += 1
        for name, value in part.items():
            if name in NO_TEXT:
                continue
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, NESTED):
                left.append(value)
    return messages


def _sort(part: Iterable[Any], found: list[str], left: list[Any]) -> None:
    """What is a text of a list, and what may hold more."""
    for value in part:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, NESTED):
            left.append(value)


def _weighed(text: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """How many characters there are of each class, and the class's weights."""
    no_letters = text.translate(None, LETTERS)
    rest = no_letters.translate(None, DIGITS)
    beyond = b"" if rest.isascii() else rest.translate(None, ASCII)
    letters, digits = len(text) - len(no_letters), len(no_letters) - len(rest)
    yield from ((letters, LETTER), (digits, DIGIT), (len(rest) - len(beyond), SIGN))
    if beyond:
        firsts = beyond.translate(None, CONTINUATION)
        yield from ((len(firsts) - len(firsts.translate(None, script)), weight) for script, weight in SCRIPTS)
