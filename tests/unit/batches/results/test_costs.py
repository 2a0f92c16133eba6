"""What a batch costs: counted exactly, through retries, crashes and budgets."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.batches import commands
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views import batch as views
from fanfold.errors import Conflict, Incomplete, Invalid
from fanfold.jobs.budget import BudgetLimits
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import Counts, JobRef, State
from fanfold.jobs.usage_stats import Figures, UsageKey, times
from fanfold.providers import BatchLimits
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash, Fuse
from tests.fakes.machine import ROUNDS, Machine
from tests.fakes.prices import flat

ECHO = UsageKey("openai", "echo-1", "batch")
AN_ANSWER = 2 * 5 + 1 * 20
"""Nanodollars of one answer of the fake provider in a batch, at the prices below: 2 tokens in, 1 out."""


def priced(**fields: object) -> FakeCloud:
    cloud = FakeCloud(**fields)  # type: ignore[arg-type]
    cloud.prices.tariffs["echo-1"] = flat(input=10, output=40)
    return cloud


def prompts(count: int, **more: object) -> list[dict[str, object]]:
    return [{"input": f"prompt {n}", "custom_id": f"id-{n}"} | more for n in range(count)]


def settle(cloud: FakeCloud, job: BatchJob) -> BatchJob:
    cloud.machine.settle()
    return cloud.backend.jobs.get(job.ref)


def kinds(cloud: FakeCloud, job: BatchJob) -> list[str]:
    return [result.get("error", {}).get("kind", "answered") for result in cloud.results(job)]


def totals(cloud: FakeCloud) -> Figures:
    return sum(
        (row.figures for row in cloud.backend.usage_stats.days("acme", "2026-01-01", "2027-01-01") if row.usage_key),
        Figures(),
    )


class TestCost:
    def test_a_batch_shows_what_it_cost_and_what_it_saved(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(10)))
        shown = views.show(job.ref, cloud.backend)
        assert shown.cost == views.BatchCost(spent_usd=3e-07, list_usd=6e-07, saved_usd=3e-07, unpriced_requests=0)
        assert [result["cost_usd"] for result in cloud.results(job)] == [3e-08] * 10

    def test_while_it_runs_it_shows_what_is_settled(self) -> None:
        cloud = priced()
        job = cloud.create(prompts(2))
        assert views.show(job.ref, cloud.backend).cost.spent_usd == 0

    def test_a_price_that_is_not_known_is_none_and_said(self) -> None:
        cloud = priced()
        cloud.prices.unknown.add("echo-2")
        job = settle(cloud, cloud.create(prompts(3, model="echo-2")))
        assert views.cost(job.counts) == views.BatchCost(
            spent_usd=None, list_usd=None, saved_usd=None, unpriced_requests=3
        )
        assert "cost_usd" not in cloud.results(job)[0]

    def test_known_and_unknown_prices_are_told_apart(self) -> None:
        cloud = priced()
        cloud.prices.unknown.add("echo-2")
        job = settle(cloud, cloud.create([*prompts(3), {"input": "x", "model": "echo-2"}]))
        assert (
            views.view(job, job.counts, cloud.backend).cost.spent_usd,
            views.view(job, job.counts, cloud.backend).cost.unpriced_requests,
        ) == (9e-08, 1)

    def test_what_has_no_answer_costs_nothing(self) -> None:
        cloud = priced()
        cloud.provider.missing = {"prompt 0"}
        job = settle(cloud, cloud.create(prompts(2)))
        assert (job.counts.spent_nanos, job.counts.unpriced) == (AN_ANSWER, 0)

    def test_what_a_retry_replaces_was_paid_for(self) -> None:
        cloud = priced()
        schema = {"type": "object"}
        job = settle(cloud, cloud.create(prompts(4, response_schema=schema)))
        assert (job.counts.failed, job.counts.spent_nanos) == (4, 4 * AN_ANSWER)
        commands.retry(job.ref, cloud.backend)
        again = settle(cloud, job)
        assert (again.counts.failed, again.counts.spent_nanos) == (4, 8 * AN_ANSWER)
        assert again.counts.input_tokens == 8
        assert cloud.backend.jobs.counts(job.ref) == again.counts

    def test_it_is_charged_at_the_prices_it_was_planned_with(self) -> None:
        cloud = priced()
        cloud.provider.missing = {"prompt 1"}
        job = settle(cloud, cloud.create(prompts(2)))
        cloud.prices.tariffs["echo-1"] = flat(input=1000, output=1000)
        cloud.provider.missing = set()
        commands.retry(job.ref, cloud.backend)
        assert settle(cloud, job).counts.spent_nanos == 2 * AN_ANSWER


class TestDryRun:
    def test_it_is_planned_and_then_a_draft(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create([*prompts(3), {"nonsense": 1}], dry_run=True))
        shown = views.show(job.ref, cloud.backend)
        assert (shown.state, shown.rejected, shown.progress and shown.progress.total) == (State.DRAFT, 1, 3)
        assert shown.estimate == job.estimate
        assert job.estimate
        assert job.estimate.requests == 3
        assert not cloud.provider.batches
        assert not totals(cloud)

    def test_it_can_be_processed_and_then_runs(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(3), dry_run=True))
        commands.process(job.ref, cloud.backend)
        done = settle(cloud, job)
        assert (done.state, done.counts.succeeded) == (State.COMPLETED, 3)

    def test_one_with_nothing_good_in_it_fails_with_the_reason(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.upload('{"nonsense": 1}', dry_run=True))
        assert (job.state, "line 1" in (job.error or "")) == (State.FAILED, True)

    def test_a_draft_is_not_planned(self) -> None:
        with pytest.raises(Invalid):
            priced().create(prompts(1), draft=True, dry_run=True)

    def test_it_lives_through_a_crash_after_any_call(self) -> None:
        for call in range(1, 40):
            cloud = priced(through=Fuse(call).on)
            cloud.configure(max_mishaps=1000)
            job = accepted(cloud, dry_run=True)
            Machine(cloud, fragile=call % 2 == 0).settle()
            cloud.through = lambda port: port
            done = cloud.backend.jobs.get(job.ref)
            assert (done.state, done.estimate is not None, done.total) == (State.DRAFT, True, 11)


class TestBudget:
    def test_a_batch_within_its_budget_runs_as_ever(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(10, max_tokens=5), budget_usd=1))
        assert (job.state, job.counts.succeeded, job.note) == (State.COMPLETED, 10, None)
        assert budget(cloud, job)["committed"] == job.counts.spent_nanos == 10 * AN_ANSWER

    def test_what_there_is_no_money_for_is_not_sent_and_says_so(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(10, max_tokens=5), budget_usd=2.5e-07))
        sent = sum(len(lines) for _, lines in cloud.provider.batches.values())
        assert 0 < sent < 10
        assert kinds(cloud, job).count("answered") == sent
        assert job.state is State.COMPLETED
        assert (job.note or "").startswith(f"{10 - sent} requests were not sent: there was no money left in the budget")

    def test_nothing_is_sent_without_any_money(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(4, max_tokens=5), budget_usd=1e-09))
        assert (kinds(cloud, job), cloud.provider.batches) == (["budget"] * 4, {})

    def test_the_real_time_lane_keeps_to_a_budget_and_pays_its_own_price(self) -> None:
        cloud = priced()
        cloud.configure(realtime_chunk_requests=4, in_flight=2, flush_requests=4)
        job = cloud.run(cloud.create(prompts(10, max_tokens=5), mode="realtime", budget_usd=4e-07))
        asked = len(cloud.provider.asked)
        assert 0 < asked < 10
        assert (job.counts.succeeded, job.counts.failed) == (asked, 10 - asked)
        assert kinds(cloud, job).count("budget") == 10 - asked
        assert job.counts.spent_nanos == asked * 2 * AN_ANSWER <= 400
        assert budget(cloud, job)["committed"] == job.counts.spent_nanos

    def test_a_retry_goes_on_with_what_is_left(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(10, max_tokens=5), budget_usd=3.5e-07))
        for _ in range(6):
            if job.counts.failed:
                commands.retry(job.ref, cloud.backend)
                job = settle(cloud, job)
        assert job.counts.spent_nanos == job.counts.succeeded * AN_ANSWER <= 350
        assert job.counts.succeeded > 5

    def test_a_larger_budget_lets_a_retry_finish(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(4, max_tokens=5), budget_usd=1e-09))
        commands.edit(job.ref, commands.EditBatch.model_validate({"budget_usd": 1}), cloud.backend)
        commands.retry(job.ref, cloud.backend)
        assert settle(cloud, job).counts.succeeded == 4

    def test_a_model_without_a_price_is_not_sent_under_a_budget(self) -> None:
        cloud = priced()
        cloud.prices.unknown.add("echo-2")
        requests = [*prompts(2, max_tokens=5), {"input": "x", "model": "echo-2"}]
        job = settle(cloud, cloud.create(requests, budget_usd=1))
        assert sorted(kinds(cloud, job)) == ["answered", "answered", "budget"]
        assert "price" in next(result["error"]["message"] for result in cloud.results(job) if "error" in result)

    def test_a_tenants_budget_holds_for_all_of_its_batches_together(self) -> None:
        cloud = priced()
        cloud.backend.budgets.limit("acme", BudgetLimits(daily=1500))
        jobs = [settle(cloud, cloud.create(prompts(10, max_tokens=5), caller(n))) for n in range(8)]
        spent = sum(job.counts.spent_nanos for job in jobs)
        assert 1000 < spent <= 1500
        assert cloud.backend.budgets.spending("acme") == (spent, spent)
        assert "budget" in kinds(cloud, jobs[-1])

    def test_the_next_day_has_money_again(self) -> None:
        cloud = priced()
        cloud.backend.budgets.limit("acme", BudgetLimits(daily=1500))
        for n in range(8):
            settle(cloud, cloud.create(prompts(10, max_tokens=5), caller(n)))
        cloud.wait(24 * 3600)
        job = settle(cloud, cloud.create(prompts(2, max_tokens=5), caller(9)))
        assert kinds(cloud, job) == ["answered"] * 2

    def test_other_tenants_are_not_held_to_it(self) -> None:
        cloud = priced()
        cloud.backend.budgets.limit("acme", BudgetLimits(daily=1))
        job = settle(cloud, cloud.create(prompts(4), Caller(tenant="other", correlation_id="c", idempotency_key="k")))
        assert (job.budgeted, job.counts.succeeded) == (False, 4)

    def test_a_batch_without_budget_sets_nothing_aside_and_is_counted(self) -> None:
        cloud = priced()
        job = cloud.create(prompts(4))
        with pytest.raises(Incomplete):
            cloud.backend.budgets.reserve(job.ref, "r1s0", [])
        job = settle(cloud, job)
        assert cloud.backend.budgets.spending("acme") == (job.counts.spent_nanos, job.counts.spent_nanos)
        assert job.counts.spent_nanos > 0

    def test_a_budget_can_be_changed_at_any_time_and_other_options_not(self) -> None:
        cloud = priced()
        job = settle(cloud, cloud.create(prompts(1)))
        assert (
            commands.edit(
                job.ref, commands.EditBatch.model_validate({"budget_usd": 2}), cloud.backend
            ).options.budget_usd
            == 2
        )
        with pytest.raises(Conflict):
            commands.edit(job.ref, commands.EditBatch.model_validate({"max_tokens": 2}), cloud.backend)


def caller(n: int) -> Caller:
    return Caller(tenant="acme", correlation_id="c", idempotency_key=f"k-{n}")


def budget(cloud: FakeCloud, job: BatchJob) -> dict[str, object]:
    return cloud.table.get(job.ref.key("BUDGET")) or {}


def accepted(cloud: FakeCloud, **options: object) -> BatchJob:
    for _ in range(ROUNDS):
        try:
            return cloud.create(prompts(11, max_tokens=5), ACME, provider="echo", **options)
        except Crash:
            cloud.wait(1)
    raise AssertionError("never answered")


WHOLE = Counts(
    succeeded=9, failed=2, input_tokens=18, output_tokens=9, spent_nanos=9 * AN_ANSWER, list_nanos=18 * AN_ANSWER
)


def live(fuse: Fuse, *, fragile: bool) -> tuple[FakeCloud, JobRef]:
    """The life of a batch of two shards under a budget of its own and its tenant's, through the fuse."""
    cloud = priced(through=fuse.on)
    cloud.configure(max_mishaps=1000)
    cloud.provider.batch_limits = BatchLimits(requests=6, bytes=1_000_000)
    cloud.provider.refused, cloud.provider.missing = {"prompt 4"}, {"prompt 7"}
    cloud.prices.tariffs["echo-1"] = flat(input=10, output=40)
    with_budget = cloud.table
    with_budget_limits(cloud)
    job = accepted(cloud, budget_usd=1, tags=["red"])
    Machine(cloud, fragile=fragile).settle()
    assert with_budget is cloud.table
    return cloud, job.ref


