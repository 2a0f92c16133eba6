"""Shards, keys and what the journal keeps: brought up when read, and no byte more while there is one version."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fanfold.accounts import keys as key_items
from fanfold.accounts.keys import ApiKeys, CreateKey, RotateKey
from fanfold.batches.model.shard import Shard
from fanfold.batches.stores.shards import Shards
from fanfold.errors import WrittenLater
from fanfold.jobs.job import JobRef
from fanfold.journal import block, ids, segment
from fanfold.journal.entry import Entry
from fanfold.ports import Change, Item, Key
from fanfold.versions import WRITTEN_AS
from tests.fakes.cloud import FakeCloud
from tests.fakes.table import MemoryTable

NOW = "2026-11-30T12:00:00.000Z"
REF = JobRef(tenant="acme", job="j1")
PLACE = REF.key("S#0000")


def renamed(old: str, new: str, taken: Any = None) -> Any:
    """A step that has a field under another name, and leaves the old one to the release before."""
    return lambda given: given | {new: given.get(old, taken)}


def planned(table: MemoryTable, **more: Any) -> Shards:
    shards = Shards(table)
    shards.plan(Shard(tenant="acme", job="j1", number=0, chunks=[0], requests=3, provider="openai"))
    table.change(Change(key=PLACE, set=more))
    return shards


class TestShards:
    def test_one_of_before_is_brought_up_and_rewritten_whole_with_its_next_change(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shards = planned(table := MemoryTable(), of="gpt-5.4-mini")
        assert WRITTEN_AS not in table.items[PLACE]
        monkeypatch.setattr(Shard, "STEPS", (renamed("of", "model"),))
        shard = shards.get(REF, 0)
        assert (shard.model, shard.written_as) == ("gpt-5.4-mini", 1)
        assert table.items[PLACE]["model"] == ""
        claimed = shards.claim(shard, "token", NOW)
        item = table.items[PLACE]
        assert (item["model"], item["of"], item[WRITTEN_AS]) == ("gpt-5.4-mini", "gpt-5.4-mini", 2)
        assert (claimed.written_as, claimed.attempt, claimed.model) == (2, 1, "gpt-5.4-mini")
        staged = shards.staged(claimed.model_copy(update={"model": "x"}), "file-1", NOW)
        assert (staged.model, staged.staged, staged.attempt) == ("gpt-5.4-mini", "file-1", 1)

    def test_one_of_a_later_release_waits(self) -> None:
        shards = planned(MemoryTable(), **{WRITTEN_AS: 2})
        with pytest.raises(WrittenLater):
            shards.get(REF, 0)


class TestKeys:
    @pytest.fixture
    def cloud(self) -> FakeCloud:
        return FakeCloud()

    def issued(self, cloud: FakeCloud) -> tuple[ApiKeys, str, Key]:
        cloud.backend.tenants.create("acme")
        keys = ApiKeys(cloud.table, cloud.backend.tenants, cloud.backend.clock)
        text = keys.issue("acme", CreateKey(name="ci")).key
        [place] = [key for key in cloud.table.items if key.pk == "K#acme"]
        assert WRITTEN_AS not in cloud.table.items[place]
        return keys, text, place

    def test_one_of_before_is_brought_up_and_rewritten_whole_with_its_next_use(
        self, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys, text, place = self.issued(cloud)
        cloud.table.change(Change(key=place, set={"label": "deploys"}))
        monkeypatch.setattr(key_items, "STEPS", (renamed("label", "name"),))
        assert next(keys.all("acme")).name == "deploys"
        assert cloud.table.items[place]["name"] == "ci"
        assert keys.authorize(f"Bearer {text}").tenant == "acme"
        item = cloud.table.items[place]
        assert (item["name"], item["label"], item[WRITTEN_AS]) == ("deploys", "deploys", 2)
        made = keys.rotate("acme", next(keys.all("acme")).id, RotateKey(overlap_hours=1))
        assert made.name == "deploys"
        assert {item[WRITTEN_AS] for key, item in cloud.table.items.items() if key.pk == "K#acme"} == {2}

    def test_one_of_a_later_release_opens_nothing(self, cloud: FakeCloud) -> None:
        keys, text, place = self.issued(cloud)
        cloud.table.change(Change(key=place, set={WRITTEN_AS: 2}))
        with pytest.raises(WrittenLater):
            keys.authorize(f"Bearer {text}")


def entry() -> Entry:
    return Entry(ids.floor(datetime(2026, 11, 30, 12, tzinfo=UTC)), 1_795_000_000_000, "shop", "info", "sold", {}, None)


class TestJournal:
    def test_a_block_of_before_is_brought_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        [made] = block.pack("acme", [entry()])
        kept: Item = {"pk": made.key.pk, "sk": made.key.sk, **block.item(made)}
        assert WRITTEN_AS not in kept
        assert block.block_of(kept) == made
        old = {("counts" if name == "tally" else name): value for name, value in kept.items()}
        monkeypatch.setattr(block, "STEPS", (renamed("counts", "tally"),))
        assert block.block_of(old) == made
        assert block.item(made)[WRITTEN_AS] == 2
        with pytest.raises(WrittenLater):
            block.block_of(kept | {WRITTEN_AS: 3})

    def test_a_segment_of_before_is_brought_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made, _ = segment.made("acme", "2026-11-30T12", "shop", [entry()], ["b"])
        change = segment.commit(made, NOW)
        kept: Item = {"pk": change.key.pk, "sk": change.key.sk, **change.set}
        assert WRITTEN_AS not in kept
        assert segment.segment_of(kept) == made
        old = {("bytes" if name == "stored" else name): value for name, value in kept.items()}
        monkeypatch.setattr(segment, "STEPS", (renamed("bytes", "stored"),))
        assert segment.segment_of(old) == made
        assert segment.commit(made, NOW).set[WRITTEN_AS] == 2
        with pytest.raises(WrittenLater):
            segment.segment_of(kept | {WRITTEN_AS: 3})
