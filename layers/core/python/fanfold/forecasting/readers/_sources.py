"""Where tables come from: a file, an open stream, a folder with a file for each series, a zip of files."""

import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from fanfold.errors import Flaw, Invalid, TooLarge
from fanfold.forecasting.readers import ReadOptions, RowBlock, SourceTable, TableRow, formats, reader, suffixes

T = TypeVar("T")
ZIP = b"PK\x03\x04"
WORKBOOK = "xl/workbook.xml"
MAGIC = {b"PAR1": "parquet", b"{": "json", b"[": "json"}
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MOST_ENTRIES = 100_000
MOST_BYTES = 8 * 1024**3
"""In all of a zip, unpacked."""
MOST_RATIO = 250
SMALL = 64 * 1024**2
"""A zip that unpacks to so little may be packed as tightly as it likes: a constant series is."""


def tables(
    source: "Path | BinaryIO", name: str | None, options: ReadOptions, folder: Path
) -> Iterator[SourceTable | Flaw]:
    """The tables of a source, one after another; `folder` is for what has to be on disk.

    In a folder or a zip a file that can't be read is a flaw. Raises Invalid for one file alone, TooLarge for a bomb.
    """
    if not isinstance(source, Path):
        yield from _opened(source, name or "input", options, folder)
    elif source.is_dir():
        yield from _of_folder(source, options, folder)
    else:
        with source.open("rb") as file:
            yield from _opened(file, name or source.name, options, folder)


def _of_folder(folder: Path, options: ReadOptions, scratch: Path) -> Iterator[SourceTable | Flaw]:
    known = (*suffixes(), ".zip")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _wanted(path.relative_to(folder)))
    if not any(path.suffix.casefold() in known for path in files):
        raise Invalid(f"there is no file in {folder.name} that can be read: it takes {', '.join(known)}", field="input")
    for path in files:
        called = path.relative_to(folder).as_posix()
        if path.suffix.casefold() not in known:
            yield Flaw(field=called, detail="the file is left out: its name ends in nothing that can be read")
            continue
        with path.open("rb") as file:
            yield from _placed(called, lambda file=file, called=called: _opened(file, called, options, scratch))  # type: ignore[misc]


def _wanted(path: Path | PurePosixPath) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _placed(called: str, opened: "Callable[[], Iterable[SourceTable | Flaw]]") -> Iterator[SourceTable | Flaw]:
    """A file among others: its flaws name it, and if it can't be read that is one more."""
    try:
        for table in opened():
            if isinstance(table, Flaw):
                yield _in_file(called, table)
            else:
                yield replace(table, rows=_placed_rows(called, table.rows))
    except TooLarge:
        raise
    except Invalid as refused:
        yield _in_file(called, refused.flaws[0] if refused.flaws else Flaw(detail=refused.detail))


def _placed_rows(called: str, rows: Iterator[TableRow | RowBlock | Flaw]) -> Iterator[TableRow | RowBlock | Flaw]:
    try:
        for row in rows:
            yield _in_file(called, row) if isinstance(row, Flaw) else row
    except Invalid as refused:
        raise Invalid(f"{called}: {refused.detail}", *(_in_file(called, flaw) for flaw in refused.flaws)) from refused


def _in_file(called: str, flaw: Flaw) -> Flaw:
    return flaw.model_copy(update={"detail": f"{called}: {flaw.detail}"})


def _opened(file: BinaryIO, name: str, options: ReadOptions, folder: Path) -> Iterator[SourceTable | Flaw]:
    """The tables of one open file, seekable or not."""
    head, file = _peeked(file)
    key = options.format or _format(name, head)
    if key == "zip":
        with _seekable(file, folder) as whole:
            yield from _of_zip(whole, name, options, folder)
        return
    if key not in formats():
        raise Invalid(f"there is no format {key!r}; there are {', '.join(formats())}", field="format")
    found = reader(key)
    called = PurePosixPath(name)
    stem = (called.with_suffix("") if called.suffix.casefold() in suffixes() else called).as_posix()
    if not found.seeks:
        yield from found.tables(file, stem, options)
        return
    with _seekable(file, folder) as whole:
        yield from found.tables(whole, stem, options)


