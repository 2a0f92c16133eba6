"""Export: everything of a tenant, part by part: items as they are, and links to all objects.

Nothing is kept of an export: each answer has the cursor of the next. Keys are told of without their hashes, and keys at
providers not at all.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from pydantic import BaseModel

from fanfold.accounts.keys import ApiKeys
from fanfold.ports import Blobs, Item, Table
from fanfold.quotas.stored import folders

UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
LINKS = 200
"""Objects of an answer."""


class ExportPart(StrEnum):
    """What an answer holds."""

    KEYS = "keys"
    ITEMS = "items"
    JOURNAL = "journal"
    OBJECTS = "objects"


class ExportedObject(BaseModel):
    """An object, and where it can be fetched for a while."""

    key: str
    bytes: int
    url: str


class ExportedPart(BaseModel):
    """A part of an export. Ask for the next with its cursor; there is none behind the last."""

    lines: list[str] = []
    """Items, as JSON; bytes are in base64."""
    objects: list[ExportedObject] = []
    cursor: str | None = None


@dataclass(frozen=True)
class ExportSources:
    """Where a tenant's things are read."""

    keys: ApiKeys
    tables: Mapping[ExportPart, Table]
    blobs: Blobs


def export_tenant(name: str, part: ExportPart, cursor: str | None, sources: ExportSources) -> ExportedPart:
    """The next answer of a part."""
    if part is ExportPart.OBJECTS:
        return _objects(name, cursor or "", sources.blobs)
    if part is ExportPart.KEYS:
        return ExportedPart(lines=[key.model_dump_json() for key in sources.keys.all(name)])
    page = sources.tables[part].scan(f"T#{name}", cursor)
    ours = (item for item in page.items if item["pk"].split("#")[1] == name)
    return ExportedPart(lines=[_line(item) for item in ours], cursor=page.cursor)


def _objects(name: str, after: str, blobs: Blobs) -> ExportedPart:
    found = list(islice(_every_object(name, after, blobs), LINKS))
    objects = [ExportedObject(key=key, bytes=size, url=blobs.link(key, _file(key))) for key, size in found]
    return ExportedPart(objects=objects, cursor=found[-1][0] if len(found) == LINKS else None)


def _every_object(name: str, after: str, blobs: Blobs) -> Iterator[tuple[str, int]]:
    for folder in sorted(folders(name)):
        if folder > after or after.startswith(folder):
            yield from blobs.under(folder, after if after.startswith(folder) else "")


def _file(key: str) -> str:
    """A name that a header can carry."""
    return UNSAFE.sub("_", key.rpartition("/")[2])


def _line(item: Item) -> str:
    return json.dumps(item, ensure_ascii=False, default=_text)


def _text(value: Any) -> str:
    return b64encode(bytes(value)).decode()
