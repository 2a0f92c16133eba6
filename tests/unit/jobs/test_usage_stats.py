"""Statistics: times in buckets, usage_stats that are told twice and count once, and what is made of them."""

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from fanfold.batches import commands
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.views.live import MOST_JOBS, live
from fanfold.errors import Invalid
from fanfold.jobs import life_cycle
from fanfold.jobs.chunk_results import ChunkResult, Served
from fanfold.jobs.duration_histogram import Times, middle, upper
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import Counts, State
from fanfold.jobs.usage_stats import Figures, JobUsage, UsageKey, UsageStats, times, usage_by_key
from fanfold.stats.metrics import LiveCounts, metrics
from fanfold.stats.summary import Stats, StatsRange, stats, summary
from tests.fakes.cloud import FakeCloud
from tests.fakes.table import MemoryTable

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ONE, TWO = UsageKey("openai", "o3", "batch"), UsageKey("openai", "o4", "realtime")
SECONDS = st.lists(st.floats(0.001, 86400), min_size=1, max_size=60)


class TestTimes:
    @given(SECONDS, st.floats(0.01, 1))
    def test_a_quantile_is_off_by_less_than_five_per_cent(self, seconds: list[float], share: float) -> None:
        ms = sorted(round(max(each, 0.001) * 1000) for each in seconds)
        exact = ms[math.ceil(len(ms) * share) - 1] / 1000
        told = Times.of(seconds).quantile(share)
        assert told is not None
        assert abs(told / exact - 1) < 0.0443

    @given(SECONDS, SECONDS)
    def test_parts_add_up(self, one: list[float], other: list[float]) -> None:
        assert Times.of(one) + Times.of(other) == Times.of([*one, *other])

    def test_the_mean_is_exact(self) -> None:
        assert Times.of([1, 2, 6]).mean() == 3

    def test_without_units_nothing_is_known(self) -> None:
        assert (Times().mean(), Times().quantile(0.5), Times().units) == (None, None, 0)

    def test_nothing_takes_no_time_or_for_ever(self) -> None:
        assert Times.of([0, -1, 1e12]).units == 3
        assert middle(8) < upper(8) == 0.002

    def test_an_item_keeps_them(self) -> None:
        served = Served(provider="openai", model="o3", lane="batch", times=Times.of([1, 2]), retries=1)
        assert Served.model_validate(served.model_dump()) == served
        assert all(isinstance(name, str) for name in served.model_dump()["times"]["buckets"])


def job(id: str = "j1", **more: Any) -> BatchJob:
    made = {"tenant": "acme", "id": id, "created_at": "", "fingerprint": "", "correlation_id": "", "options": Options()}
    return BatchJob.model_validate(made | {"started_at": "2026-11-26T11:59:50.000Z"} | more)


def ending(state: State = State.COMPLETED, now: str = "2026-11-26T12:00:00.000Z", **figures: Any) -> JobUsage:
    found = {ONE: Figures(figures), TWO: Figures(succeeded=1)}
    return JobUsage(state, now, ONE, found, ("red", "blue", "red"))


def told(table: MemoryTable, by: str | None = None, first: str = "2026-11-01") -> Stats:
    asked = StatsRange.model_validate({"since": first, "until": "2026-11-30", "by": by})
    return stats("acme", asked, UsageStats(table), lambda: NOW)


