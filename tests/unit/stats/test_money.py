"""Money: the ledger of 1,000 random jobs of all kinds, and what it suggests."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold import providers
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.input import repeats
from fanfold.batches.input.lines import ReadRequest, read_requests
from fanfold.batches.input.repeats import Repeats
from fanfold.batches.model.batch import BatchJob, BatchSource, Options
from fanfold.errors import Invalid
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.paying import pay
from fanfold.jobs.chunk_results import ChunkResult, Served
from fanfold.jobs.job import Counts, Job, State
from fanfold.jobs.usage_stats import JobUsage, Recorded, UsageKey, UsageStats
from fanfold.ports import Change, Key
from fanfold.pricing.tariff import Step, Tariff
from fanfold.stats.money import MoneyBy, MoneyRange, MoneyView, SuggestedRange, money
from fanfold.stats.suggestions import Suggestion, suggestions
from fanfold.writing.accounting import account_for as account_for_writing
from fanfold.writing.job import WritingJob
from tests.fakes.scheduling import FakeScheduling
from tests.fakes.writing import Studio

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
BY: tuple[MoneyBy, ...] = ("day", "kind", "provider", "model", "lane", "template", "tag", "key")
ROUTES = [("openai", "o3"), ("openai", "o4"), ("anthropic", "claude"), ("gemini", "flash")]
TAGS = ("red", "blue", "green#1", "été")


class World:
    """All services on one table, and the bills of the jobs that they ended."""

    def __init__(self) -> None:
        self.cloud = FakeScheduling()
        self.writing = Studio()
        self.writing.table = self.cloud.portfolios.table
        self.bills: list[dict[str, Any]] = []
        """What each job paid, by route: the figures that came out of its own chunks, pieces or series."""

    def bill(self, job: Job, day: date, tags: tuple[str, ...], template: str | None, **paid: Any) -> None:
        said = {"day": day.isoformat(), "kind": job.kind, "template": template, "key": job.key_id, "tags": set(tags)}
        self.bills.append(said | paid)


def _job(random: Random, number: int) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "id": f"{number:04d}",
        "created_at": "2026-11-01T00:00:00.000Z",
        "fingerprint": "",
        "correlation_id": "",
        "key_id": random.choice([None, "key-1", "key-2", "drop", "schedule"]),
    }


def _end_batch(world: World, random: Random, number: int, day: date) -> None:
    tags = tuple(random.sample(TAGS, random.randrange(3)))
    template = random.choice([None, "sort@1", "sort@2"])
    options = {"tags": tags, "from_template": template, "provider": "openai", "max_tokens": 1000}
    job = BatchJob.model_validate(_job(random, number) | {"options": options})
    for _ in range(random.choice([1, 1, 2])):  # a retry corrects what was counted
        served = []
        for provider, model in random.sample(ROUTES, random.randint(1, 3)):
            counts = Counts(
                succeeded=random.randint(1, 50),
                failed=random.randrange(3),
                spent_nanos=random.randrange(10**12),
                list_nanos=random.randrange(10**12),
                input_tokens=random.randrange(10**6),
                output_tokens=random.randrange(10**6),
                unpriced=random.randrange(2),
            )
            lane = random.choice(["batch", "realtime"])
            served.append(Served(provider=provider, model=model, lane=lane, counts=counts))
        whole = sum((each.counts for each in served if each.counts), Counts())
        chunk = ChunkResult(chunk=0, results="r", offsets=b"", counts=whole, served=tuple(served))
        account_for(job, State.COMPLETED, [chunk], world.cloud.batches.backend)
    for each in served:
        assert each.counts is not None
        paid = {"provider": each.provider, "model": each.model, "lane": each.lane}
        world.bill(job, day, tags, template, **paid, spent=each.counts.spent_nanos, listed=each.counts.list_nanos)


def _end_writing(world: World, random: Random, number: int, day: date) -> None:
    provider, model = random.choice(ROUTES)
    cost = random.choice([None, random.randrange(10**11)])
    said = {"session": "s", "epoch": 1, "task": "write", "provider": provider, "model": model, "cost": cost}
    finished = {"finished_at": f"{day}T12:00:00.000Z", "state": "completed"}
    job = WritingJob.model_validate(_job(random, number) | said | finished)
    for _ in range(2):
        account_for_writing(job, world.writing.backend)
    paid = {"provider": provider, "model": model, "lane": "realtime"}
    world.bill(job, day, (), None, **paid, spent=cost or 0, listed=cost or 0)


def _plan_forecast(world: World, random: Random, number: int, day: date) -> None:
    tags = tuple(random.sample(TAGS, random.randrange(3)))
    job = ForecastJob.model_validate(_job(random, number) | {"config": {"tags": tags}})
    series = random.randint(1, 100_000)
    for _ in range(2):
        pay(job, series, world.cloud.portfolios.backend)
    paid = {"provider": "fanfold", "model": "forecast", "lane": "fit"}
    world.bill(job, day, tags, None, **paid, spent=series * 500, listed=series * 500)


@pytest.fixture(scope="module")
def world() -> World:
    world, random = World(), Random(19)
    for number in range(1000):
        day = FIRST + timedelta(days=random.randrange(29))
        world.cloud.wait_until(day)
        end = random.choice([_end_batch, _end_batch, _end_writing, _plan_forecast])
        end(world, random, number, day.date())
    return world


def asked(world: World, by: tuple[MoneyBy, ...] = ()) -> MoneyView:
    wanted = MoneyRange(since=FIRST.date(), until=date(2026, 11, 30), by=by)
    return money("acme", wanted, UsageStats(world.cloud.portfolios.table), lambda: FIRST)


def expected(world: World, by: tuple[MoneyBy, ...]) -> dict[tuple[str | None, ...], tuple[int, int]]:
    """The sums of the bills, by what is asked for."""
    sums: Counter[tuple[tuple[str | None, ...], str]] = Counter()
    for bill in world.bills:
        for tag in (bill["tags"] or {None}) if "tag" in by else {None}:
            key = tuple(tag if name == "tag" else bill[name] for name in by)
            sums[key, "spent"] += bill["spent"]
            sums[key, "listed"] += bill["listed"]
    return {key: paid for key, _ in sums if any(paid := (sums[key, "spent"], sums[key, "listed"]))}


class TestLedger:
    def test_the_whole_is_the_sum_of_all_bills(self, world: World) -> None:
        total = asked(world).total
        assert total.jobs == 1000
        assert total.spent_nanos == sum(bill["spent"] for bill in world.bills)
        assert total.list_nanos == sum(bill["listed"] for bill in world.bills)

    @pytest.mark.parametrize("by", [*combinations(BY, 1), *combinations(BY, 2), ("kind", "model", "tag", "key")])
    def test_each_group_is_the_sum_of_its_bills_to_the_nanodollar(self, world: World, by: tuple[MoneyBy, ...]) -> None:
        found = {
            tuple(group.of[name] for name in by): (group.spent_nanos, group.list_nanos)
            for group in asked(world, by).groups
            if group.spent_nanos or group.list_nanos  # a batch's own model, that none of its requests asked
        }
        assert found == expected(world, by)

    def test_days_outside_are_in_no_sum(self, world: World) -> None:
        usage_stats = UsageStats(world.cloud.portfolios.table)
        day = money("acme", MoneyRange(since=FIRST.date(), until=FIRST.date()), usage_stats, lambda: FIRST)
        assert day.total.spent_nanos == sum(b["spent"] for b in world.bills if b["day"] == "2026-11-01")
        assert money("globex", MoneyRange(), usage_stats, lambda: FIRST).total.jobs == 0

    def test_a_range_has_its_limits(self, world: World) -> None:
        usage_stats = UsageStats(world.cloud.portfolios.table)
        for wrong in ({"since": "2020-01-01", "until": "2026-01-01"}, {"since": "2026-01-02", "until": "2026-01-01"}):
            with pytest.raises(Invalid):
                money("acme", MoneyRange.model_validate(wrong), usage_stats, lambda: FIRST)
        with pytest.raises(ValueError, match="by"):
            MoneyRange.model_validate({"by": "day,colour"})

    def test_what_was_recorded_before_there_was_a_ledger_is_counted_whole_when_it_changes(self) -> None:
        cloud = FakeScheduling().batches
        job = BatchJob.model_validate(_job(Random(1), 1) | {"options": {}})
        key = UsageKey("openai", "o3", "batch")
        old = Recorded(day="2026-11-02", tags=(), primary="#".join(key), busy_ms=1, version=1)
        figures = {"#".join(key): {"spent_nanos": 5, "succeeded": 1, "jobs": 1, "primary_jobs": 1}}
        said = old.model_copy(update={"usage_by_key": figures}).model_dump(mode="json", exclude_none=True)
        cloud.table.change(Change(key=Key(job.ref.partition, "USAGE"), set=said))
        ending = JobUsage(State.COMPLETED, "2026-11-05T00:00:00.000Z", key, {key: Counter(spent_nanos=7, succeeded=1)})
        for _ in range(2):
            cloud.backend.usage_stats.record(job, ending)
        (row,) = cloud.backend.usage_stats.ledger("acme", "2026-11-01", "2026-11-30")
        assert (row.day, row.figures["spent_nanos"]) == ("2026-11-02", 7)


def told(figures: dict[str, int], lane: str = "realtime") -> list[Suggestion]:
    """What a day with these figures of one model suggests."""
    cloud = FakeScheduling().batches
    key = UsageKey("openai", "o3", lane)
    job = BatchJob.model_validate(_job(Random(1), 1) | {"options": {}})
    now = "2026-11-20T00:00:00.000Z"
    cloud.backend.usage_stats.record(job, JobUsage(State.COMPLETED, now, key, {key: Counter(figures)}))
    step = Step(0, 2000, 200, 2000, 2000, 8000)
    half = Step(0, 1000, 100, 1000, 1000, 4000)
    tariff = Tariff(batch=(half,), realtime=(step,))
    wanted = SuggestedRange(since=FIRST.date(), until=date(2026, 11, 30))
    found = suggestions("acme", wanted, cloud.backend.usage_stats, lambda *_: tariff, lambda: FIRST)
    return found.suggestions


class TestSuggestions:
    def test_what_can_wait_costs_half(self) -> None:
        figures = {"succeeded": 100, "input_tokens": 1000, "output_tokens": 500, "spent_nanos": 6_000_000_000}
        (found,) = told(figures)
        assert (found.code, found.requests, found.spent_usd, found.saved_usd) == ("use_batch_lane", 100, 6, 3)
        assert not told(figures, "batch")
        assert not told(figures | {"succeeded": 19})

    def test_what_is_asked_again_and_again_is_asked_once(self) -> None:
        (found,) = told({"succeeded": 100, "repeated": 75, "spent_nanos": 4_000_000_000}, "batch")
        assert (found.code, found.requests, found.saved_usd) == ("ask_once", 75, 3)

    def test_a_limit_that_no_answer_comes_near_is_lowered(self) -> None:
        figures = {"succeeded": 50, "output_tokens": 5000, "limited": 50, "limit_tokens": 50 * 4096}
        (found,) = told(figures, "batch")
        assert (found.code, found.saved_usd) == ("lower_the_limit", None)
        assert (found.mean_output_tokens, found.limit_tokens, found.suggested_tokens) == (100, 4096, 400)
        assert not told(figures | {"limit_tokens": 50 * 700}, "batch")

    def test_repeats_are_counted_when_a_batch_is_planned(self) -> None:
        cloud = FakeScheduling().batches
        same: list[Any] = [{"input": "same"}] * 30
        job = cloud.run(cloud.create([*same, {"input": "other"}]))
        assert job.repeated == 29
        (row,) = cloud.backend.usage_stats.ledger("acme", "2026-11-01", "2026-11-30")
        assert (row.figures["repeated"], row.bill.kind) == (29, "batch")


class TestRepeats:
    @given(st.lists(st.binary(max_size=2), max_size=300))
    def test_few_are_counted(self, given: list[bytes]) -> None:
        found = Repeats()
        for body in given:
            found.add(body)
        assert found.count == len(given) - len(set(given))

    def test_many_are_estimated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repeats, "KEPT", 2000)
        found = Repeats()
        for number in range(40_000):
            found.add(b"%d" % (number % 20_000))
        assert abs(found.count - 20_000) < 2_000
        assert len(found._hashes) == 2000

    def test_the_same_is_the_same_with_and_without_a_pattern(self) -> None:
        """The first line of a file is a body, those behind it are texts in its pattern."""
        same = b'{"input": "a"}'
        found = list(read_requests([same] * 3, BatchSource(key=""), Options(), providers.provider("openai", str, 1)))
        assert len({each.written for each in found if isinstance(each, ReadRequest)}) == 1
        assert [isinstance(each, ReadRequest) and each.pattern is not None for each in found] == [False, True, True]
