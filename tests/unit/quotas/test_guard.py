"""Quotas: what the operator lets a tenant use, by batches, forecasts and writing."""

from typing import Any

import pytest

from fanfold.accounts.quotas import Quotas
from fanfold.batches import commands
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.batches.views.budget import BudgetRequest, set_budget, show_budget
from fanfold.clock import stamp
from fanfold.errors import Forbidden, Invalid, JobRefused, NotFound, QuotaExceeded
from fanfold.forecasts import commands as forecasts
from fanfold.jobs import life_cycle
from fanfold.jobs.budget import BudgetLimits
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef, State
from fanfold.ports import Key
from fanfold.quotas.guard import YOUNG, Unit
from fanfold.quotas.stored import Storage, measure
from fanfold.quotas.usage import usage
from tests.fakes.cloud import FakeCloud
from tests.fakes.forecasts import FakePortfolios

INPUTS: list[Any] = [{"input": "a"}, {"input": "b"}]


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.backend.tenants.create("acme")
    return cloud


def let(cloud: FakeCloud | FakePortfolios, **quotas: Any) -> None:
    cloud.backend.tenants.set_quotas("acme", Quotas.model_validate(quotas))


def caller(key: str) -> Caller:
    return Caller(tenant="acme", correlation_id="c", idempotency_key=key)


def refused(cloud: FakeCloud, key: str = "more", **options: Any) -> QuotaExceeded:
    with pytest.raises(QuotaExceeded) as found:
        cloud.create(INPUTS, caller(key), **options)
    return found.value


def storage_of(cloud: FakeCloud) -> Storage:
    return Storage(cloud.table, cloud.blobs, lambda: cloud.now)


def places(cloud: FakeCloud) -> set[str]:
    return {key.sk for key in cloud.table.items if key.pk == "T#acme#OPEN"}


def test_without_quotas_nothing_is_written_for_them(cloud: FakeCloud) -> None:
    cloud.create(INPUTS)
    assert not places(cloud)
    assert not [key for key in cloud.table.items if key.sk.startswith("DAY#")]


def test_open_jobs_are_limited_and_a_repeated_call_counts_once(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=2)
    first = cloud.create(INPUTS, caller("1"))
    cloud.create(INPUTS, caller("2"))
    assert cloud.create(INPUTS, caller("1")).id == first.id
    error = refused(cloud)
    assert (error.status, error.flaws[0].field, error.retry_after) == (429, "open_jobs", 30)
    assert len(places(cloud)) == 2
    cloud.run(first)
    cloud.create(INPUTS, caller("more"))


def test_an_accepted_job_costs_one_write_more(cloud: FakeCloud) -> None:
    let(cloud, calls_per_minute=100)
    before = cloud.table.writes
    cloud.create(INPUTS, caller("1"))
    plain = cloud.table.writes - before
    let(cloud, open_jobs=5, requests_per_day=100, daily_usd=5, stored_bytes=10**9)
    before = cloud.table.writes
    cloud.create(INPUTS, caller("2"))
    assert cloud.table.writes - before == plain + 1


def test_what_does_not_come_about_leaves_no_place(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=1)
    with pytest.raises(NotFound):
        create_batch(CreateBatch(upload="none.jsonl"), caller("1"), cloud.backend)
    assert not places(cloud)
    cloud.create(INPUTS, caller("2"))


def test_a_place_whose_job_never_came_is_free_again(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=1)
    lost = Key("T#acme#OPEN", "b" + "0" * 25)
    cloud.table.items[lost] = {"pk": lost.pk, "sk": lost.sk, "since": stamp(cloud.now)}
    refused(cloud)
    cloud.wait(YOUNG.total_seconds() + 1)
    cloud.create(INPUTS, caller("more"))


def test_drafts_are_not_open_and_begin_only_when_there_is_a_place(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=1)
    draft = cloud.create(INPUTS, caller("draft"), draft=True)
    running = cloud.create(INPUTS, caller("1"))
    with pytest.raises(QuotaExceeded):
        commands.process(draft.ref, cloud.backend)
    cloud.run(running)
    assert commands.process(draft.ref, cloud.backend).state is State.ACCEPTED


def test_paused_jobs_and_retries_need_a_place_again(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=1)
    paused = life_cycle.pause(cloud.create(INPUTS, caller("1")).ref, cloud.backend)
    refused(cloud)
    cloud.wait(YOUNG.total_seconds() + 1)
    other = cloud.create(INPUTS, caller("2"))
    with pytest.raises(QuotaExceeded):
        life_cycle.resume(paused.ref, cloud.backend)
    cloud.run(other)
    assert life_cycle.resume(paused.ref, cloud.backend).state is State.ACCEPTED


