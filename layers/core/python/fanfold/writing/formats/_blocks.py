"""Markdown as a plain row of blocks with runs of letters, for forms that are not HTML.

Only what a text is made of is known: headings, paragraphs, lists, quotes, code and rules. HTML in the Markdown is
text, images are their descriptions, and nothing is ever fetched.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


class TextRun(NamedTuple):
    """Letters of one look."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False


class TextBlock(NamedTuple):
    """A heading (of `level`), paragraph, item (`mark` is its bullet or number), code or rule; `depth` indents it."""

    kind: str
    runs: tuple[TextRun, ...] = ()
    level: int = 0
    mark: str = ""
    depth: int = 0


def parser() -> "MarkdownIt":
    """Markdown as it is read everywhere here."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False})


def blocks(text: str) -> Iterator[TextBlock]:
    """The blocks of a Markdown text, in order."""
    lists: list[int | None] = []
    quotes, mark, level = 0, "", 0
    for token in parser().parse(text):
        match token.type:
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                mark = _mark(lists)
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = 0
            case "inline":
                kind = "heading" if level else "item" if mark else "paragraph"
                yield TextBlock(kind, tuple(_runs(token)), level, mark, len(lists) + quotes)
                mark = ""
            case "fence" | "code_block":
                yield TextBlock("code", (TextRun(token.content.rstrip("\n"), code=True),), depth=len(lists) + quotes)
            case "hr":
                yield TextBlock("rule")


def _mark(lists: list[int | None]) -> str:
    """The bullet or the number of the next item of the innermost list."""
    number = lists[-1]
    if number is None:
        return "•"
    lists[-1] = number + 1
    return f"{number}."


def _runs(token: "Token") -> Iterator[TextRun]:
    bold = italic = 0
    for child in token.children or ():
        match child.type:
            case "strong_open" | "strong_close":
                bold += child.nesting
            case "em_open" | "em_close":
                italic += child.nesting
            case "softbreak":
                yield TextRun(" ", bool(bold), bool(italic))
            case "hardbreak":
                yield TextRun("\n", bool(bold), bool(italic))
            case "text" | "code_inline" | "image":
                yield TextRun(child.content, bool(bold), bool(italic), child.type == "code_inline")
