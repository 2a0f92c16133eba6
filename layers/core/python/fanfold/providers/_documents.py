"""What providers add that take documents: files of theirs, and prompts whose parts they keep in a cache.

A provider whose `capabilities.files` is set answers `DocumentFiles` as well: ask `documents`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from fanfold.providers import Dialect


class Material(NamedTuple):
    """A part of a prompt: plain words of ours, or a document by its text or by the provider's file of it."""

    text: str = ""
    title: str = ""
    """Set for a document."""
    file: str | None = None
    cached: bool = False
    """Whether all parts up to this one are worth keeping in the provider's cache."""


class DocumentFiles(Protocol):
    """Calls raise ProviderUnavailable when they may be tried again, ProviderRefused when not."""

    most_document_bytes: int
    most_document_pages: int

    def keep_document(self, file: Path, name: str) -> str:
        """Put a PDF among the provider's files under this name; the provider's id of it."""

    def kept_documents(self, prefix: str) -> Iterator[str]:
        """The ids of all files whose names begin so."""

    def drop_document(self, id: str) -> None:
        """Delete the file; one that is gone already is well."""

    def parts(self, material: Sequence[Material]) -> list[dict[str, Any]]:
        """The parts of a message."""


def documents(provider: "Dialect") -> DocumentFiles | None:
    """The provider as one that takes documents, if it is one."""
    return cast(DocumentFiles, provider) if provider.capabilities.files else None
