"""Saved templates: versions, variables, and batches that are made of them in every way."""

import json
from typing import Any

import pytest

from fanfold.batches import templates
from fanfold.batches.commands import EditBatch, edit
from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.intake.defaults import set_defaults
from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.pilot import go
from fanfold.batches.plan.estimate import estimate
from fanfold.batches.templates import CreateTemplate, NewVersion
from fanfold.errors import Conflict, Invalid, KeyReused, NotFound
from fanfold.jobs.job import State
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.scheduling import FakeScheduling

PROMPT = "As {tone} as you can: {text} ({{no gap}})"
ROWS = "text\nred\nblue\n"


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeScheduling().batches
    save(cloud)
    return cloud


def save(cloud: FakeCloud, name: str = "sort", **more: Any) -> templates.TemplateView:
    options = {"template": PROMPT, "system": 'Say {"tone": "{tone}"}'}
    body = {"name": name, "options": options, "variables": {"tone": None}} | more
    return templates.create_template(CreateTemplate.model_validate(body), "acme", cloud.backend)


def next_version(cloud: FakeCloud, **body: Any) -> templates.VersionView:
    return templates.new_version("acme", "sort", NewVersion.model_validate(body), cloud.backend)


def submit(cloud: FakeCloud, rows: str = ROWS, **options: Any) -> BatchJob:
    return cloud.upload(rows, "rows.csv", **options)


def outputs(cloud: FakeCloud, job: BatchJob) -> set[str]:
    return {each["output"] for each in cloud.results(cloud.run(job))}


