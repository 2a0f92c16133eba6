"""The elements of a JSON document one by one, in memory bounded by the longest of them."""

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from math import inf
from typing import Any, BinaryIO

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.readers._text import characters

LONGEST = 256 * 1024 * 1024
"""Characters of an element."""
LONGEST_FIRST = 4 * 1024 * 1024
"""Characters of a first line that may be one of many."""
STEP = 256 * 1024
BLANK = re.compile(r"[\s\ufeff]*")
MOST_DIGITS = 4300
"""Python reads no whole number of more."""
Element = tuple[str | None, Any]


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else inf


PLAIN, LENIENT = JSONDecoder(), JSONDecoder(parse_int=_whole)


def _raw(text: str, at: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends. Raises JSONDecodeError and RecursionError."""
    try:
        return PLAIN.raw_decode(text, at)
    except JSONDecodeError:
        raise
    except ValueError:  # a number of too many digits
        return LENIENT.raw_decode(text, at)


def _only(text: str) -> Any:
    """The one value of a text. Raises JSONDecodeError and RecursionError."""
    try:
        return PLAIN.decode(text)
    except JSONDecodeError:
        raise
    except ValueError:
        return LENIENT.decode(text)


class _Text:
    """A document as it comes, with the place that is read next."""

    def __init__(self, file: BinaryIO, encoding: str | None) -> None:
        self._parts = characters(file, encoding)
        self.text, self.at, self.line, self.ended = "", 0, 1, False

    def more(self, least: int = STEP) -> bool:
        """Take in more text and forget what is behind; False if there is none."""
        self.line += self.text.count("\n", 0, self.at)
        parts, size = [self.text[self.at :]], 0
        while size < least and (part := next(self._parts, "")):
            parts.append(part)
            size += len(part)
        self.ended = size == 0
        self.text, self.at = "".join(parts), 0
        return not self.ended

    def line_end(self, most: int) -> int:
        """Where the line ends that is read now: the text's end if it is the last, or longer than `most`."""
        while (end := self.text.find("\n", self.at)) < 0:
            waiting = len(self.text) - self.at
            if waiting > most or not self.more(max(STEP, waiting)):
                return len(self.text)
        return end

    def peek(self) -> str:
        """The next character that is no blank; nothing at the end."""
        while True:
            found = BLANK.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def take(self, mark: str) -> bool:
        """Step over the mark, if it comes next."""
        found = self.peek() == mark
        self.at += found
        return found

    def value(self) -> Any:
        """The next value. Raises Invalid, with its line, where there is none."""
        self.peek()
        while True:
            try:
                value, end = _raw(self.text, self.at)
            except JSONDecodeError as error:
                waiting = len(self.text) - self.at
                if waiting < LONGEST and self.more(max(STEP, waiting)):
                    continue
                raise self.wrong(error) from error
            except RecursionError as error:
                raise Invalid("it is nested too deeply", Flaw(line=self.line, detail="nested too deeply")) from error
            if end == len(self.text) and not self.ended and self.more(STEP):
                continue  # a number may go on in what comes
            self.at = end
            return value

    def wrong(self, error: JSONDecodeError | None = None) -> Invalid:
        line = self.line + self.text.count("\n", 0, error.pos if error else self.at)
        said = error.msg if error else f"{self.text[self.at : self.at + 20]!r} was not expected"
        return Invalid(f"not JSON in line {line}: {said}", Flaw(line=line, detail=f"not JSON: {said}"))


def elements(file: BinaryIO, encoding: str | None, wrappers: tuple[str, ...]) -> Iterator[Element | Flaw]:
    """Keys and values of a mapping, or values of a list or of lines, without keys; also of those under a wrapper.

    A line that is no JSON is a flaw; a document that breaks off ends in one. Raises Invalid if nothing could be read.
    """
    text = _Text(file, encoding)
    some = False
    try:
        for element in _document(text, wrappers):
            some = True
            yield element
    except Invalid as broken:
        if not some:
            raise
        yield broken.flaws[0]


def _document(text: _Text, wrappers: tuple[str, ...]) -> Iterator[Element | Flaw]:
    start = text.peek()
    if start == "[":
        yield from ((None, value) for value in _list(text))
    elif start == "{" and not _a_line_each(text):
        yield from _mapping(text, wrappers)
    elif start:
        yield from _lines(text)


def _a_line_each(text: _Text) -> bool:
    """Whether the first line is a whole mapping, and either another line follows or it is no collection."""
    end = text.line_end(LONGEST_FIRST)
    try:
        value = _only(text.text[text.at : end])
    except (JSONDecodeError, RecursionError):
        return False
    if not text.text[end:].strip():
        end -= text.at
        text.more()
    return bool(text.text[end:].strip()) or not any(isinstance(one, list | dict) for one in value.values())


def _list(text: _Text) -> Iterator[Any]:
    text.take("[")
    while not text.take("]"):
        yield text.value()
        if not text.take(",") and text.peek() != "]":
            raise text.wrong()


def _mapping(text: _Text, wrappers: tuple[str, ...]) -> Iterator[Element]:
    text.take("{")
    while not text.take("}"):
        key = text.value()
        if not text.take(":"):
            raise text.wrong()
        if key in wrappers and text.peek() in "[{" and text.peek():
            yield from _mapping(text, ()) if text.peek() == "{" else ((None, value) for value in _list(text))
        else:
            yield str(key), text.value()
        if not text.take(",") and text.peek() != "}":
            raise text.wrong()


def _lines(text: _Text) -> Iterator[Element | Flaw]:
    number = 0
    while text.peek():
        end = text.line_end(LONGEST)
        line = text.text[text.at : end]
        number += 1
        text.at = end
        try:
            yield None, _only(line.strip())
        except JSONDecodeError as error:
            yield Flaw(line=number, detail=f"not JSON: {error.msg}")
        except RecursionError:
            yield Flaw(line=number, detail="nested too deeply")
