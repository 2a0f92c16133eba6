"""What an earlier release wrote is brought up, what a later one wrote waits; every default is the newest version."""

import importlib
import json
import pkgutil
from typing import Any, ClassVar

import pytest

import fanfold
from fanfold.errors import WrittenLater
from fanfold.jobs.job import Job, State
from fanfold.jobs.store import Jobs
from fanfold.ports import Change, Key
from fanfold.versions import Steps, VersionedMessage, newest
from fanfold.writing.session import Session
from tests.fakes.table import MemoryTable


def named(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"title": given["name"]}


def in_cents(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"cents": given["dollars"] * 100}


class Third(VersionedMessage):
    STEPS: ClassVar[Steps] = (named, in_cents)

    v: int = 3
    title: str
    cents: int


def test_a_message_of_an_earlier_release_goes_through_every_step_that_it_lacks() -> None:
    first = Third.read('{"name": "a", "dollars": 2}')
    assert first == Third.read('{"v": 2, "title": "a", "dollars": 2}') == Third(title="a", cents=200)
    assert Third.read(first.model_dump_json()) == first
    assert json.loads(first.model_dump_json())["v"] == 3


def test_a_message_of_a_later_release_is_refused_and_not_misread() -> None:
    with pytest.raises(WrittenLater, match="version 4"):
        Third.read('{"v": 4, "title": "a", "cents": 2}')


class Titled(Job):
    STEPS: ClassVar[Steps] = (named,)

    written_as: int = 2
    title: str


def stored() -> tuple[MemoryTable, Jobs[Titled], Key]:
    """A job as version 1 has it."""
    table = MemoryTable()
    key = Key("T#acme#J#j1", "META")
    old = Job(
        tenant="acme", id="j1", kind="thing", created_at="2026-11-01T00:00:00.000Z", fingerprint="f", correlation_id="c"
    )
    Jobs(table, Job, "thing").accept(old)
    table.change(Change(key=key, set={"name": "a", "written_as": None}))
    return table, Jobs(table, Titled, "thing"), key


def test_an_item_of_before_is_brought_up_when_it_is_read_and_rewritten_with_its_next_change() -> None:
    table, jobs, key = stored()
    (job,) = jobs.open()
    assert (job.title, job.written_as) == ("a", 1)
    assert "title" not in (table.get(key) or {})
    moved = jobs.move(job, state=State.RUNNING)
    item = table.get(key) or {}
    assert (item["title"], item["written_as"], item["name"]) == ("a", 2, "a")
    assert (moved.written_as, moved.state, moved.version) == (2, State.RUNNING, job.version + 1)
    again = jobs.move(moved, error="e")
    assert (again.title, again.version) == ("a", moved.version + 1)


def test_the_release_before_reads_what_this_one_wrote_back() -> None:
    table, jobs, _ = stored()
    (job,) = jobs.open()
    jobs.move(job, state=State.RUNNING)
    table.change(Change(key=job.ref.key("META"), set={"written_as": 1}))
    (before,) = Jobs(table, Job, "thing").open()
    assert before.state is State.RUNNING


def kinds(root: type[Any]) -> set[type[Any]]:
    found = set(root.__subclasses__())
    return found.union(*map(kinds, found))


@pytest.mark.parametrize(("root", "field"), [(VersionedMessage, "v"), (Job, "written_as"), (Session, "written_as")])
def test_every_kind_is_written_as_its_newest_version(root: type[Any], field: str) -> None:
    for module in pkgutil.walk_packages(fanfold.__path__, "fanfold."):
        if module.name.split(".")[1] in ("batches", "forecasts", "writing", "journal", "jobs"):
            importlib.import_module(module.name)
    ours = [each for each in {root, *kinds(root)} if each.__module__.startswith("fanfold.")]
    assert ours
    for kind in ours:
        assert kind.model_fields[field].default == newest(kind.STEPS), kind
