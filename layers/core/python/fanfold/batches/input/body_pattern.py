"""Bodies that differ in their text alone, as those of most files do: what is the same of all is worked out once."""

from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from fanfold.pricing.tokens import texts

MARK = "\ue000the text of the request\ue001"
"""Stands for the text; letters of Unicode's private area, so that hardly a text has it."""
WithInput = Callable[[dict[str, Any], str], dict[str, Any]]


class BodyPattern:
    """A body with a place for the text of a request."""

    def __init__(self, body: dict[str, Any], with_input: WithInput) -> None:
        """Raises ValueError if the place is not the only one of its kind."""
        self._body, self._with_input = body, with_input
        self.model: str = body["model"]
        marked, self._texts = with_input(body, MARK), list[str]()
        self.head, self.tail = to_json(marked).split(to_json(MARK))
        self.messages = texts(marked, self._texts)
        self._texts.remove(MARK)

    def body(self, text: str) -> dict[str, Any]:
        """The request with this text."""
        return self._with_input(self._body, text)

    def json(self, text: str) -> bytes:
        """The same, written."""
        return b"%b%b%b" % (self.head, to_json(text), self.tail)

    def texts(self, text: str) -> list[str]:
        """All texts of the request with this one."""
        return [*self._texts, text]


def body_pattern(body: dict[str, Any], with_input: WithInput) -> BodyPattern | None:
    """The pattern of bodies like this one, if they have one."""
    try:
        return BodyPattern(body, with_input)
    except ValueError:
        return None