def with_budget_limits(cloud: FakeCloud) -> None:
    through, cloud.through = cloud.through, lambda port: port
    cloud.backend.budgets.limit("acme", BudgetLimits(daily=10**9, monthly=10**9))
    cloud.through = through


def check(cloud: FakeCloud, ref: JobRef) -> None:
    """Money, reservations and statistics are what they would be had nothing died."""
    cloud.through = lambda port: port
    job = cloud.backend.jobs.get(ref)
    assert (job.state, job.counts, cloud.backend.jobs.counts(ref)) == (State.COMPLETED, WHOLE, WHOLE)
    kept = budget(cloud, job)
    assert (kept["committed"], kept["granted"]) == (WHOLE.spent_nanos, WHOLE.spent_nanos)
    assert not [value for value in kept.values() if isinstance(value, list)]
    assert cloud.backend.budgets.spending("acme") == (WHOLE.spent_nanos, WHOLE.spent_nanos)
    rows = list(cloud.backend.usage_stats.days("acme", "2026-01-01", "2027-01-01"))
    assert {(row.usage_key, row.tag) for row in rows} == {(ECHO._replace(provider="echo"), None), (None, "red")}
    for row in rows:
        assert {
            name: row.figures[name]
            for name in ("primary_jobs", "primary_completed", "succeeded", "failed", "spent_nanos")
        } == {
            "primary_jobs": 1,
            "primary_completed": 1,
            "succeeded": 9,
            "failed": 2,
            "spent_nanos": WHOLE.spent_nanos,
        }
        assert times(row.figures).units == 9


def calls() -> range:
    fuse = Fuse()
    check(*live(fuse, fragile=False))
    return range(1, fuse.calls + 1)


CALLS = calls()


def test_money_and_statistics_are_exact_whatever_call_is_the_last() -> None:
    for call in CALLS:
        fuse = Fuse(call)
        check(*live(fuse, fragile=call % 2 == 0))
        assert fuse.crashes == 1


@settings(max_examples=60, deadline=timedelta(seconds=10))
@given(st.lists(st.integers(1, 60), min_size=2, max_size=8), st.booleans())
def test_they_are_exact_after_any_number_of_crashes(lengths: list[int], fragile: bool) -> None:
    check(*live(Fuse(*lengths), fragile=fragile))


def test_the_results_add_up_to_the_counts() -> None:
    cloud = priced()
    cloud.provider.refused = {"prompt 2"}
    job = settle(cloud, cloud.create(prompts(9)))
    lines = cloud.blobs.get(job.ref.folder + "results.jsonl").splitlines()
    costs = [round(json.loads(line).get("cost_usd", 0) * 1e9) for line in lines]
    assert sum(costs) == job.counts.spent_nanos
