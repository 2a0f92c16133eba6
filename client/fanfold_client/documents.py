"""Documents to train on, as their text; PDFs go to the service as they are."""

import re
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from fanfold_client.errors import Refused

TEXTS = (".txt", ".md", ".markdown", ".text", ".rst", "")
KINDS = "a PDF, a Word document (.docx), Markdown (.md) or a text (.txt)"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MOST_BYTES = 64 * 1024 * 1024
"""What a Word document's text may be when it is unpacked."""
HEADING = re.compile(r"heading ?(\d)", re.IGNORECASE)


def is_pdf(file: Path) -> bool:
    """Whether it goes to the service as it is: by its name, or by how it begins. Raises OSError."""
    with file.open("rb") as content:
        return file.suffix.lower() == ".pdf" or content.read(5) == b"%PDF-"


def text_of(file: Path) -> str:
    """The document's text, a Word document's headings as Markdown. Raises Refused, which says why, and OSError."""
    ending = file.suffix.lower()
    if ending == ".docx":
        text = _word(file)
    elif ending in TEXTS:
        text = _plain(file)
    else:
        raise _refused(f"{file.name} is no document to train on: give {KINDS}")
    if not text.strip():
        raise _refused(f"{file.name} holds no text")
    return text


def _plain(file: Path) -> str:
    body = file.read_bytes()
    if b"\0" not in body or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        for encoding in ("utf-16",) if body.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
            try:
                return body.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise _refused(f"{file.name} is no text: give {KINDS}")


def _word(file: Path) -> str:
    try:
        with ZipFile(file) as packed:
            if packed.getinfo("word/document.xml").file_size > MOST_BYTES:
                raise _refused(f"{file.name} is too large")
            document = packed.read("word/document.xml")
            if b"<!DOCTYPE" in document[:4096]:
                raise _refused(f"{file.name} is no Word document: it declares entities")
            root = ElementTree.fromstring(document)  # noqa: S314 - without a DOCTYPE there are no entities
    except (BadZipFile, KeyError, ElementTree.ParseError):
        raise _refused(f"{file.name} is no Word document (.docx)") from None
    return "\n\n".join(line for line in map(_paragraph, root.iter(f"{WORD}p")) if line.strip())


def _paragraph(paragraph: ElementTree.Element) -> str:
    parts = {f"{WORD}tab": "\t", f"{WORD}br": "\n"}
    text = "".join(each.text or "" if each.tag == f"{WORD}t" else parts.get(each.tag, "") for each in paragraph.iter())
    style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
    level = HEADING.search(style.get(f"{WORD}val", "")) if style is not None else None
    return f"{'#' * int(level[1])} {text}" if level and text.strip() else text


def _refused(detail: str) -> Refused:
    return Refused({"title": "Invalid input", "detail": detail, "errors": [{"field": "file", "detail": detail}]})
