"""DOCX: paragraphs in Word's own styles, made by python-docx."""

import re
from io import BytesIO
from typing import TYPE_CHECKING

from fanfold.writing.formats import Rendered
from fanfold.writing.formats._blocks import TextBlock, blocks

if TYPE_CHECKING:
    from docx.document import Document

STYLES = {"paragraph": "Normal", "code": "Normal", "rule": "Normal"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold."""


class DocxFormat:
    ending = "docx"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def render(self, text: str, title: str) -> Rendered:
        from docx import Document

        document, out = Document(), BytesIO()
        document.core_properties.title = UNPRINTABLE.sub("", title)[:255]
        document.core_properties.author = "Fanfold"
        for block in blocks(UNPRINTABLE.sub("", text)):
            _add(document, block)
        document.save(out)
        return Rendered(out.getvalue())


def _add(document: "Document", block: TextBlock) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    if block.kind == "rule":
        document.add_paragraph("* * *").alignment = WD_ALIGN_PARAGRAPH.CENTER
        return
    paragraph = document.add_paragraph(style=_style(block))
    if block.kind != "item" and block.depth:
        paragraph.paragraph_format.left_indent = Cm(block.depth)
    for run in block.runs:
        made = paragraph.add_run(run.text)
        made.bold, made.italic = run.bold or None, run.italic or None
        if run.code:
            made.font.name = "Courier New"


def _style(block: TextBlock) -> str:
    if block.kind == "heading":
        return "Title" if block.level == 1 else f"Heading {block.level - 1}"
    if block.kind == "item":
        kind = "Bullet" if block.mark == "•" else "Number"
        return f"List {kind}" + (f" {min(block.depth, 3)}" if block.depth > 1 else "")
    return STYLES[block.kind]


PLUGIN = DocxFormat()
