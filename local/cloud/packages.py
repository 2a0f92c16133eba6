"""Zips of code: folders packed for upload, packages unpacked for workers."""

import hashlib
import io
import shutil
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOTHING = b"PK\x05\x06" + bytes(18)
_LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def pack(folder: Path) -> bytes:
    """A zip of `folder` that depends on its contents only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not _LEFT_OUT & set(file.parts):
                archive.writestr(zipfile.ZipInfo(str(file.relative_to(folder)), _EPOCH), file.read_bytes())
    return buffer.getvalue()


def pack_layer(folder: Path) -> bytes:
    """A layer's zip; a third-party layer (no python/ folder) gives an empty one, as the venv stands in for it."""
    return pack(folder) if (folder / "python").is_dir() else _NOTHING


@lru_cache(maxsize=256)
def unpack(package: bytes, into: Path) -> Path:
    """The folder under `into` that holds `package`'s files: made once, named by its hash."""
    target = into / hashlib.sha256(package).hexdigest()[:32]
    if not target.is_dir():
        into.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=into))
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(draft)
        _settle(draft, target)
    return target


def _settle(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:  # another thread was first
        shutil.rmtree(draft, ignore_errors=True)
