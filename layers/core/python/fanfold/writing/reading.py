"""Reading a document: its pages as text, with what is wrong with it said in a sentence.

Whoever made a PDF may mean harm: it is read within bounds that are counted in pages, bytes and letters, so the same
file always ends the same way; what gets through them all is read by a process that may take only so much.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from fanfold.confined import confined, weighed
from fanfold.errors import JobRefused, TooLarge

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAGIC, MAGIC_WITHIN = b"%PDF-", 1024
MOST_PAGES = 2000
MOST_STREAM_BYTES = 4 * 1024 * 1024
"""What one compressed stream of a PDF may unpack to, and the content of one page may have."""
MOST_TOTAL_BYTES = 64 * 1024 * 1024
"""What the content of all pages may have."""
MOST_LETTERS = 2_000_000
FIRST_SECONDS, SECONDS_PER_MEBI, MOST_SECONDS = 9, 60, 600
"""Computing time; a page of text takes 0.05 s."""
MOST_NAMED = 20
"""Pages that are named one by one."""
SIGNATURES = {b"MZ": "a program for Windows", b"\x7fELF": "a program", b"PK\x03\x04": "a ZIP file (or a DOCX)"} | {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "an RTF file",
}


class DocumentReading(NamedTuple):
    """A document's text, page by page; what no page of it holds is in `blank` (pages from 1)."""

    pages: tuple[str, ...]
    blank: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join(page for page in self.pages if page)


def is_pdf(start: bytes) -> bool:
    """Whether a file that begins so is a PDF, whatever its name is."""
    return MAGIC in start[:MAGIC_WITHIN]


def what(start: bytes) -> str:
    """What a file that is no PDF seems to be, in words."""
    found = next((name for begin, name in SIGNATURES.items() if start.startswith(begin)), "something else")
    return "empty" if not start else found


def read_text(body: bytes) -> DocumentReading:
    """A text or Markdown. Raises JobRefused if it is not UTF-8 or has too much or nothing to say."""
    try:
        text = body.decode("utf-8-sig")
    except ValueError:
        raise JobRefused("the text is not UTF-8") from None
    if not text.strip():
        raise JobRefused("the text is empty")
    if len(text) > MOST_LETTERS:
        raise JobRefused(f"the text has {len(text):,} letters, and may have {MOST_LETTERS:,}")
    return DocumentReading((text,))


def read_confined_pdf(body: bytes) -> DocumentReading:
    """A PDF, read by another process. Raises JobRefused, also for one that takes too much."""
    limits = weighed(len(body), FIRST_SECONDS, SECONDS_PER_MEBI, MOST_SECONDS)
    try:
        found: DocumentReading = next(confined(_only, (body,), limits))
    except TooLarge as error:
        raise JobRefused(f"the PDF can't be read: {error.detail}") from None
    return found


def _only(body: bytes) -> Iterator[DocumentReading]:
    yield read_pdf(body)


def read_pdf(body: bytes) -> DocumentReading:
    """A PDF. Raises JobRefused for one that is encrypted, broken, too large inside, or without any text."""
    if not is_pdf(body[:MAGIC_WITHIN]):
        raise JobRefused(f"the file is no PDF: it is {what(body)}")
    with _bounded():
        pages = tuple(_pages(body))
    blank = tuple(number for number, page in enumerate(pages, 1) if not page)
    if len(blank) == len(pages):
        raise JobRefused(
            f"none of its {len(pages):,} pages holds text: they are pictures; recognise the text (OCR) and try again"
        )
    return DocumentReading(pages, blank)


def _pages(body: bytes) -> Iterator[str]:
    reader, letters, total = _opened(body), 0, 0
    for number, page in enumerate(reader.pages, 1):
        if number > MOST_PAGES:
            raise JobRefused(f"the PDF has over {MOST_PAGES:,} pages: split it")
        total += _weight(page, number)
        if total > MOST_TOTAL_BYTES:
            raise JobRefused(f"the content of the PDF's pages is over {MOST_TOTAL_BYTES:,} bytes")
        text = page.extract_text().replace("\x00", "").encode(errors="replace").decode().strip()
        letters += len(text)
        if letters > MOST_LETTERS:
            raise JobRefused(f"the PDF has over {MOST_LETTERS:,} letters: split it")
        yield text


def _opened(body: bytes) -> "PdfReader":
    from io import BytesIO

    from pypdf import PdfReader

    reader = PdfReader(BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise JobRefused("the PDF is encrypted: take its password away and try again")
    return reader


def _weight(page: "PageObject", number: int) -> int:
    """Bytes of the page's content, unpacked."""
    found: Any = page.get("/Contents")
    found = found.get_object() if found is not None else None
    streams = [each.get_object() for each in found] if isinstance(found, list) else [found]
    size = sum(len(stream.get_data()) for stream in streams if hasattr(stream, "get_data"))
    if size > MOST_STREAM_BYTES:
        raise JobRefused(f"page {number} of the PDF unpacks to {size:,} bytes, and may have {MOST_STREAM_BYTES:,}")
    return size


@contextmanager
def _bounded() -> Iterator[None]:
    """pypdf in here unpacks no more than our bounds, and raises JobRefused for whatever it can't read."""
    from pypdf import apply_configuration
    from pypdf.errors import LimitReachedError

    outputs = ("array_based_stream", "jbig2", "lzw", "run_length", "zlib", "brotli")
    bounds: dict[str, Any] = {f"{name}_maximum_output_length": MOST_STREAM_BYTES for name in outputs}
    bounds |= {"stream_decoding_work_maximum_length": 4 * MOST_STREAM_BYTES}
    bounds |= {"stream_parsing_work_maximum_count": 500_000, "disable_legacy_handling": True}
    try:
        with apply_configuration(**bounds):
            yield
    except JobRefused:
        raise
    except (LimitReachedError, MemoryError, RecursionError) as error:
        raise JobRefused(f"the PDF is packed or nested more than can be read: {error}"[:300]) from None
    except Exception as error:  # a broken file can raise anything in a parser
        raise JobRefused(f"the PDF can't be read: {type(error).__name__}: {error}"[:300]) from None
