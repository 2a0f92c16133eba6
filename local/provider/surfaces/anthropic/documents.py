"""Documents in a message: from the Files API, in base64, or as plain text
(https://platform.claude.com/docs/en/build-with-claude/pdf-support).
"""

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from typing import Any, NamedTuple

from local.provider.problems import CallError, bad_request
from local.provider.surface import Emulator

LARGEST_BYTES, MOST_PAGES = 32 * 1024 * 1024, 100
TOKENS_A_PAGE = 2_000
PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
PAGE_COUNT = re.compile(rb"/Count\s+(\d+)")
PDF, TEXT = "application/pdf", "text/plain"


class Document(NamedTuple):
    """What the model gets of a document: words, and the tokens of pages it has looked at."""

    text: str
    page_tokens: int = 0


class Documents:
    """Reads the document blocks of one key's requests; a file counts by its content and not by its id."""

    def __init__(self, emulator: Emulator, owner: str) -> None:
        self._emulator = emulator
        self._owner = owner

    def read(self, block: dict[str, Any], name: str) -> Document:
        """CallError (400, 404 or 413) where the source is none, or the document is over a limit."""
        source = block.get("source")
        kind = source.get("type") if isinstance(source, dict) else None
        title = f"[document {block.get('title') or ''}]".replace(" ]", "]")
        if not isinstance(source, dict) or kind not in ("file", "base64", "text", "url", "content"):
            raise bad_request(f"{name}.source: Input tag {kind!r} does not match any of the expected tags", name)
        if kind == "file":
            return self._file(source, title, name)
        if kind == "base64":
            return _pdf(_decoded(source, f"{name}.source.base64"), title, name)
        return Document(f"{title} {source.get('data') or source.get('url') or source.get('content') or ''}")

    def _file(self, source: dict[str, Any], title: str, name: str) -> Document:
        file = self._emulator.file(str(source.get("file_id")), self._owner)
        if file is None or file.purpose == "internal":
            raise CallError(404, f"File not found: {source.get('file_id')}")
        path = self._emulator.store.content(file.id)
        if file.purpose == TEXT:
            return Document(f"{title} {path.read_text(errors='replace')}")
        if file.purpose != PDF:
            message = f"{name}.source.file: {file.purpose} is not supported in document blocks"
            raise bad_request(message, name)
        return Document(f"{title} sha256:{file.sha256}", _pages_of_file(file.sha256, str(path), name) * TOKENS_A_PAGE)


@lru_cache(maxsize=1024)
def _pages_of_file(_sha256: str, path: str, name: str) -> int:
    with open(path, "rb") as content:  # noqa: PTH123
        return pages(content.read(), name)


def _decoded(source: dict[str, Any], name: str) -> bytes:
    if source.get("media_type") != PDF:
        raise bad_request(f"{name}.media_type: Input should be '{PDF}'", name)
    try:
        return base64.b64decode(str(source.get("data")), validate=True)
    except binascii.Error:
        raise bad_request(f"{name}.data: Invalid base64 data", name) from None


def _pdf(raw: bytes, title: str, name: str) -> Document:
    return Document(f"{title} sha256:{hashlib.sha256(raw).hexdigest()}", pages(raw, name) * TOKENS_A_PAGE)


def pages(raw: bytes, name: str) -> int:
    """How many pages a PDF has, as far as its plain objects tell; CallError for what is none or over a limit."""
    if len(raw) > LARGEST_BYTES:
        raise CallError(413, "Request exceeds the maximum size")
    if not raw.lstrip().startswith(b"%PDF-"):
        raise bad_request(f"{name}.source: The PDF specified was not valid.", name)
    told = [int(count) for count in PAGE_COUNT.findall(raw)]
    found = max([len(PAGE.findall(raw)), *told, 1])
    if found > MOST_PAGES:
        raise bad_request(f"{name}.source: A maximum of {MOST_PAGES} PDF pages may be provided.", name)
    return found
