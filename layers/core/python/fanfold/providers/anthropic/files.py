"""Documents as files of Anthropic's: https://platform.claude.com/docs/en/build-with-claude/files."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from fanfold.providers import Material
from fanfold.providers.anthropic.account import AnthropicAccount

CACHED = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


class AnthropicFiles(AnthropicAccount):
    """PDFs that are kept, and the parts of messages that name them."""

    most_document_bytes = 32 * 1024 * 1024
    most_document_pages = 100

    def keep_document(self, file: Path, name: str) -> str:
        with self._calls(), self._own() as client, file.open("rb") as content:
            return client.files.upload(file=(name, content, "application/pdf")).id

    def kept_documents(self, prefix: str) -> Iterator[str]:
        with self._calls(), self._own() as client:
            for each in client.files.list(limit=1000):
                if each.filename.startswith(prefix):
                    yield each.id

    def drop_document(self, id: str) -> None:
        import anthropic

        with self._calls(), self._own() as client, suppress(anthropic.NotFoundError):
            client.files.delete(id)

    def parts(self, material: Sequence[Material]) -> list[dict[str, Any]]:
        return [_part(each) | (CACHED if each.cached else {}) for each in material]


def _part(material: Material) -> dict[str, Any]:
    """A block of a message: https://platform.claude.com/docs/en/build-with-claude/pdf-support."""
    if material.file:
        source = {"type": "file", "file_id": material.file}
    elif material.title:
        source = {"type": "text", "media_type": "text/plain", "data": material.text}
    else:
        return {"type": "text", "text": material.text}
    return {"type": "document", "source": source, "title": material.title[:500]}
