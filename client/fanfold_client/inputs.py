"""What jobs are made of: requests or series in the body, or a file that is uploaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fanfold_client.calls import dumped
from fanfold_client.files import File

MEBI = 1024 * 1024
BODY_BYTES = 4 * MEBI
"""What a body may hold; requests that are more go by upload."""
LINE_BYTES = 4 * MEBI
"""What one request may have in an upload."""

Source = Sequence[Any] | dict[str, Any] | str | Path | None
"""Requests or series, or the path of a file with them."""


def path_of(source: Source) -> Path | None:
    """Where the source is, if it is a file."""
    return Path(source) if isinstance(source, str | Path) else None


def fits(body: dict[str, Any], field: str) -> bool:
    """Whether it all goes in one body, or an upload would not help: one of its lines is too long for that, too."""
    lines = body.get(field)
    if not isinstance(lines, list | tuple) or len(dumped(body)) <= BODY_BYTES:
        return True
    return min((len(dumped(line)) for line in lines), default=0) > LINE_BYTES


@contextmanager
def written(lines: Sequence[Any]) -> Iterator[File]:
    """A file of these lines, for a while."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="fanfold-") as folder:
        file = Path(folder) / "requests.jsonl"
        file.write_bytes(b"\n".join(dumped(line) for line in lines))
        yield File(file, file.name)
