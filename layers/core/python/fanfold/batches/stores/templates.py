"""Saved templates in the table: `T#<tenant>#TEMPLATES`, with an item a template and one for each version."""

from collections.abc import Iterator
from typing import Any

from fanfold.batches.model.saved_template import TemplateHead, TemplateVersion
from fanfold.ports import Change, Item, Key, Query, Table, every_item

HEAD, VERSION = "T", "V"


class TemplateStore:
    """The saved templates of all tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def head(self, tenant: str, name: str) -> TemplateHead | None:
        item = self._table.get(_key(tenant, HEAD, name))
        return _head(item) if item else None

    def version(self, tenant: str, name: str, number: int) -> TemplateVersion | None:
        item = self._table.get(_key(tenant, VERSION, name, number))
        return _version(item) if item else None

    def heads(self, tenant: str) -> Iterator[TemplateHead]:
        """All templates of a tenant, by name."""
        return map(_head, every_item(self._table, Query(partition=_partition(tenant), prefix=f"{HEAD}#")))

    def versions(self, tenant: str, name: str) -> Iterator[TemplateVersion]:
        """All versions of a template, the newest first."""
        query = Query(partition=_partition(tenant), prefix=f"{VERSION}#{name}#", newest_first=True)
        return map(_version, every_item(self._table, query))

    def add(self, tenant: str, version: TemplateVersion) -> bool:
        """Write the next version of a template, or the first of a new one, in one transaction; whether it was next."""
        first = version.version == 1
        head = Change(
            key=_key(tenant, HEAD, version.name),
            set={"latest": version.version} | ({"created_at": version.created_at} if first else {}),
            expect={"latest": None if first else version.version - 1},
        )
        said = version.model_dump(exclude={"name", "version"}, exclude_none=True)
        body = Change(key=_key(tenant, VERSION, version.name, version.version), set=said, expect={"created_at": None})
        return self._table.together(head, body)

    def archive(self, tenant: str, head: TemplateHead, at: str | None) -> bool:
        """Mark a template as archived, or as none; whether it was there."""
        change = Change(
            key=_key(tenant, HEAD, head.name), set={"archived_at": at}, expect={"created_at": head.created_at}
        )
        return self._table.change(change) is not None


def _partition(tenant: str) -> str:
    return f"T#{tenant}#TEMPLATES"


def _key(tenant: str, family: str, name: str, number: int | None = None) -> Key:
    return Key(_partition(tenant), f"{family}#{name}" + (f"#{number:06d}" if number else ""))


def _head(item: Item) -> TemplateHead:
    return TemplateHead.model_validate(_named(TemplateHead.model_fields, item) | {"name": item["sk"].split("#")[1]})


def _version(item: Item) -> TemplateVersion:
    _, name, number = item["sk"].split("#")
    said = _named(TemplateVersion.model_fields, item)
    return TemplateVersion.model_validate(said | {"name": name, "version": int(number)})


def _named(fields: Any, item: Item) -> Item:
    return {name: value for name, value in item.items() if name in fields}
