"""What an owner sets for one batch, and an operator for one provider."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fanfold import plugins
from fanfold.batches import hooks
from fanfold.clock import moment
from fanfold.errors import Invalid
from fanfold.jobs.job import State
from fanfold.providers import Finish
from tests.fakes.cloud import FakeCloud


def prompts(count: int) -> list[dict[str, Any]]:
    return [{"input": f"p{n}", "custom_id": f"id-{n}"} for n in range(count)]


def test_a_request_takes_as_long_as_its_batch_says() -> None:
    cloud = FakeCloud()
    cloud.provider.held = 5
    job = cloud.run(cloud.create(prompts(1), mode="realtime", timeout=2, retry_attempts=2))
    [result] = cloud.results(job)
    assert result["error"]["message"] == "no answer within 2 s"
    assert len(cloud.provider.asked) == 2


def test_a_pace_holds_for_all_of_a_batch() -> None:
    cloud = FakeCloud()
    cloud.configure(realtime_chunk_requests=40)
    times: list[datetime] = []
    answer = cloud.provider.answer

    async def timed(id, body, timeout):  # type: ignore[no-untyped-def]
        times.append(cloud.now)
        return await answer(id, body, timeout)

    cloud.provider.answer = timed  # type: ignore[method-assign]
    job = cloud.run(cloud.create(prompts(120), mode="realtime", requests_per_minute=30))
    assert job.counts.succeeded == 120
    for first in times:
        within = [each for each in times if first <= each < first + timedelta(seconds=60)]
        assert len(within) <= 30 * 1.5


def test_a_batch_is_kept_for_as_long_as_it_says_and_no_longer_than_its_tenants() -> None:
    for own, days in ((3, 3), (3000, FakeCloud().settings.retention_days)):
        cloud = FakeCloud()
        job = cloud.run(cloud.create(prompts(1), retention_days=own))
        assert moment(job.expires_at or "") - moment(job.finished_at or "") == timedelta(days=days)


@pytest.mark.parametrize("mode", ["batch", "realtime"])
class TestHooks:
    def test_results_go_through_them(self, mode: str) -> None:
        cloud = FakeCloud()
        cloud.provider.ends = {"p0": (Finish.STOP, "```json\n{}\n```\n"), "p1": (Finish.STOP, " plain ")}
        job = cloud.run(cloud.create(prompts(2), mode=mode, hooks=["trimmed"]))
        assert [result["output"] for result in cloud.results(job)] == ["{}", "plain"]

    def test_one_that_fails_fails_its_request_alone(self, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
        class Picky:
            def before(self, body: dict[str, Any]) -> dict[str, Any]:
                if body["messages"][-1]["content"] == "p1":
                    raise ValueError("not p1")
                return body | {"seen": True}

            def after(self, result: Any) -> Any:
                if result.output == "p2":
                    raise KeyError("p2")
                return result

        monkeypatch.setattr(hooks, "names", lambda: ("picky",))
        monkeypatch.setattr(plugins, "load", lambda package, name: Picky())
        cloud = FakeCloud()
        job = cloud.run(cloud.create(prompts(4), mode=mode, hooks=["picky"]))
        assert (job.state, job.total, job.rejected) == (State.COMPLETED, 3, 1)
        assert job.samples[0]["detail"] == "hook picky: ValueError: not p1"
        results = {result["custom_id"]: result for result in cloud.results(job)}
        assert results["id-2"]["error"] == {"kind": "hook", "message": "hook picky: KeyError: 'p2'", "code": "picky"}
        assert (results["id-0"]["output"], results["id-3"]["output"]) == ("p0", "p3")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"hooks": ["none"]}, "hooks"),
        ({"timeout": 9999, "mode": "realtime"}, "timeout"),
        ({"timeout": 5}, "timeout"),
        ({"retry_attempts": 5}, "retry_attempts"),
        ({"requests_per_minute": 5}, "requests_per_minute"),
    ],
)
def test_what_can_not_be_is_refused_by_its_field(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        FakeCloud().create(prompts(1), **options)
    assert refused.value.flaws[0].field == field


def test_a_provider_that_is_switched_off_takes_nothing_new_and_ends_what_it_has() -> None:
    cloud = FakeCloud()
    job = cloud.create(prompts(1))
    cloud.configure(disabled_providers=("openai",))
    with pytest.raises(Invalid, match="switched off"):
        cloud.create(prompts(2), name="another")
    assert cloud.run(job).counts.succeeded == 1
