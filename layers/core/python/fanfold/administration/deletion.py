"""Deletion: a tenant goes, with everything of theirs, in steps that can be taken up wherever an earlier one stopped.

From the first step on nothing of the tenant's is let in. Jobs and sessions end the way their owner would end them, so
that providers are rid of them too; then keys at providers, objects and items go, by prefix: whatever there is. Who was
at work when it began may still write for a while, so the last pass comes when nobody can be, and has to find nothing.
What is left is a receipt, which no tenant can read.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from fanfold.accounts.keys import ApiKeys
from fanfold.accounts.provider_keys import ProviderKeys
from fanfold.accounts.tenants import Tenants, tenant_key
from fanfold.clock import Clock, moment, stamp
from fanfold.errors import NotFound, Superseded
from fanfold.jobs.job import Job, State
from fanfold.jobs.life_cycle import delete
from fanfold.jobs.protocols import JobService
from fanfold.notify.endpoints import WebhookEndpoints
from fanfold.ports import Blobs, Change, Item, Key, Query, Table, every_item
from fanfold.quotas.stored import folders

RECEIPTS = "RECEIPTS"
PAGE = 100


class DeletionReceipt(BaseModel):
    """What was deleted of a tenant. Without `ended_at` it is not over."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    begun_at: str
    ended_at: str | None = None
    jobs: int = 0
    objects: int = 0
    bytes: int = 0
    items: int = 0
    provider_keys: tuple[str, ...] = ()
    """Providers that the tenant had keys of its own at."""


class Deletion(BaseModel):
    """How far a deletion is. Ask again, with the `cursor`, until it is `done`."""

    done: bool
    step: str
    left: int = 0
    """Jobs and sessions that are still being removed."""
    cursor: str | None = None
    receipt: DeletionReceipt


class EndsSchedules(Protocol):
    """Schedules, as far as a tenant that goes has to do with them."""

    def __call__(self, tenant: str) -> int:
        """Delete all of the tenant's schedules; how many there were."""


class LeavesSessions(Protocol):
    """Writing, as far as a tenant that goes has to do with it."""

    def __call__(self, tenant: str) -> int:
        """Delete all of the tenant's sessions; how many are still there."""


@dataclass(frozen=True)
class Belongings:
    """Everywhere that a tenant has something. `grace` is longer than any function runs."""

    tenants: Tenants
    keys: ApiKeys
    provider_keys: ProviderKeys
    endpoints: WebhookEndpoints
    table: Table
    journal: Table
    blobs: Blobs
    services: Callable[[], Iterable[JobService[Any]]]
    schedules: EndsSchedules
    sessions: LeavesSessions
    clock: Clock
    grace: timedelta


def delete_tenant(name: str, cursor: str | None, belongings: Belongings) -> Deletion:
    """Take the next step of the tenant's deletion. Raises NotFound."""
    begun_at = belongings.tenants.leave(name)
    place = Key(RECEIPTS, f"{name}#{begun_at}")
    belongings.table.change(Change(key=place, set={"tenant": name, "begun_at": begun_at}))
    if ended := belongings.schedules(name):
        belongings.table.change(Change(key=place, add={"items": ended}))
    if left := _end_jobs(name, place, belongings) + belongings.sessions(name):
        return _so_far(place, belongings, step="jobs", left=left)
    _drop_keys(name, place, belongings)
    _drop_objects(name, place, belongings)
    if (cursor := _drop_items(name, place, cursor, belongings)) or _item(place, belongings).get("dirty"):
        return _so_far(place, belongings, step="items", cursor=cursor)
    if belongings.clock() - moment(begun_at) < belongings.grace:
        return _so_far(place, belongings, step="grace")
    belongings.table.change(Change(key=place, set={"ended_at": stamp(belongings.clock()), "dirty": None}))
    belongings.table.remove(tenant_key(name))
    return _so_far(place, belongings, step="done", done=True)


def receipts(table: Table) -> Iterator[DeletionReceipt]:
    """The receipts of all deletions, by tenant."""
    return map(_receipt, every_item(table, Query(partition=RECEIPTS)))


def _end_jobs(name: str, place: Key, belongings: Belongings) -> int:
    """Delete the tenant's batches and forecasts; how many are still there."""
    left = begun = 0
    for service in belongings.services():
        for job in list(_every_job(name, service)):
            with suppress(NotFound, Superseded):
                begun += job.state is not State.DELETING
                _end(job, service)
            left += 1
    if begun:
        belongings.table.change(Change(key=place, add={"jobs": begun}))
    return left


def _end(job: Job, service: JobService[Any]) -> None:
    if job.state is not State.DELETING:
        job = delete(job.ref, service)
    service.rules.remove(job, service)


def _every_job(name: str, service: JobService[Any]) -> Iterator[Job]:
    cursor = None
    while True:
        jobs, cursor = service.jobs.list(name, PAGE, cursor)
        yield from jobs
        if cursor is None:
            return


def _drop_keys(name: str, place: Key, belongings: Belongings) -> None:
    if secrets := belongings.keys.forget(name) + belongings.endpoints.forget(name):
        belongings.table.change(Change(key=place, add={"items": secrets}))
    if providers := belongings.provider_keys.forget(name):
        belongings.table.change(Change(key=place, set={"provider_keys": list(providers)}))


def _drop_objects(name: str, place: Key, belongings: Belongings) -> None:
    for folder in folders(name):
        sizes = [each.size for each in belongings.blobs.under(folder)]
        if sizes:
            belongings.blobs.remove_under(folder)
            belongings.table.change(
                Change(key=place, set={"dirty": True}, add={"objects": len(sizes), "bytes": sum(sizes)})
            )


def _drop_items(name: str, place: Key, cursor: str | None, belongings: Belongings) -> str | None:
    """Remove a page of the tenant's items, of the journal first; where to go on, None behind the last."""
    if cursor is None:
        belongings.table.change(Change(key=place, set={"dirty": None}))
    which, _, after = (cursor or "journal:").partition(":")
    table = belongings.journal if which == "journal" else belongings.table
    page = table.scan(f"T#{name}", after or None)
    ours = [Key(item["pk"], item["sk"]) for item in page.items if _is_theirs(item, name)]
    for key in ours:
        table.remove(key)
    if ours:
        belongings.table.change(Change(key=place, set={"dirty": True}, add={"items": len(ours)}))
    if page.cursor:
        return f"{which}:{page.cursor}"
    return "table:" if which == "journal" else None


def _is_theirs(item: Item, name: str) -> bool:
    """Whether it is the tenant's, and not the mark that they are leaving, nor a tenant's whose name begins alike."""
    return item["pk"].split("#")[1] == name and Key(item["pk"], item["sk"]) != tenant_key(name)


def _item(place: Key, belongings: Belongings) -> Item:
    return belongings.table.get(place) or {}


def _so_far(
    place: Key, belongings: Belongings, step: str, *, done: bool = False, left: int = 0, cursor: str | None = None
) -> Deletion:
    receipt = _receipt(_item(place, belongings))
    return Deletion(done=done, step=step, left=left, cursor=cursor, receipt=receipt)


def _receipt(item: Item) -> DeletionReceipt:
    return DeletionReceipt.model_validate({name: item[name] for name in DeletionReceipt.model_fields if name in item})