class TestVersions:
    def test_the_latest_is_used_unless_one_is_named(self, cloud: FakeCloud) -> None:
        next_version(cloud, options={"template": "Now: {text}"})
        assert outputs(cloud, submit(cloud, from_template="sort")) == {"Now: red", "Now: blue"}
        other = ACME.model_copy(update={"idempotency_key": "k-2"})
        job = submit(cloud, caller=other, from_template="sort@1", variables={"tone": "short"})
        assert outputs(cloud, job) == {"As short as you can: red ({no gap})", "As short as you can: blue ({no gap})"}
        assert (job.options.from_template, job.options.system) == ("sort@1", 'Say {"tone": "short"}')

    def test_the_same_twice_is_there_once(self, cloud: FakeCloud) -> None:
        assert save(cloud).versions == [1]
        version = next_version(cloud, options={"template": "{a}"})
        assert (version.version, version.label, version.fields) == (2, "sort@2", ["a"])
        assert next_version(cloud, options={"template": "{a}"}).version == 2
        with pytest.raises(Conflict, match="make a new version"):
            save(cloud)
        assert templates.show_template("acme", "sort", cloud.backend).versions == [2, 1]
        assert templates.show_version("acme", "sort", "1", cloud.backend).variables == {"tone": None}

    def test_archived_it_serves_those_that_name_a_version(self, cloud: FakeCloud) -> None:
        save(cloud, "other")
        seen = templates.archive_template("acme", "other", archived=True, backend=cloud.backend)
        assert seen.archived_at is not None
        assert [each.name for each in templates.list_templates("acme", cloud.backend).templates] == ["sort", "other"]
        with pytest.raises(Invalid, match="archived"):
            submit(cloud, from_template="other", variables={"tone": "a"})
        assert submit(cloud, from_template="other@1", variables={"tone": "a"}).state is State.ACCEPTED
        templates.archive_template("acme", "other", archived=False, backend=cloud.backend)
        assert submit(cloud, from_template="other@1", variables={"tone": "a"}).state is State.ACCEPTED

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"options": {}}, "options.template"),
            ({"options": {"template": "{a}", "deadline": "2030-01-01T00:00:00Z"}}, "options.deadline"),
            ({"options": {"template": "{a}", "from_template": "b"}}, "options.from_template"),
            ({"options": {"template": "{a}"}}, "variables.tone"),
            ({"options": {"template": "{tone}", "model": "none such"}}, "model"),
        ],
    )
    def test_what_can_not_be_is_refused(self, cloud: FakeCloud, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as error:
            save(cloud, "new", **more)
        assert error.value.flaws[0].field == field

    @pytest.mark.parametrize("name", ["Sort", "a@1", "", "a#b", "x" * 65])
    def test_a_name_is_plain(self, cloud: FakeCloud, name: str) -> None:
        with pytest.raises(ValueError, match="name"):
            save(cloud, name)

    @pytest.mark.parametrize("number", ["2", "0", "-1", "a", "9" * 400, "\u0663"])
    def test_a_version_that_there_is_not(self, cloud: FakeCloud, number: str) -> None:
        with pytest.raises(NotFound):
            templates.show_version("acme", "sort", number, cloud.backend)

    def test_other_tenants_have_their_own(self, cloud: FakeCloud) -> None:
        with pytest.raises(NotFound):
            templates.show_template("globex", "sort", cloud.backend)
        assert templates.list_templates("globex", cloud.backend).templates == []


class TestUse:
    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"from_template": "none"}, "from_template"),
            ({"from_template": "sort@7"}, "from_template"),
            ({"from_template": "sort"}, "variables.tone"),
            ({"from_template": "sort", "variables": {"tone": "a", "text": "b"}}, "variables.text"),
            ({"from_template": "sort", "variables": {"tone": "a"}, "template": "{text}"}, "template"),
            ({"variables": {"tone": "a"}}, "variables"),
        ],
    )
    def test_what_does_not_go_with_it_is_refused(self, cloud: FakeCloud, options: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as error:
            submit(cloud, **options)
        assert error.value.flaws[0].field == field

    def test_what_a_batch_says_itself_comes_first(self, cloud: FakeCloud) -> None:
        save(cloud, "warm", options={"template": "{text}", "temperature": 1, "tags": ["warm"]}, variables={})
        job = submit(cloud, from_template="warm", temperature=0)
        assert (job.options.temperature, job.options.tags) == (0, ("warm",))

    def test_a_default_fills_what_nobody_says(self, cloud: FakeCloud) -> None:
        next_version(cloud, options={"template": "{tone}: {text}"}, variables={"tone": "kind {a}"})
        assert outputs(cloud, submit(cloud, from_template="sort")) == {"kind {a}: red", "kind {a}: blue"}

    def test_a_replay_is_the_same_batch_though_there_is_a_new_version(self, cloud: FakeCloud) -> None:
        first = submit(cloud, from_template="sort", variables={"tone": "a"})
        next_version(cloud, options={"template": "{tone}{text}"}, variables={"tone": None})
        assert submit(cloud, from_template="sort", variables={"tone": "a"}).id == first.id
        with pytest.raises(KeyReused):
            submit(cloud, from_template="sort", variables={"tone": "b"})

    def test_a_pilot_and_the_whole_of_it(self, cloud: FakeCloud) -> None:
        rows = "text\n" + "".join(f"{number}\n" for number in range(9))
        pilot = submit(cloud, rows, from_template="sort", variables={"tone": "a"}, sample={"rows": 2})
        assert cloud.run(pilot).total == 2
        whole = cloud.run(go(pilot.ref, EditBatch({}), ACME, cloud.backend))
        assert (whole.total, whole.options.from_template) == (9, "sort@1")
        with pytest.raises(Invalid):
            go(pilot.ref, EditBatch({"from_template": "sort"}), ACME, cloud.backend)

    def test_an_estimate(self, cloud: FakeCloud) -> None:
        body = {"requests": [{"text": "a"}], "from_template": "sort", "variables": {"tone": "a"}}
        assert estimate(CreateBatch.model_validate(body), "acme", cloud.backend).estimate.requests == 1

    def test_a_draft_keeps_its_template(self, cloud: FakeCloud) -> None:
        job = cloud.create([{"text": "a"}], draft=True, from_template="sort", variables={"tone": "a"})
        assert edit(job.ref, EditBatch({"temperature": 1}), cloud.backend).options.from_template == "sort@1"
        with pytest.raises(Invalid):
            edit(job.ref, EditBatch({"from_template": "sort"}), cloud.backend)

    def test_a_dropped_file(self, cloud: FakeCloud) -> None:
        key = "inbox/acme/batches/rows.csv"
        cloud.blobs.put(key, ROWS.encode())
        said = {"from_template": "sort", "variables": {"tone": "a"}}
        cloud.blobs.put(f"{key}.options.json", json.dumps(said).encode())
        job = take_drop(Drop(key=key, version="1", event="e"), cloud.backend)
        assert job is not None
        assert outputs(cloud, job) == {"As a as you can: red ({no gap})", "As a as you can: blue ({no gap})"}
        cloud.blobs.put(f"{key}.options.json", b'{"from_template": "none"}')
        failed = take_drop(Drop(key=key, version="2", event="e"), cloud.backend)
        assert failed is not None
        assert (failed.state, failed.error) == (State.FAILED, "there is no template 'none'")

    def test_defaults_of_drops(self, cloud: FakeCloud) -> None:
        with pytest.raises(Invalid):
            set_defaults("acme", Options(from_template="none"), cloud.backend)
        set_defaults("acme", Options(from_template="sort", variables={"tone": "a"}), cloud.backend)
        key = "inbox/acme/batches/rows.csv"
        cloud.blobs.put(key, ROWS.encode())
        job = take_drop(Drop(key=key, version="1", event="e"), cloud.backend)
        assert job is not None
        assert job.options.from_template == "sort@1"