def test_requests_of_a_day_are_counted_when_they_are_planned(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=3)
    cloud.run(cloud.create(INPUTS, caller("1")))
    error = refused(cloud)
    assert (error.flaws[0].field, error.retry_after) == ("requests_per_day", 12 * 3600 - 59)
    cloud.run(cloud.create(INPUTS[:1], caller("2")))
    assert cloud.backend.quotas.today("acme", Unit.REQUESTS) == 3
    cloud.wait(12 * 3600)
    cloud.create(INPUTS, caller("tomorrow"))


def test_an_upload_over_the_day_is_refused_as_it_is_planned(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=2)
    job = cloud.upload('{"input": "a"}\n' * 3)
    with pytest.raises(JobRefused, match="2 requests a day"):
        cloud.run(job)
    assert cloud.backend.quotas.today("acme", Unit.REQUESTS) == 0


def test_planning_again_after_a_crash_counts_once(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=100)
    job = cloud.create(INPUTS)
    for _ in range(2):
        cloud.machine.plan(job)
    assert cloud.backend.quotas.today("acme", Unit.REQUESTS) == 2


def test_requests_of_a_retry_are_counted_and_refused_before_anything_changes(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=3)
    cloud.provider.refused = {"b"}
    job = cloud.run(cloud.create(INPUTS))
    job = cloud.run(commands.retry(job.ref, cloud.backend))
    assert (job.counts.failed, cloud.backend.quotas.today("acme", Unit.REQUESTS)) == (1, 3)
    with pytest.raises(QuotaExceeded, match="3 requests a day"):
        commands.retry(job.ref, cloud.backend)
    assert cloud.backend.jobs.get(job.ref).state is State.COMPLETED
    cloud.wait(86_400)
    assert commands.retry(job.ref, cloud.backend).state is State.ACCEPTED


def test_a_retry_that_is_planned_twice_is_counted_once(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=100)
    cloud.provider.refused = {"b"}
    again = commands.retry(cloud.run(cloud.create(INPUTS)).ref, cloud.backend)
    for _ in range(2):
        cloud.machine.plan(again)
    assert cloud.backend.quotas.today("acme", Unit.REQUESTS) == 3


def test_no_update_of_a_days_count_is_lost(cloud: FakeCloud) -> None:
    let(cloud, requests_per_day=5)
    changes = [cloud.backend.quotas.counted("acme", Unit.REQUESTS, 2) for _ in range(3)]
    assert [cloud.table.together(*each) for each in changes] == [True, True, False]
    assert cloud.backend.quotas.today("acme", Unit.REQUESTS) == 4


@pytest.mark.parametrize(
    ("quotas", "field"),
    [({"providers": ["echo"]}, "model"), ({"models": ["openai/other"]}, "model"), ({"models": ["echo/*"]}, "model")],
)
def test_models_that_are_not_allowed(cloud: FakeCloud, quotas: dict[str, Any], field: str) -> None:
    let(cloud, **quotas)
    with pytest.raises(Forbidden) as found:
        cloud.create(INPUTS, model="echo-1")
    assert found.value.flaws[0].field == field
    assert not cloud.blobs.objects


def test_a_model_that_is_not_allowed_costs_its_line_alone(cloud: FakeCloud) -> None:
    let(cloud, models=["openai/echo-[12]"])
    job = cloud.run(cloud.create([{"input": "a", "model": "echo-1"}, {"input": "b", "model": "echo-3"}]))
    assert (job.total, job.rejected) == (1, 1)
    assert job.samples[0]["field"] == "model"


def test_the_operators_money_is_a_limit_for_every_kind_of_job(cloud: FakeCloud) -> None:
    let(cloud, daily_usd=1, monthly_usd=10)
    cloud.backend.budgets.close(JobRef(tenant="acme", job="b1"), 10**9, "2026-11-22")
    assert refused(cloud).flaws[0].field == "daily_usd"
    cloud.wait(86_400)
    cloud.create(INPUTS, caller("tomorrow"))
    cloud.backend.budgets.close(JobRef(tenant="acme", job="b2"), 9 * 10**9, "2026-11-22")
    error = refused(cloud)
    assert (error.flaws[0].field, error.retry_after) == ("monthly_usd", (7 * 24 + 12) * 3600 + 1)


def test_a_tenants_own_budget_lies_below_the_operators(cloud: FakeCloud) -> None:
    let(cloud, daily_usd=2)
    with pytest.raises(Invalid, match="2 USD"):
        set_budget("acme", BudgetRequest(daily_usd=3), cloud.backend)
    set_budget("acme", BudgetRequest(daily_usd=1, monthly_usd=5), cloud.backend)
    assert cloud.backend.budgets.limits("acme") == BudgetLimits(daily=10**9, monthly=5 * 10**9)
    set_budget("acme", BudgetRequest(), cloud.backend)
    assert cloud.backend.budgets.limits("acme") == BudgetLimits(daily=2 * 10**9)
    assert show_budget("acme", cloud.backend).daily_usd is None