def _peeked(file: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of a file, and the file from its beginning."""
    if file.seekable():
        start = file.tell()
        head = file.read(8)
        file.seek(start)
        return head, file
    head = file.read(8)
    return head, cast(BinaryIO, _Joined(head, file))


class _Joined:
    """A stream some bytes of which have been read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        return head or self._rest.read(size)

    def seekable(self) -> bool:
        return False


@contextmanager
def _seekable(file: BinaryIO, folder: Path) -> Iterator[BinaryIO]:
    """The file, or a copy of it on disk if it can only be read forwards."""
    if file.seekable():
        yield file
        return
    with TemporaryFile(dir=folder) as spooled:
        shutil.copyfileobj(file, spooled)
        spooled.seek(0)
        yield cast(BinaryIO, spooled)


def _format(name: str, head: bytes) -> str:
    """The format by the file's first bytes where they tell, else by its name; what tells nothing is CSV."""
    suffix = PurePosixPath(name).suffix.casefold()
    if head.startswith(OLD_EXCEL):
        raise Invalid("this is a workbook of Excel 97 to 2003, or a protected one: save it as .xlsx", field="input")
    if head.startswith(ZIP):
        return "xlsx" if suffixes().get(suffix) == "xlsx" else "zip"
    if suffix == ".zip":
        raise Invalid("this is no zip file", field="input")
    if suffix in suffixes():
        return suffixes()[suffix]
    return next((key for magic, key in MAGIC.items() if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic)), "csv")


def _of_zip(file: BinaryIO, name: str, options: ReadOptions, folder: Path) -> Iterator[SourceTable | Flaw]:
    """The tables of a zip's entries; a workbook is a zip too."""
    known = suffixes()
    try:
        archive = ZipFile(file)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Invalid(f"the zip is damaged: {error}", field="input") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        check_bomb(entries)
        if WORKBOOK in archive.namelist():
            yield from _opened(file, name, replace(options, format="xlsx"), folder)
            return
        for entry in sorted(entries, key=lambda entry: entry.filename):
            called = PurePosixPath(entry.filename)
            if not _wanted(called):
                continue
            if called.suffix.casefold() not in known:
                yield Flaw(
                    field=entry.filename, detail="the entry is left out: its name ends in nothing that can be read"
                )
                continue
            yield from _placed(entry.filename, lambda entry=entry: _of_entry(archive, entry, options, folder))  # type: ignore[misc]


def check_bomb(entries: "list[ZipInfo]") -> None:
    """Raises TooLarge for a zip that unpacks to too much, or to far too much for its size."""
    packed, unpacked = sum(one.compress_size for one in entries), sum(one.file_size for one in entries)
    if len(entries) > MOST_ENTRIES:
        raise TooLarge(f"the zip has {len(entries):,} entries, more than {MOST_ENTRIES:,}", field="input")
    if unpacked > MOST_BYTES:
        raise TooLarge(f"the zip unpacks to {unpacked:,} bytes, more than {MOST_BYTES:,}", field="input")
    if unpacked > SMALL and unpacked > MOST_RATIO * packed:
        raise TooLarge(
            f"the zip unpacks to {unpacked / packed:.0f} times its size, more than {MOST_RATIO}", field="input"
        )


def _of_entry(archive: ZipFile, entry: ZipInfo, options: ReadOptions, folder: Path) -> Iterator[SourceTable | Flaw]:
    """An entry's tables. A zip's directory may lie about sizes, but zipfile reads no further than it says."""
    key = suffixes()[PurePosixPath(entry.filename).suffix.casefold()]
    with closing(_Entry(archive, entry)) as file:
        yield from _opened(cast(BinaryIO, file), entry.filename, replace(options, format=options.format or key), folder)


class _Entry:
    """An entry of a zip, read forwards. Raises Invalid where it is damaged, encrypted or packed in an unknown way."""

    def __init__(self, archive: ZipFile, entry: ZipInfo) -> None:
        self._file = self._tried(lambda: archive.open(entry))

    def read(self, size: int = -1) -> bytes:
        return self._tried(lambda: self._file.read(size))

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._file.close()

    def _tried(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except (
            BadZipFile,
            LZMAError,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            raise Invalid(
                f"the entry can't be unpacked: {error}", Flaw(detail=f"it can't be unpacked: {error}")
            ) from error
