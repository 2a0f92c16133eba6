"""A prompt with gaps: `Classify: {text}` is filled from each row of a CSV, or each object of a JSONL."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self

BRACES = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")


class PromptTemplate(NamedTuple):
    """The texts between the gaps, and the gaps' names: one text more than names."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The template that a text is; `{{` and `}}` stand for braces. Raises ValueError."""
        texts, names, end = [""], [], 0
        for found in BRACES.finditer(text):
            texts[-1] += text[end : found.start()]
            end = found.end()
            if found[1]:
                names.append(found[1].strip())
                texts.append("")
            elif len(found[0]) == 2:
                texts[-1] += found[0][0]
            else:
                raise ValueError(f"the {found[0]} at character {end} has no partner; write {found[0] * 2} for one")
        if not names:
            raise ValueError("it names no field, such as {text}: every prompt would be the same")
        texts[-1] += text[end:]
        return cls(tuple(texts), tuple(names))

    def missing(self, fields: Iterable[str]) -> str | None:
        """The first gap that none of the fields fills."""
        there = set(fields)
        return next((name for name in self.names if name not in there), None)

    def fill(self, record: Mapping[str, Any]) -> str:
        """The prompt for a record that has every field. What is no text goes in as JSON, nothing as nothing."""
        filled = (_text(record[name]) + text for name, text in zip(self.names, self.texts[1:], strict=True))
        return self.texts[0] + "".join(filled)


template = lru_cache(maxsize=16)(PromptTemplate.of)
"""The template of a text, once for all lines of a batch."""


def checked(text: str) -> str:
    """The text, if it is a template. Raises ValueError."""
    template(text)
    return text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