def test_stored_bytes_are_measured_once_an_hour(cloud: FakeCloud) -> None:
    let(cloud, stored_bytes=100)
    backend, storage = cloud.backend, storage_of(cloud)
    cloud.create(INPUTS, caller("1"))
    cloud.blobs.put("uploads/acme/a.csv", b"x" * 100)
    cloud.blobs.put("uploads/acme-2/a.csv", b"x" * 1000)
    assert [measure(backend.tenants, storage).measured for _ in range(2)] == [1, 0]
    assert refused(cloud).flaws[0].field == "stored_bytes"
    cloud.blobs.remove_under("uploads/acme/")
    cloud.wait(3601)
    assert measure(backend.tenants, storage).measured == 1
    assert 0 < (backend.quotas.check_stored("acme") or 0) < 100


def test_a_drop_over_the_quotas_says_so_in_the_outbox(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=1)
    cloud.create(INPUTS)
    cloud.blobs.put("inbox/acme/batches/a.jsonl", b'{"input": "a"}\n')
    job = take_drop(Drop(key="inbox/acme/batches/a.jsonl", version="1", event="e"), cloud.backend)
    assert job is not None
    assert job.state is State.FAILED
    assert b"open jobs" in cloud.blobs.get("outbox/acme/batches/a.jsonl.rejected.txt")


def test_usage_shows_what_is_used_and_when_it_begins_anew(cloud: FakeCloud) -> None:
    let(cloud, open_jobs=2, requests_per_day=10, daily_usd=5, providers=["openai"])
    cloud.run(cloud.create(INPUTS, caller("1")))
    cloud.create(INPUTS, caller("2"))
    guard = cloud.backend.quotas
    found = usage("acme", guard, cloud.backend.budgets, storage_of(cloud), lambda: cloud.now)
    assert (found.open_jobs.used, found.open_jobs.limit) == (1, 2)
    assert (found.requests_per_day.used, found.requests_per_day.limit) == (2, 10)
    assert found.requests_per_day.resets_at == found.daily_usd.resets_at == "2026-11-23T00:00:00.000Z"
    assert (found.monthly_usd.limit, found.monthly_usd.resets_at) == (None, "2026-12-01T00:00:00.000Z")
    assert (found.series_per_day.used, found.providers, found.models) == (None, ("openai",), None)


@pytest.fixture
def portfolios() -> FakePortfolios:
    return FakePortfolios()


SERIES = [{"name": name, "values": list(range(12))} for name in ("a", "b")]


def test_series_of_a_day_are_limited(portfolios: FakePortfolios) -> None:
    let(portfolios, series_per_day=3)
    portfolios.run(portfolios.create(SERIES, caller("1")))
    with pytest.raises(QuotaExceeded, match="3 series a day"):
        portfolios.create(SERIES, caller("2"))
    upload = portfolios.upload(b"series_name,date,value\na,2024-01-01,1\nb,2024-01-01,1\n")
    with pytest.raises(JobRefused, match="3 series a day"):
        portfolios.run(portfolios.create_from(upload, caller("3")))
    assert portfolios.backend.quotas.today("acme", Unit.SERIES) == 2


def test_series_of_a_retry_are_counted(portfolios: FakePortfolios) -> None:
    let(portfolios, series_per_day=3)
    empty = {"name": "c", "values": [None, None]}
    job = portfolios.run(portfolios.create([*SERIES[:1], empty], caller("1")))
    assert (job.counts.failed, portfolios.backend.quotas.today("acme", Unit.SERIES)) == (1, 2)
    portfolios.run(forecasts.retry(job.ref, portfolios.backend))
    assert portfolios.backend.quotas.today("acme", Unit.SERIES) == 3
    with pytest.raises(QuotaExceeded, match="3 series a day"):
        forecasts.retry(job.ref, portfolios.backend)


def test_a_forecast_is_paid_for_once_and_only_within_the_money(portfolios: FakePortfolios) -> None:
    portfolios.settings = portfolios.settings.model_copy(update={"series_price_microusd": 1_000_000})
    budgets = portfolios.backend.budgets
    let(portfolios, daily_usd=3)
    job = portfolios.create(SERIES, caller("1"))
    for _ in range(2):
        portfolios.plan(
            portfolios.workflow.arn(job.execution_name),
            {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"},
        )
    assert budgets.spending("acme").today == 2 * 10**9
    more = portfolios.create(SERIES, caller("2"))
    with pytest.raises(JobRefused, match="2 USD that 2 series cost"):
        portfolios.run(more)
    assert budgets.spending("acme").today == 2 * 10**9


def test_forecasts_have_places_too(portfolios: FakePortfolios) -> None:
    let(portfolios, open_jobs=1)
    first = portfolios.create(SERIES, caller("1"))
    with pytest.raises(QuotaExceeded):
        portfolios.create(SERIES, caller("2"))
    portfolios.run(first)
    portfolios.create(SERIES, caller("2"))
