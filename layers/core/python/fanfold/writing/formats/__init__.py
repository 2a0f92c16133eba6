"""Forms that a text can be had in. Each module in this package is one, found under its file's name.

A plug-in has `ending` (of file names), `media_type`, and `render(text, title) -> Rendered`, where the text is Markdown.
"""

from typing import Annotated, NamedTuple, Protocol

from pydantic import AfterValidator

from fanfold import plugins


class Rendered(NamedTuple):
    """A text in its form; `missing` are signs that the form can't show."""

    body: bytes
    missing: str = ""


class Renderer(Protocol):
    ending: str
    media_type: str

    def render(self, text: str, title: str) -> Rendered:
        """The Markdown in this form."""


def names() -> tuple[str, ...]:
    """Every form there is."""
    return plugins.names(__name__)


def renderer(name: str) -> Renderer:
    """The form of that name."""
    found: Renderer = plugins.load(__name__, name)
    return found


def every() -> dict[str, Renderer]:
    """All forms, by name."""
    return {name: renderer(name) for name in names()}


def checked(name: str) -> str:
    """The name of a form. Raises ValueError."""
    if name not in names():
        raise ValueError(f"there is no format {name!r}; there are: {', '.join(names())}")
    return name


Format = Annotated[str, AfterValidator(checked)]
