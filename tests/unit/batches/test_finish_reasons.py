"""Answers that are cut, declined or empty: counted, told, and asked again when that is wanted."""

from collections.abc import Callable
from typing import Any

import pytest

from fanfold.batches.commands import retry
from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.model.batch import Again, BatchJob
from fanfold.batches.plan.estimate import estimate
from fanfold.batches.views.batch import accepted, show, view
from fanfold.errors import Conflict
from fanfold.jobs.job import State
from fanfold.providers import Finish
from tests.fakes.cloud import FakeCloud

ENDS = {
    "cut": (Finish.LENGTH, "half an ans"),
    "cut to nothing": (Finish.LENGTH, None),
    "declined": (Finish.REFUSAL, "no"),
    "blank": (Finish.STOP, " \n"),
    "tool": (Finish.TOOL, None),
    "fine": (Finish.STOP, "quite fine"),
}


def ended(mode: str = "batch") -> tuple[FakeCloud, BatchJob]:
    cloud = FakeCloud()
    cloud.provider.ends = dict(ENDS)
    requests = [{"input": prompt, "custom_id": prompt} for prompt in ENDS]
    return cloud, cloud.run(cloud.create(requests, mode=mode))


@pytest.mark.parametrize("mode", ["batch", "realtime"])
def test_answers_are_counted_by_why_they_ended(mode: str) -> None:
    cloud, job = ended(mode)
    shown = show(job.ref, cloud.backend)
    assert (shown.state, shown.progress.succeeded, shown.empty) == (State.COMPLETED, 6, 2)
    assert shown.finish_reasons == {"stop": 2, "length": 2, "refusal": 1, "tool": 1}
    assert len(shown.notes) == 3
    assert all(said in shown.notes[at] for at, said in enumerate(("2 of 6", "1 of 6", "2 of 6")))
    results = {each["custom_id"]: each for each in cloud.results(job)}
    assert (results["cut to nothing"]["output"], results["cut to nothing"]["finish_reason"]) == (None, "length")


@pytest.mark.parametrize("mode", ["batch", "realtime"])
@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ((Again.TRUNCATED,), {"cut", "cut to nothing"}),
        ((Again.EMPTY,), {"cut to nothing", "blank"}),
        ((Again.FILTERED, Again.EMPTY), {"declined", "cut to nothing", "blank"}),
    ],
)
def test_a_retry_asks_what_is_wanted_and_leaves_the_rest(mode: str, what: tuple[Again, ...], asked: set[str]) -> None:
    cloud, job = ended(mode)
    before = {each["custom_id"]: each for each in cloud.results(job)}
    cloud.provider.ends.clear()
    job = cloud.run(retry(job.ref, cloud.backend, what))
    after = {each["custom_id"]: each for each in cloud.results(job)}
    assert {prompt for prompt in ENDS if after[prompt]["output"] == prompt} == asked
    assert all(after[prompt] == before[prompt] for prompt in ENDS.keys() - asked)
    assert job.counts.succeeded == 6


@pytest.mark.parametrize("mode", ["batch", "realtime"])
@pytest.mark.parametrize(
    ("max_tokens", "limit", "said"), [(900, 900, "may have 900 output tokens"), (None, 10, "`max_tokens` of a retry")]
)
def test_a_retry_of_cut_answers_may_set_another_limit(
    mode: str, max_tokens: int | None, limit: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = FakeCloud()
    cloud.provider.ends = {"long": (Finish.LENGTH, "lo")}
    job = cloud.run(cloud.create([{"input": "long"}, {"input": "short"}], mode=mode, max_tokens=10))
    assert view(job, job.counts, cloud.backend).notes == job.ending_notes
    cloud.provider.ends.clear()
    begun = retry(job.ref, cloud.backend, (Again.TRUNCATED,), max_tokens)
    assert [said in note for note in view(begun, begun.counts, cloud.backend).notes] == [True]
    sent: list[int] = []
    monkeypatch.setattr(cloud.provider, "most_tokens", lambda body: body["max_tokens"])
    for name in ("line", "answer"):
        monkeypatch.setattr(cloud.provider, name, spied(getattr(cloud.provider, name), sent))
    job = cloud.run(begun)
    assert sent == [limit]
    assert [each["output"] for each in cloud.results(job)] == ["long", "short"]
    assert not any("limit" in note or "output tokens" in note for note in view(job, job.counts, cloud.backend).notes)


def spied(call: Callable[..., Any], sent: list[int]) -> Callable[..., Any]:
    """The call, noting the limit of each body that goes through it."""

    def noting(id: str, body: dict[str, Any], *rest: Any) -> Any:
        sent.append(body["max_tokens"])
        return call(id, body, *rest)

    return noting


def test_there_is_nothing_to_ask_again() -> None:
    cloud = FakeCloud()
    job = cloud.run(cloud.create([{"input": "fine"}]))
    for what in ((Again.FAILED,), (Again.TRUNCATED,)):
        with pytest.raises(Conflict, match=r"has failed|is truncated"):
            retry(job.ref, cloud.backend, what)


def test_one_in_a_hundred_is_no_note() -> None:
    cloud = FakeCloud()
    cloud.provider.ends = {"p0": (Finish.LENGTH, "half")}
    job = cloud.run(cloud.create([{"input": f"p{n}"} for n in range(100)]))
    assert (job.counts.finish_length, job.ending_notes) == (1, ())


def test_a_short_limit_for_a_model_that_thinks_is_told_before_the_start() -> None:
    cloud = FakeCloud()
    body = {"requests": [{"input": "a"}, {"input": "b", "max_tokens": 2000}], "model": "echo-think", "max_tokens": 200}
    found = estimate(CreateBatch.model_validate(body), "acme", cloud.backend)
    assert [note[:9] for note in found.notes] == ["1 request"]
    assert "200 output tokens" in found.notes[0]
    job = cloud.create(**body)  # type: ignore[arg-type]
    assert "thinks before it answers" in accepted(job, cloud.backend).notes[0]
    assert cloud.run(job).notes == tuple(found.notes)
