"""Markdown: the text as it was written."""

from fanfold.writing.formats import Rendered


class MarkdownFormat:
    ending = "md"
    media_type = "text/markdown; charset=utf-8"

    def render(self, text: str, title: str) -> Rendered:
        return Rendered(text.encode())


PLUGIN = MarkdownFormat()
