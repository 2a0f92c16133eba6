"""A tenant goes with everything of theirs, however often a step dies, and nobody else loses anything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from fanfold.accounts.audit import Act, Audit
from fanfold.accounts.keys import ApiKeys, CreateKey
from fanfold.accounts.provider_keys import ProviderKeys, SetProviderKey
from fanfold.administration.deletion import Belongings, Deletion, DeletionReceipt, delete_tenant, receipts
from fanfold.administration.export import ExportPart, ExportSources, export_tenant
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, NotFound, Unauthorized
from fanfold.notify.endpoint import CreateEndpoint
from fanfold.notify.endpoints import WebhookEndpoints
from fanfold.ports import Change, Key
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash, Fuse
from tests.fakes.secrets import MemorySecrets
from tests.fakes.table import MemoryTable

GRACE = timedelta(minutes=16)
INPUTS: list[Any] = [{"input": "a"}, {"input": "b"}]
OTHERS = ("acme-2", "other")


@dataclass
class World:
    """Tenants with things of every kind."""

    cloud: FakeCloud = field(default_factory=FakeCloud)
    journal: MemoryTable = field(default_factory=MemoryTable)
    secrets: MemorySecrets = field(default_factory=lambda: MemorySecrets({}))
    sessions: dict[str, int] = field(default_factory=dict)
    schedules: dict[str, int] = field(default_factory=dict)

    def belongings(self) -> Belongings:
        through = self.cloud.through
        return Belongings(
            tenants=self.cloud.backend.tenants,
            keys=ApiKeys(through(self.cloud.table), self.cloud.backend.tenants, lambda: self.cloud.now),
            provider_keys=ProviderKeys(through(self.secrets), "shared", "own/", lambda: self.cloud.now),
            endpoints=WebhookEndpoints(through(self.cloud.table), lambda: self.cloud.now, ()),
            table=through(self.cloud.table),
            journal=through(self.journal),
            blobs=through(self.cloud.blobs),
            services=lambda: (self.cloud.backend,),
            schedules=lambda tenant: self.schedules.pop(tenant, 0),
            sessions=self._leave,
            clock=lambda: self.cloud.now,
            grace=GRACE,
        )

    def keys(self) -> ApiKeys:
        return ApiKeys(self.cloud.table, self.cloud.backend.tenants, lambda: self.cloud.now)

    def step(self, cursor: str | None = None) -> Deletion:
        return delete_tenant("acme", cursor, self.belongings())

    def steps(self) -> Iterator[Deletion]:
        """Every step until it is done, as a command asks for them."""
        found = self.step()
        while True:
            yield found
            if found.done:
                return
            self.cloud.wait(60)
            self._remove_jobs()
            found = self.step(found.cursor)

    def of(self, tenant: str) -> set[object]:
        """Everything that there is of a tenant."""
        keys = [*self.cloud.table.items, *self.journal.items]
        found: set[object] = {
            key
            for key in keys
            if key.pk in (f"T#{tenant}", f"K#{tenant}", f"W#{tenant}") or key.pk.startswith(f"T#{tenant}#")
        }
        found |= {key for key in self.cloud.blobs.objects if f"/{tenant}/" in key or f"tenant={tenant}/" in key}
        return found | ({f"own/{tenant}"} & self.secrets.names())

    def _remove_jobs(self) -> None:
        """What the queue of removals has done."""
        messages, self.cloud.removals.messages = self.cloud.removals.messages, []
        for text in messages:
            remove(RemoveBatch.model_validate_json(text), self.cloud.backend, lambda *_: None)

    def _leave(self, tenant: str) -> int:
        self.sessions[tenant] = max(0, self.sessions.get(tenant, 0) - 1)
        return self.sessions[tenant]


@pytest.fixture
def world() -> World:
    world = World()
    for tenant in ("acme", *OTHERS):
        world.cloud.backend.tenants.create(tenant)
        world.keys().issue(tenant, CreateKey(name="first"))
        caller = ACME.model_copy(update={"tenant": tenant})
        world.cloud.run(world.cloud.create(INPUTS, caller))
        world.cloud.create(INPUTS, caller.model_copy(update={"idempotency_key": "open"}))
        Audit(world.cloud.table, lambda: world.cloud.now, 365).begin(Act(tenant, "k", "POST /v1/batches", "r"))
        world.belongings().endpoints.create(tenant, CreateEndpoint(url="https://hooks.example.com"))
        world.belongings().provider_keys.set(SetProviderKey(tenant=tenant, provider="openai", key="sk"))
        for key in (f"T#{tenant}#P#2026-11-22T12", f"T#{tenant}#N"):
            world.journal.change(Change(key=Key(key, "x"), set={"body": b"x"}))
        for folder in (f"inbox/{tenant}/batches/a", f"outbox/{tenant}/a", f"journal/tenant={tenant}/stream=a/b"):
            world.cloud.blobs.put(folder, b"1234")
    world.sessions["acme"] = 3
    return world


def test_nothing_is_left_but_a_receipt_and_others_keep_everything(world: World) -> None:
    others = {tenant: world.of(tenant) for tenant in OTHERS}
    assert min(map(len, others.values())) > 15
    *_, last = world.steps()
    assert world.of("acme") == set()
    assert {tenant: world.of(tenant) for tenant in OTHERS} == others
    (receipt,) = receipts(world.cloud.table)
    assert receipt == last.receipt
    assert (receipt.tenant, receipt.jobs, receipt.provider_keys) == ("acme", 2, ("openai",))
    assert receipt.objects >= 3
    assert receipt.bytes >= 12
    assert receipt.items >= 5
    assert receipt.ended_at == stamp(world.cloud.now)
    with pytest.raises(NotFound):
        world.step()


def test_nobody_is_let_in_from_the_first_step_on_and_never_again(world: World) -> None:
    key = world.keys().issue("acme", CreateKey(name="x")).key
    world.step()
    with pytest.raises(Unauthorized):
        world.keys().authorize(f"Bearer {key}")
    with pytest.raises(Conflict, match="being deleted"):
        world.cloud.backend.tenants.suspend("acme", suspended=False)


def test_what_a_worker_writes_after_the_first_pass_goes_too(world: World) -> None:
    for found in world.steps():
        if found.step == "grace":
            world.cloud.blobs.put("jobs/acme/late/results.jsonl", b"late")
            world.cloud.table.change(Change(key=Key("T#acme#J#late", "C#1"), set={"late": True}))
            break
    assert world.of("acme") > {"jobs/acme/late/results.jsonl"}
    *_, last = world.steps()
    assert world.of("acme") == set()
    assert moment_of(last.receipt) >= GRACE


def moment_of(receipt: DeletionReceipt) -> timedelta:
    return moment(receipt.ended_at or "") - moment(receipt.begun_at)


@pytest.mark.parametrize("calls", [3, 10, 25, 40, 60, 90])
def test_a_step_that_dies_is_taken_up_again(world: World, calls: int) -> None:
    world.cloud.through = Fuse(calls).on
    try:
        for _ in world.steps():
            pass
    except Crash:
        world.cloud.through = lambda port: port
        *_, last = world.steps()
        assert last.done
    assert world.of("acme") == set()
    assert len(list(receipts(world.cloud.table))) == 1


def test_a_tenant_of_the_same_name_begins_with_nothing(world: World) -> None:
    for _ in world.steps():
        pass
    assert world.cloud.backend.tenants.create("acme").leaving_since is None
    assert world.of("acme") == {Key("T#acme", "TENANT")}


def exported(world: World, part: ExportPart) -> tuple[list[str], dict[str, str]]:
    """All answers of a part: its lines, and its objects' links."""
    theirs = world.belongings()
    lines: list[str] = []
    links: dict[str, str] = {}
    cursor = None
    while True:
        tables = {ExportPart.ITEMS: theirs.table, ExportPart.JOURNAL: theirs.journal}
        found = export_tenant("acme", part, cursor, ExportSources(theirs.keys, tables, theirs.blobs))
        lines += found.lines
        links |= {each.key: each.url for each in found.objects}
        cursor = found.cursor
        if cursor is None:
            return lines, links


def test_an_export_has_every_item_and_every_key_without_its_hash(world: World) -> None:
    lines, _ = exported(world, ExportPart.ITEMS)
    theirs = {key for key in world.cloud.table.items if key.pk == "T#acme" or key.pk.startswith("T#acme#")}
    assert len(lines) == len(theirs)
    (key,) = [key for key in world.cloud.table.items if key.pk == "K#acme"]
    (told,) = exported(world, ExportPart.KEYS)[0]
    hashed = key.sk.removeprefix("KEY#")
    assert hashed not in "".join([*lines, told])
    assert hashed[:16] in told
    assert len(exported(world, ExportPart.JOURNAL)[0]) == 2


def test_an_export_has_a_link_to_every_object(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanfold.administration.export.LINKS", 3)
    _, links = exported(world, ExportPart.OBJECTS)
    assert set(links) == {key for key in world.of("acme") if isinstance(key, str) and not key.startswith("own/")}
    assert world.cloud.blobs.follow(links["inbox/acme/batches/a"]) == b"1234"