class TestTallies:
    def test_told_twice_counts_once(self) -> None:
        table = MemoryTable()
        for _ in range(3):
            UsageStats(table).record(job(), ending(succeeded=5, failed=1, spent_nanos=7))
        whole = told(table).total
        assert (whole.jobs, whole.completed, whole.succeeded, whole.failed, whole.spent_usd) == (1, 1, 6, 1, 7e-9)

    def test_a_retry_corrects_the_day_on_which_the_job_first_ended(self) -> None:
        table = MemoryTable()
        UsageStats(table).record(job(), ending(State.FAILED, failed=4))
        UsageStats(table).record(job(), ending(now="2026-11-28T00:00:00.000Z", succeeded=4))
        days = told(table, "day").groups
        assert [(day.key, day.completed, day.failed_jobs, day.failed, day.succeeded) for day in days] == [
            ("2026-11-26", 1, 0, 0, 5)
        ]
        assert told(table).total.requests_per_second == 5 / 10

    def test_a_job_of_two_models_is_one_job_of_each_of_them(self) -> None:
        table = MemoryTable()
        UsageStats(table).record(job(), ending(succeeded=5))
        assert {group.key: group.jobs for group in told(table, "model").groups} == {"o3": 1, "o4": 1}
        assert {group.key: group.jobs for group in told(table, "lane").groups} == {"batch": 1, "realtime": 1}
        assert [(group.key, group.jobs, group.succeeded) for group in told(table, "provider").groups] == [
            ("openai", 1, 6)
        ]
        assert [(group.key, group.jobs, group.succeeded) for group in told(table, "tag").groups] == [
            ("blue", 1, 6),
            ("red", 1, 6),
        ]

    def test_days_outside_of_the_range_do_not_count(self) -> None:
        table = MemoryTable()
        UsageStats(table).record(job(), ending(succeeded=5))
        assert told(table, first="2026-11-27").total.jobs == 0
        assert told(table, first="2026-11-26").total.jobs == 1

    def test_many_days_come_in_pages(self) -> None:
        table = MemoryTable()
        for n in range(120):
            now = datetime(2026, 8 + n // 30, 1 + n % 30, tzinfo=UTC)
            UsageStats(table).record(job(f"j{n}"), ending(now=now.isoformat(), succeeded=1))
        asked = StatsRange.model_validate({"since": "2026-08-01", "until": "2026-11-30"})
        assert stats("acme", asked, UsageStats(table), lambda: NOW).total.jobs == 120

    def test_it_knows_what_requests_usually_have(self) -> None:
        table = MemoryTable()
        assert UsageStats(table).mean_output("acme", "openai", "o3") is None
        UsageStats(table).record(job(), ending(succeeded=4, output_tokens=50))
        assert UsageStats(table).mean_output("acme", "openai", "o3") == 12.5
        assert UsageStats(table).mean_output("other", "openai", "o3") is None

    def test_openings_of_breakers_count_with_what_opens_them(self) -> None:
        table = MemoryTable()
        assert table.together(*UsageStats(table).opening("acme", TWO, "2026-11-26T12:00:00.000Z"))
        assert [group.breaker_openings for group in told(table, "model").groups] == [1]

    def test_chunks_add_up_by_course(self) -> None:
        served = Served(provider="openai", model="o3", lane="batch", times=Times.of([1, 2]), retries=1)
        chunk = ChunkResult(
            chunk=0, results="", counts=Counts(succeeded=2, spent_nanos=3), offsets=b"", served=(served,)
        )
        (usage_key,) = usage_by_key([chunk, chunk]).items()
        assert usage_key[0] == ONE
        assert (usage_key[1]["succeeded"], usage_key[1]["spent_nanos"], usage_key[1]["retries"]) == (4, 6, 2)
        assert times(usage_key[1]) == Times.of([1, 2, 1, 2])

    def test_a_part_of_a_chunk_is_its_own_course(self) -> None:
        parts = tuple(
            Served(provider="openai", model=model, lane="realtime", counts=Counts(succeeded=n))
            for model, n in (("a", 1), ("b", 2))
        )
        chunk = ChunkResult(chunk=0, results="", counts=Counts(succeeded=3), offsets=b"", served=parts)
        assert {usage_key.model: figures["succeeded"] for usage_key, figures in usage_by_key([chunk]).items()} == {
            "a": 1,
            "b": 2,
        }

    def test_a_job_end_takes_few_writes(self) -> None:
        table = MemoryTable()
        alone = JobUsage(State.COMPLETED, "2026-11-26T12:00:00.000Z", ONE, {ONE: Figures(succeeded=1)})
        UsageStats(table).record(job(), alone)
        assert table.writes == 4


class TestSummary:
    def test_without_anything_nothing_is_known(self) -> None:
        none = summary(Figures())
        assert (none.jobs, none.success_rate, none.p95_seconds, none.requests_per_second) == (0, None, None, None)

    def test_the_last_thirty_days_are_meant_without_a_range(self) -> None:
        found = stats("acme", StatsRange(), UsageStats(MemoryTable()), lambda: NOW)
        assert (found.since, found.until) == (date(2026, 10, 28), date(2026, 11, 26))
        assert set(found.model_dump(mode="json")) == {"since", "until", "by", "total", "groups"}

    @pytest.mark.parametrize(
        ("first", "last"), [("2026-11-27", None), ("2025-01-01", None), ("2026-02-02", "2026-02-01")]
    )
    def test_a_wrong_range_is_refused(self, first: str, last: str | None) -> None:
        with pytest.raises(Invalid):
            stats(
                "acme",
                StatsRange.model_validate({"since": first, "until": last}),
                UsageStats(MemoryTable()),
                lambda: NOW,
            )


class TestBatches:
    def run(self, cloud: FakeCloud, batch: BatchJob) -> BatchJob:
        cloud.machine.settle()
        return cloud.backend.jobs.get(batch.ref)

    def whole(self, cloud: FakeCloud) -> Figures:
        rows = cloud.backend.usage_stats.days("acme", "2026-01-01", "2026-12-31")
        return sum((row.figures for row in rows if row.usage_key), Figures())

    def test_a_batch_that_fails_is_counted_as_that(self) -> None:
        cloud = FakeCloud()
        self.run(cloud, cloud.upload('{"nonsense": 1}'))
        figures = self.whole(cloud)
        assert (figures["primary_jobs"], figures["primary_failed"], figures["succeeded"]) == (1, 1, 0)

    def test_one_that_is_cancelled_before_it_begins_too(self) -> None:
        cloud = FakeCloud()
        batch = cloud.create([{"input": "a"}])
        life_cycle.cancel(batch.ref, cloud.backend)
        life_cycle.cancel(
            cloud.draft(Caller(tenant="acme", correlation_id="c", idempotency_key="d")).ref, cloud.backend
        )
        assert (self.whole(cloud)["primary_jobs"], self.whole(cloud)["primary_cancelled"]) == (1, 1)

    def test_a_retry_counts_what_it_sends_again(self) -> None:
        cloud = FakeCloud()
        cloud.provider.missing = {"a"}
        batch = self.run(cloud, cloud.create([{"input": "a"}, {"input": "b"}]))
        assert (self.whole(cloud)["retries"], self.whole(cloud)["failed"]) == (0, 1)
        cloud.provider.missing = set()
        commands.retry(batch.ref, cloud.backend)
        self.run(cloud, batch)
        assert (self.whole(cloud)["retries"], self.whole(cloud)["failed"], self.whole(cloud)["succeeded"]) == (1, 0, 2)

    def test_one_that_is_deleted_while_it_runs_is_not_lost_to_the_sums(self) -> None:
        cloud = FakeCloud()
        batch = cloud.create([{"input": "a"}])
        life_cycle.delete(batch.ref, cloud.backend)
        for _ in range(2):
            remove(RemoveBatch(tenant="acme", job=batch.id), cloud.backend, lambda shard, error: None)
        assert (self.whole(cloud)["primary_jobs"], self.whole(cloud)["primary_cancelled"]) == (1, 1)

    def test_a_batchs_time_is_from_its_submit_to_its_end(self) -> None:
        cloud = FakeCloud()
        self.run(cloud, cloud.create([{"input": "a"}, {"input": "b"}]))
        found = times(self.whole(cloud))
        assert (found.units, found.mean()) == (2, 60.0)

    def test_accounting_for_a_batch_again_changes_nothing(self) -> None:
        cloud = FakeCloud()
        batch = self.run(cloud, cloud.create([{"input": "a"}]))
        before = dict(cloud.table.items)
        account_for(batch, State.COMPLETED, list(cloud.backend.chunks.all(batch.ref)), cloud.backend)
        assert cloud.table.items == before

    def test_live_stops_at_a_number_of_batches(self) -> None:
        cloud = FakeCloud()
        for n in range(MOST_JOBS + 1):
            cloud.create([{"input": "a"}], Caller(tenant="acme", correlation_id="c", idempotency_key=str(n)))
        seen = live("acme", cloud.backend)
        assert (seen.open_jobs, len(seen.jobs), seen.more) == (MOST_JOBS, MOST_JOBS, True)
        assert live("other", cloud.backend).open_jobs == 0


class TestMetrics:
    def test_buckets_are_exact_where_times_double(self) -> None:
        table = MemoryTable()
        seconds = [0.001, 0.016, 0.017, 1.024, 1.025, 3_000_000]
        chunk = ChunkResult(
            chunk=0,
            results="",
            counts=Counts(succeeded=6),
            offsets=b"",
            served=(Served(provider="openai", model="o3", lane="realtime", times=Times.of(seconds)),),
        )
        found = JobUsage(State.COMPLETED, "2026-11-26T12:00:00.000Z", TWO, usage_by_key([chunk]))
        UsageStats(table).record(job(), found)
        text = metrics("acme", UsageStats(table), LiveCounts(1, 2, 3))
        families = {family.name: family for family in text_string_to_metric_families(text)}
        samples = families["fanfold_request_seconds"].samples
        o3 = {s.labels["le"]: s.value for s in samples if s.labels.get("model") == "o3" and s.name.endswith("_bucket")}
        assert (o3["0.016"], o3["0.032"], o3["1.024"], o3["2.048"], o3["+Inf"]) == (2, 3, 4, 5, 6)
        assert [
            families[f"fanfold_{name}"].samples[0].value
            for name in ("open_jobs", "requests_in_flight", "requests_waiting")
        ] == [1, 2, 3]

    def test_labels_are_escaped(self) -> None:
        table = MemoryTable()
        strange = UsageKey("openai", 'ft:"o3"\\x', "batch")
        UsageStats(table).record(job(), JobUsage(State.FAILED, "2026-11-26T12:00:00.000Z", strange, {}))
        families = list(text_string_to_metric_families(metrics("acme", UsageStats(table), LiveCounts(0, 0, 0))))
        assert {s.labels["model"] for family in families for s in family.samples if "model" in s.labels} == {
            strange.model
        }
