"""Which lane a batch goes, and that it says why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.batches import commands
from fanfold.batches.model.batch import LaneName, Options
from fanfold.batches.plan.choose_lane import Facts, Promises, choose
from fanfold.batches.views import batch as views
from fanfold.errors import Invalid
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from tests.fakes.cloud import FakeCloud

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROMISES = Promises(batch_seconds=24 * 3600, few=100)
BOTH, BATCH, REALTIME = ("batch", "realtime"), ("batch",), ("realtime",)


def chosen(requests: int, lanes: tuple[str, ...] = BOTH, hours: float | None = None, **money: float) -> tuple[str, str]:
    deadline = None if hours is None else NOON + timedelta(hours=hours)
    facts = Facts(now=NOON, requests=requests, lanes=lanes, **money)
    return choose(Options(mode="auto", deadline=deadline), facts, PROMISES)


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"requests": 1}, "realtime", "1 requests are few enough to be waited for"),
    ({"requests": 100}, "realtime", "few enough"),
    ({"requests": 101}, "batch", "nothing hurries, and a batch takes half the price"),
    ({"requests": 1_000_000}, "batch", "half the price"),
    ({"requests": 1_000_000, "hours": 23.9}, "realtime", "nearer than the 24 h"),
    ({"requests": 1_000_000, "hours": -1}, "realtime", "nearer than the 24 h"),
    ({"requests": 1_000_000, "hours": 24}, "batch", "the deadline leaves time for a batch"),
    ({"requests": 3, "hours": 48}, "batch", "the deadline leaves time"),
    ({"requests": 3, "lanes": BATCH}, "batch", "the only lane that openai has"),
    ({"requests": 3, "lanes": BATCH, "hours": 1}, "batch", "the only lane"),
    ({"requests": 1_000_000, "lanes": REALTIME}, "realtime", "the only lane"),
    (
        {"requests": 3, "batch_usd": 2.0, "realtime_usd": 4.0, "budget_usd": 3.0},
        "batch",
        "$4.00, over its budget of $3.00",
    ),
    ({"requests": 3, "batch_usd": 4.0, "realtime_usd": 8.0, "budget_usd": 3.0}, "batch", "over its budget"),
    ({"requests": 3, "batch_usd": 1.0, "realtime_usd": 2.0, "budget_usd": 2.0}, "realtime", "few enough"),
    ({"requests": 3, "budget_usd": 2.0}, "realtime", "few enough"),
    ({"requests": 3, "hours": 1, "realtime_usd": 8.0, "budget_usd": 3.0}, "realtime", "the deadline is nearer"),
    ({"requests": 500, "batch_usd": 1.5, "realtime_usd": 3.0}, "batch", "half the price: $1.50 instead of $3.00"),
]


@pytest.mark.parametrize(("facts", "lane", "reason"), CASES)
def test_auto(facts: dict[str, Any], lane: str, reason: str) -> None:
    found = chosen(**facts)
    assert found[0] == lane
    assert reason in found[1]


@pytest.mark.parametrize("mode", ["batch", "realtime"])
def test_who_asks_for_a_lane_gets_it(mode: str) -> None:
    facts = Facts(now=NOON, requests=1, lanes=BOTH, realtime_usd=9.0, budget_usd=1.0)
    assert choose(Options(mode=mode), facts, PROMISES) == (mode, "the lane that was asked for")


@pytest.mark.parametrize(("requests", "lane", "chunks"), [(5, LaneName.REALTIME, 3), (6, LaneName.BATCH, 2)])
def test_it_is_chosen_when_the_requests_are_known(requests: int, lane: LaneName, chunks: int) -> None:
    cloud = FakeCloud()
    cloud.configure(few_requests=5, chunk_requests=3, realtime_chunk_requests=2)
    job = cloud.run(cloud.create([{"input": f"prompt {n}"} for n in range(requests)], provider="echo", mode="auto"))
    shown = views.show(job.ref, cloud.backend)
    assert (shown.mode, shown.lane, job.chunks, job.counts.succeeded) == ("auto", lane, chunks, requests)
    assert shown.lane_reason
    assert list(shown.lanes) == [lane]


def test_a_retry_goes_the_same_way() -> None:
    cloud = FakeCloud()
    cloud.provider.refused = {"prompt 1"}
    job = cloud.run(cloud.create([{"input": f"prompt {n}"} for n in range(3)], provider="echo", mode="auto"))
    cloud.provider.refused = set()
    job = cloud.run(commands.retry(job.ref, cloud.backend))
    assert (job.lane, job.counts.succeeded, cloud.provider.asked[-1]) == (LaneName.REALTIME, 3, "prompt 1")


def test_one_that_is_cancelled_before_is_counted_all_the_same() -> None:
    cloud = FakeCloud()
    job = life_cycle.cancel(cloud.create([{"input": "hello"}], provider="echo", mode="auto").ref, cloud.backend)
    assert (job.state, job.lane, job.goes) == (State.CANCELLED, None, LaneName.BATCH)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"fallbacks": [{"model": "echo-2"}]}, "fallbacks"),
    ({"mode": "realtime", "fallbacks": [{"model": "gpt-9"}]}, "fallbacks.0.model"),
    ({"mode": "auto", "fallbacks": [{"model": "echo-2"}, {"provider": "nobody"}]}, "provider"),
    ({"deadline": "2027-01-01T00:00:00Z", "failover": False}, "deadline"),
]


@pytest.mark.parametrize(("options", "field"), REFUSED)
def test_what_can_not_hold_is_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        FakeCloud().create([{"input": "hello"}], provider="echo", **options)
    assert caught.value.flaws[0].field == field


@pytest.mark.parametrize("options", [{"failover": True}, {"deadline": "2027-01-01T00:00:00Z"}])
def test_where_nothing_is_asked_in_real_time_nothing_can_hurry(options: dict[str, Any]) -> None:
    cloud = FakeCloud()
    cloud.provider.capabilities = cloud.provider.capabilities._replace(lanes=("batch",))
    with pytest.raises(Invalid, match="echo can't be asked so"):
        cloud.create([{"input": "hello"}], provider="echo", mode="auto", **options)
