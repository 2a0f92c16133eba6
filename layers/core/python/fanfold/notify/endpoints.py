"""The endpoints of all tenants, and their secrets.

Secrets lie in a partition of their own, out of reach of all functions that sign nothing.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator
from datetime import timedelta
from secrets import randbits, token_bytes
from typing import Any

from fanfold.addresses import check_url
from fanfold.clock import Clock, stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.ids import base32
from fanfold.notify.endpoint import (
    CALLBACKS,
    ChangeEndpoint,
    CreateEndpoint,
    IssuedEndpoint,
    IssuedSecret,
    RotateSecret,
    WebhookEndpoint,
    check_filters,
)
from fanfold.ports import Change, Item, Key, Query, Table, every_item

MOST_ENDPOINTS = 50
"""Endpoints of a tenant."""
SECRET_BYTES = 32
ID_BITS, ID_PLACES = 80, 16
PREFIX = "ENDPOINT#"


class WebhookEndpoints:
    """`hosts` are those that may be called although they are inside."""

    def __init__(self, table: Table, clock: Clock, hosts: Collection[str]) -> None:
        self._table, self._clock, self._hosts = table, clock, hosts

    def create(self, tenant: str, wanted: CreateEndpoint) -> IssuedEndpoint:
        """A new endpoint. Raises Invalid for an address that may not be called, Conflict for too many."""
        check_url(wanted.url, self._hosts, "url")
        check_filters(wanted.kinds, wanted.filters)
        if sum(1 for _ in self.all(tenant)) >= MOST_ENDPOINTS:
            raise Conflict(f"a tenant has at most {MOST_ENDPOINTS} endpoints: delete one that is not used")
        secret = _new_secret()
        made = WebhookEndpoint(
            id=f"wh_{base32(randbits(ID_BITS), ID_PLACES)}",
            url=wanted.url,
            kinds=tuple(sorted(wanted.kinds)),
            filters=wanted.filters,
            description=wanted.description,
            created_at=stamp(self._clock()),
        )
        item = made.model_dump(mode="json", exclude={"id"}, exclude_none=True)
        self._table.together(
            Change(key=_key(tenant, made.id), set=item, expect={"created_at": None}),
            Change(key=_secret_key(tenant, made.id), set={"secret": secret}, expect={"secret": None}),
        )
        return IssuedEndpoint(**made.model_dump(), secret=secret)

    def all(self, tenant: str) -> Iterator[WebhookEndpoint]:
        """The tenant's endpoints, oldest first."""
        query = Query(partition=_partition(tenant), prefix=PREFIX)
        found = [_endpoint(item) for item in every_item(self._table, query)]
        return iter(sorted(found, key=lambda endpoint: endpoint.created_at))

    def get(self, tenant: str, id: str) -> WebhookEndpoint:
        """The endpoint. Raises NotFound."""
        item = self._table.get(_key(tenant, id))
        if item is None:
            raise NotFound(f"there is no webhook {id!r}", field="id")
        return _endpoint(item)

    def change(self, tenant: str, id: str, wanted: ChangeEndpoint) -> WebhookEndpoint:
        """The endpoint, changed. Raises NotFound, Invalid."""
        given = wanted.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        if wanted.url is not None:
            check_url(wanted.url, self._hosts, "url")
        if wanted.kinds is not None:
            given["kinds"] = sorted(given["kinds"])
        if (enabled := given.pop("enabled", None)) is not None:
            given |= _enabled() if enabled else _disabled(stamp(self._clock()), "its owner disabled it")
        before = self.get(tenant, id)
        check_filters(
            before.kinds if wanted.kinds is None else wanted.kinds,
            before.filters if wanted.filters is None else wanted.filters,
        )
        return self._set(before, tenant, given)

    def remove(self, tenant: str, id: str) -> None:
        """Forget the endpoint and its secret; what was to be delivered there is not. Raises NotFound."""
        self.get(tenant, id)
        for key in (_secret_key(tenant, id), _key(tenant, id)):
            self._table.remove(key)

    def rotate(self, tenant: str, id: str, wanted: RotateSecret) -> IssuedSecret:
        """A new secret; the old one signs for `overlap_hours` more. Raises NotFound, Superseded."""
        if id != CALLBACKS:
            self.get(tenant, id)
        before = self._secrets(tenant, id)
        until = stamp(self._clock() + timedelta(hours=wanted.overlap_hours))
        secret = _new_secret()
        news = {"secret": secret, "old": before["secret"], "old_until": until}
        change = Change(key=_secret_key(tenant, id), set=news, expect={"secret": before["secret"]})
        if self._table.change(change) is None:
            raise Superseded(f"the secret of {id} was changed")
        return IssuedSecret(id=id, secret=secret, old_secret_until=until)

    def secrets(self, tenant: str, id: str) -> list[str]:
        """What deliveries are signed with now, the newest first."""
        found = self._secrets(tenant, id)
        old = found.get("old") if found.get("old_until", "") > stamp(self._clock()) else None
        return [found["secret"], *([old] if old else [])]

    def disable(self, tenant: str, id: str, reason: str) -> None:
        """Tell it nothing more."""
        self._note(tenant, id, _disabled(stamp(self._clock()), reason))

    def note_failing(self, tenant: str, endpoint: WebhookEndpoint, *, failing: bool) -> None:
        """Note since when it fails, or that it does no more; nothing is written if that is known."""
        if failing != bool(endpoint.failing_since):
            self._note(tenant, endpoint.id, {"failing_since": stamp(self._clock()) if failing else None})

    def forget(self, tenant: str) -> int:
        """Remove the secrets of all endpoints; how many. The endpoints are among the tenant's other items."""
        found = [item["sk"] for item in every_item(self._table, Query(partition=f"W#{tenant}"))]
        for sk in found:
            self._table.remove(Key(f"W#{tenant}", sk))
        return len(found)

    def _secrets(self, tenant: str, id: str) -> Item:
        """The item with the secrets. Callbacks get theirs when it is first asked for."""
        key = _secret_key(tenant, id)
        found = self._table.get(key)
        if found is None and id == CALLBACKS:
            self._table.change(Change(key=key, set={"secret": _new_secret()}, expect={"secret": None}))
            found = self._table.get(key)
        if found is None or "secret" not in found:
            raise NotFound(f"there is no webhook {id!r}", field="id")
        return found

    def _note(self, tenant: str, id: str, news: Item) -> None:
        item = self._table.get(_key(tenant, id))
        if item is not None:
            same = {"created_at": item["created_at"]}
            self._table.change(Change(key=_key(tenant, id), set=news, expect=same))

    def _set(self, found: WebhookEndpoint, tenant: str, news: Item) -> WebhookEndpoint:
        same = {"created_at": found.created_at}
        item = self._table.change(Change(key=_key(tenant, found.id), set=news, expect=same))
        if item is None:
            raise NotFound(f"there is no webhook {found.id!r}", field="id")
        return _endpoint(item)


def _enabled() -> dict[str, Any]:
    return dict.fromkeys(("disabled_at", "disabled_because", "failing_since"))


def _disabled(at: str, reason: str) -> dict[str, Any]:
    return {"disabled_at": at, "disabled_because": reason}


def _new_secret() -> str:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    return f"whsec_{b64encode(token_bytes(SECRET_BYTES)).decode()}"


def _endpoint(item: Item) -> WebhookEndpoint:
    return WebhookEndpoint.model_validate(item | {"id": item["sk"].removeprefix(PREFIX)})


def _partition(tenant: str) -> str:
    return f"T#{tenant}#WEBHOOKS"


def _key(tenant: str, id: str) -> Key:
    return Key(_partition(tenant), PREFIX + id)


def _secret_key(tenant: str, id: str) -> Key:
    return Key(f"W#{tenant}", id)
