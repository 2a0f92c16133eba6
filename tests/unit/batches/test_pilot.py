"""A pilot asks a sample at once, tells what the whole will cost, and the whole asks the rest."""

import json

import pytest

from fanfold.batches.commands import EditBatch
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.pilot import go
from fanfold.batches.views.pilot import show_pilot
from fanfold.errors import Conflict
from fanfold.jobs.job import State
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.prices import flat

ROWS, ALL = 20, 300
AN_ANSWER = 2 * 10 + 40
"""Nanodollars of an answer in real time; in a batch it is half of that."""


def tried(cloud: FakeCloud, **options: object) -> BatchJob:
    cloud.prices.tariffs["echo-1"] = flat(input=10, output=40)
    cloud.configure(chunk_requests=100)
    text = "\n".join(json.dumps({"input": f"p{n}", "custom_id": f"id-{n}"}) for n in range(ALL))
    return cloud.run(cloud.upload(text, sample={"rows": ROWS}, **options))


def test_a_sample_is_asked_in_real_time_and_shown_with_what_all_will_cost() -> None:
    cloud = FakeCloud()
    job = tried(cloud)
    assert (job.state, job.goes, job.total, job.requests) == (State.COMPLETED, LaneName.REALTIME, ROWS, ALL)
    assert len(cloud.provider.asked) == ROWS
    found = show_pilot(job.ref, cloud.backend)
    assert (found.rows, found.requests, len(found.tries)) == (ROWS, ALL, ROWS)
    assert all(each.prompt == each.output for each in found.tries)
    assert (found.finish_reasons, found.spent_usd) == ({"stop": ROWS}, ROWS * AN_ANSWER / 1e9)
    assert found.lanes["realtime"].expected_usd == ALL * AN_ANSWER / 1e9
    assert found.lanes["batch"].expected_usd == ALL * AN_ANSWER / 2e9
    assert found.lanes["batch"].low_usd == found.lanes["batch"].expected_usd == found.lanes["batch"].high_usd


def test_the_sample_is_the_same_from_the_same_input_and_lies_all_over_it() -> None:
    one, other = FakeCloud(), FakeCloud()
    found = [[result["line"] for result in cloud.results(tried(cloud))] for cloud in (one, other)]
    assert found[0] == found[1] == sorted(found[0])
    assert found[0][0] < ALL // 3 < 2 * ALL // 3 < found[0][-1]


@pytest.mark.parametrize("mode", ["batch", "realtime"])
def test_go_asks_the_rest_and_pays_for_that_alone(mode: str) -> None:
    cloud = FakeCloud()
    pilot = tried(cloud, name="mails", system="Be brief.")
    whole = go(pilot.ref, EditBatch.model_validate({"mode": mode}), ACME, cloud.backend)
    assert go(pilot.ref, EditBatch.model_validate({"mode": mode}), ACME, cloud.backend).id == whole.id
    whole = cloud.run(whole)
    assert (whole.counts.succeeded, whole.options.name, whole.options.system) == (ALL, "mails", "Be brief.")
    price = AN_ANSWER if mode == "realtime" else AN_ANSWER // 2
    assert whole.counts.spent_nanos == (ALL - ROWS) * price
    results = cloud.results(whole)
    assert sum(result.get("cached", False) for result in results) == ROWS
    assert [result["output"] for result in results] == [f"p{n}" for n in range(ALL)]


def test_a_small_budget_holds_for_the_sample() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-1"] = flat(input=10, output=40)
    requests = [{"input": f"p{n}", "max_tokens": 5} for n in range(100)]
    job = cloud.run(cloud.create(requests, sample={"rows": 50, "budget_usd": 1e-06}, budget_usd=1))
    assert 0 < job.counts.spent_nanos <= 1000
    assert job.counts.failed


def test_what_is_no_pilot_has_neither() -> None:
    cloud = FakeCloud()
    job = cloud.run(cloud.create([{"input": "a"}]))
    with pytest.raises(Conflict, match="no pilot"):
        show_pilot(job.ref, cloud.backend)
    with pytest.raises(Conflict, match="no pilot"):
        go(job.ref, EditBatch.model_validate({}), ACME, cloud.backend)


def test_kept_columns_are_no_part_of_what_is_asked() -> None:
    cloud = FakeCloud()
    lines = [{"text": "same", "body": {"n": n, "body": 1}} for n in range(3)]
    body = "\n".join(map(json.dumps, lines))
    job = cloud.run(cloud.upload(body, template="{text}", keep_columns=["body"], collapse=True))
    assert cloud.provider.batches["batch-0"][1].__len__() == 1
    assert [each["columns"]["body"]["n"] for each in cloud.results(job)] == [0, 1, 2]
