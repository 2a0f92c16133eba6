"""Schedules of batches and forecasts: made, shown, changed, paused, run, deleted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.templates import CreateTemplate, create_template, new_version
from fanfold.errors import Conflict, Forbidden, Invalid, KeyReused, NotFound
from fanfold.events import ScheduledFileMissing, ScheduledRunRefused
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import delete as delete_job
from fanfold.schedules import commands, views
from fanfold.schedules.commands import MOST_SCHEDULES, ChangeSchedule
from fanfold.schedules.model import RunState, Schedule, ScheduleRef, ScheduleRun
from fanfold.schedules.run import StartSchedule, run
from tests.fakes.cloud import ACME
from tests.fakes.forecasts import CHEAP, monthly
from tests.fakes.scheduling import FakeScheduling

MORNING: dict[str, Any] = {"expression": "cron(0 6 ? * MON-FRI *)", "timezone": "Europe/Berlin"}
TICKETS = {"template": "Sort: {text}", "prefix": "tickets/{date}"}


@pytest.fixture
def cloud() -> FakeScheduling:
    return FakeScheduling()


def batch_of(cloud: FakeScheduling, outcome: ScheduleRun | None) -> BatchJob:
    assert outcome is not None
    assert outcome.job is not None
    return cloud.batches.backend.jobs.get(JobRef(tenant="acme", job=outcome.job))


def change(cloud: FakeScheduling, schedule: Schedule, **body: Any) -> Schedule:
    return commands.change(schedule.ref, ChangeSchedule.model_validate(body), cloud.backend)


class TestBatches:
    def test_files_of_the_day_are_a_batch(self, cloud: FakeScheduling) -> None:
        made = cloud.create(name="tickets", **MORNING, batch=TICKETS)
        cloud.put("tickets/2026-11-27/b.csv", b"text\nred\n")
        cloud.put("tickets/2026-11-27/a.csv", b"text\nblue\ngreen\n")
        cloud.put("tickets/2026-11-27/read.me", b"not this one")
        cloud.put("tickets/2026-11-28.csv", b"text\nnor this\n")
        job = cloud.batches.run(batch_of(cloud, cloud.run_next(made, tries=3)))
        assert (job.state, job.total, job.options.name) == (State.COMPLETED, 3, "tickets")
        assert {each["output"] for each in cloud.batches.results(job)} == {"Sort: red", "Sort: blue", "Sort: green"}
        assert len(cloud.batches.starts.messages) == 1

    def test_its_removal_takes_nobodys_file(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"template": "{text}", "prefix": "always.csv"})
        cloud.put("always.csv", b"text\nred\n")
        for _ in range(2):
            job = cloud.batches.run(batch_of(cloud, cloud.run_next(made)))
            delete_job(job.ref, cloud.batches.backend)
            remove(RemoveBatch(tenant="acme", job=job.id), cloud.batches.backend, lambda shard, error: None)
        assert [key for key in cloud.portfolios.blobs.objects if key.endswith(".csv")] == [
            "inbox/acme/schedules/always.csv"
        ]

    def test_requests_are_kept_with_it(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=6, unit="hours", batch={"requests": [{"input": "one"}, {"input": "two"}]})
        first, second = (batch_of(cloud, cloud.run_next(made)) for _ in range(2))
        assert first.id != second.id
        assert [cloud.batches.run(each).total for each in (first, second)] == [2, 2]

    def test_an_upload_is_its_own_from_then_on(self, cloud: FakeScheduling) -> None:
        cloud.portfolios.blobs.put("uploads/acme/x/in.csv", b"text\nred\n")
        made = cloud.create(every=1, batch={"upload": "x/in.csv", "template": "{text}"})
        cloud.portfolios.blobs.remove_under("uploads/")
        assert cloud.batches.run(batch_of(cloud, cloud.run_next(made))).total == 1

    def test_each_run_takes_the_template_as_it_is_then(self, cloud: FakeScheduling) -> None:
        prompts = ({"options": {"template": f"{number}: {{text}}"}} for number in (1, 2))
        one, two = (CreateTemplate.model_validate({"name": "sort"} | each) for each in prompts)
        create_template(one, "acme", cloud.batches.backend)
        made = cloud.create(every=1, batch={"from_template": "sort", "requests": [{"text": "a"}]})
        first = cloud.batches.run(batch_of(cloud, cloud.run_next(made)))
        new_version("acme", "sort", two, cloud.batches.backend)
        second = cloud.batches.run(batch_of(cloud, cloud.run_next(made)))
        answers = [each["output"] for job in (first, second) for each in cloud.batches.results(job)]
        assert answers == ["1: a", "2: a"]

    @pytest.mark.parametrize(
        ("batch", "field"),
        [
            ({"template": "{text}"}, "requests"),
            ({"requests": [{"input": "a"}], "prefix": "b"}, "requests"),
            ({"prefix": "sales/{today}"}, "prefix"),
            ({"prefix": "../globex/"}, "prefix"),
            ({"prefix": "/sales"}, "prefix"),
            ({"prefix": "a", "provider": "nobody"}, "provider"),
            ({"prefix": "a", "temprature": 1}, "temprature"),
            ({"prefix": "a", "mode": "realtime", "deadline": "2030-01-01T00:00:00Z"}, "deadline"),
            ({"upload": "x/none.csv"}, "upload"),
            ({"requests": [{}]}, None),
        ],
    )
    def test_what_can_not_be_is_refused_before(
        self, cloud: FakeScheduling, batch: dict[str, Any], field: str | None
    ) -> None:
        with pytest.raises((Invalid, NotFound)) as error:
            cloud.create(every=1, batch=batch)
        assert field is None or error.value.flaws[0].field == field
        assert not cloud.portfolios.schedules.put_under
        assert not list(cloud.backend.store.all("acme"))


class TestForecasts:
    def test_a_file_is_a_forecast(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, unit="quarters", forecast={**CHEAP, "prefix": "sales/{year-1}/{month}.json"})
        cloud.put("sales/2026/02.json", json.dumps([monthly("a")]).encode())
        outcome = cloud.run_next(made)
        assert outcome is not None
        assert (outcome.at, outcome.state) == ("2027-02-26T12:00:00.000Z", RunState.STARTED)
        job = cloud.portfolios.backend.jobs.get(JobRef(tenant="acme", job=str(outcome.job)))
        done = cloud.portfolios.run(job)
        assert (done.state, done.total) == (State.COMPLETED, 1)

    def test_series_are_kept_with_it(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, forecast={**CHEAP, "series": [monthly("a"), monthly("b")]})
        outcome = cloud.run_next(made)
        assert outcome is not None
        job = cloud.portfolios.backend.jobs.get(JobRef(tenant="acme", job=str(outcome.job)))
        assert cloud.portfolios.run(job).total == 2
        assert not [key for key in cloud.portfolios.blobs.objects if key.count("/") > 3 and "/f" not in key]

    def test_a_forecast_has_one_schedule(self, cloud: FakeScheduling) -> None:
        first = cloud.portfolios.run(cloud.portfolios.create([monthly("a")]))
        one = cloud.create(retrain=first.id, every=1)
        other = cloud.create(ACME.model_copy(update={"idempotency_key": "k-2"}), retrain=first.id, every=2)
        assert (one.id, other.expression) == (other.id, "rate(2 days)")
        commands.delete(one.ref, cloud.backend)
        assert cloud.portfolios.backend.jobs.get(first.ref).schedule is None

    @pytest.mark.parametrize(
        ("forecast", "field"),
        [
            ({"prefix": "a", "horizon": 0}, "horizon"),
            ({"prefix": "a", "parallel_chunks": 41}, "parallel_chunks"),
            ({"horizon": 3}, "series"),
            ({"series": [{"name": "a"}]}, None),
            ({"upload": "x/none.csv"}, "upload"),
        ],
    )
    def test_what_can_not_be_is_refused_before(
        self, cloud: FakeScheduling, forecast: dict[str, Any], field: str | None
    ) -> None:
        with pytest.raises((Invalid, NotFound)) as error:
            cloud.create(every=1, forecast=forecast)
        assert field is None or error.value.flaws[0].field == field

    def test_a_forecast_that_there_is_not(self, cloud: FakeScheduling) -> None:
        with pytest.raises(NotFound) as error:
            cloud.create(every=1, retrain="f-none")
        assert error.value.flaws[0].field == "retrain"


class TestOutcomes:
    def test_a_file_that_did_not_come_is_told(self, cloud: FakeScheduling) -> None:
        made = cloud.create(name="tickets", **MORNING, batch=TICKETS)
        cloud.put("tickets/2026-11-27.csv", b"")
        outcome = cloud.run_next(made, tries=2)
        assert outcome is not None
        assert (outcome.state, outcome.job) == (RunState.MISSING, None)
        ((name, detail),) = cloud.portfolios.events.published
        event = ScheduledFileMissing.model_validate_json(detail)
        assert (name, event.schedule, event.prefix) == (
            ScheduledFileMissing.NAME,
            made.id,
            "inbox/acme/schedules/tickets/2026-11-27",
        )
        seen = views.show(made.ref, cloud.backend)
        assert seen.last is not None
        assert (seen.last.state, seen.last.job_state) == (RunState.MISSING, None)
        assert seen.next_runs[0] == "2026-11-30T05:00:00.000Z"

    def test_how_its_job_does_is_seen(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}]})
        job = batch_of(cloud, cloud.run_next(made))
        (seen,) = views.listed("acme", cloud.backend).schedules
        assert seen.last is not None
        assert (seen.last.job, seen.last.job_state) == (job.id, "accepted")
        cloud.batches.run(job)
        cloud.run_next(made)
        runs = views.show(made.ref, cloud.backend).runs
        assert [each.job_state for each in runs] == ["accepted", "completed"]

    def test_what_can_not_be_made_any_more_is_told_and_the_next_turn_comes(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}], "provider": "echo"})
        cloud.batches.configure(disabled_providers=("echo",))
        outcome = cloud.run_next(made)
        assert outcome is not None
        assert (outcome.state, outcome.detail) == (RunState.REFUSED, "echo is switched off in this deployment")
        assert [name for name, _ in cloud.portfolios.events.published] == [ScheduledRunRefused.NAME]
        cloud.batches.configure(disabled_providers=())
        assert batch_of(cloud, cloud.run_next(made)).state is State.ACCEPTED

    def test_nothing_is_started_for_a_tenant_that_is_suspended(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}]})
        cloud.backend.tenants.suspend("acme", suspended=True)
        outcome = cloud.run_next(made)
        assert outcome is not None
        assert outcome.detail == "tenant acme is suspended"
        with pytest.raises(Forbidden):
            cloud.backend.tenants.admit("acme")

    def test_twenty_are_kept(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"prefix": "none/"})
        for _ in range(22):
            cloud.run_next(made)
        found = [each.at for each in cloud.backend.store.get(made.ref).outcomes]
        assert len(found) == 20
        assert found == sorted(found, reverse=True)


class TestSteering:
    def test_the_same_question_is_the_same_schedule(self, cloud: FakeScheduling) -> None:
        one, other = (cloud.create(every=1, batch={"requests": [{"input": "one"}]}) for _ in range(2))
        assert one.id == other.id
        with pytest.raises(KeyReused):
            cloud.create(every=2, batch={"requests": [{"input": "one"}]})

    def test_a_pause_starts_nothing_and_the_grid_stays(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=6, unit="hours", batch={"requests": [{"input": "one"}]})
        grid = made.due.next_runs(cloud.now, 5)
        commands.pause(made.ref, cloud.backend)
        assert not cloud.portfolios.schedules.put_under[made.id][0].enabled
        assert cloud.run_next(made) is None
        assert views.show(made.ref, cloud.backend).next_runs == []
        cloud.wait_until(grid[2] + timedelta(minutes=1))
        resumed = commands.resume(made.ref, cloud.backend)
        timetable, _ = cloud.portfolios.schedules.put_under[made.id]
        assert (timetable.enabled, timetable.starts_at) == (True, grid[3])
        assert batch_of(cloud, cloud.run_next(resumed)).state is State.ACCEPTED

    def test_it_is_changed(self, cloud: FakeScheduling) -> None:
        made = cloud.create(**MORNING, batch=TICKETS)
        changed = change(cloud, made, name="evening", expression="cron(0 18 * * ? *)")
        assert (changed.name, changed.timing.timezone) == ("evening", "Europe/Berlin")
        assert changed.due.next_runs(cloud.now, 1) == (datetime(2026, 11, 26, 17, tzinfo=UTC),)
        assert change(cloud, made, every=2, unit="weeks").expression == "rate(14 days)"
        assert change(cloud, made, timezone="Asia/Tokyo").timing.every == 2
        work = change(cloud, made, batch={"requests": [{"input": "one"}]}).work
        assert work["key"].startswith(f"jobs/acme/{made.id}/")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"expression": "cron(0 18 * * *)"}, "expression"),
            ({"every": 500}, "every"),
            ({"timezone": "Mars"}, "timezone"),
            ({"expression": "cron(0 6 31 2 ? *)"}, "expression"),
            ({"every": 30, "ends_at": "2026-11-27T00:00:00Z"}, "ends_at"),
            ({"forecast": {"prefix": "a"}}, "forecast"),
            ({"batch": {"prefix": "{"}}, "prefix"),
        ],
    )
    def test_a_change_that_can_not_be_changes_nothing(
        self, cloud: FakeScheduling, body: dict[str, Any], field: str
    ) -> None:
        made = cloud.create(**MORNING, batch=TICKETS)
        before = dict(cloud.portfolios.schedules.put_under)
        with pytest.raises((Invalid, Conflict)) as error:
            change(cloud, made, **body)
        assert error.value.flaws[0].field == field
        assert cloud.backend.store.get(made.ref) == made
        assert cloud.portfolios.schedules.put_under == before

    def test_what_is_never_due_is_refused(self, cloud: FakeScheduling) -> None:
        with pytest.raises(Invalid, match="never due"):
            cloud.create(expression="cron(15 2 ? 3 1L *)", timezone="Europe/Berlin", batch=TICKETS)

    def test_deleted_it_leaves_nothing(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}]})
        given = cloud.portfolios.schedules.due(made.id, "2026-11-27T12:00:00Z")
        commands.delete(made.ref, cloud.backend)
        assert not cloud.portfolios.schedules.put_under
        assert not cloud.portfolios.blobs.objects
        with pytest.raises(NotFound):
            commands.delete(made.ref, cloud.backend)
        assert run(StartSchedule.model_validate(given), cloud.backend) is None

    def test_another_tenants_is_not_there(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}]})
        with pytest.raises(NotFound):
            views.show(ScheduleRef("globex", made.id), cloud.backend)

    def test_a_start_without_a_schedule_takes_itself_away(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, batch={"requests": [{"input": "one"}]})
        cloud.backend.store.remove(made.ref)
        assert cloud.run_next(made) is None
        assert not cloud.portfolios.schedules.put_under

    def test_one_that_is_over_starts_nothing(self, cloud: FakeScheduling) -> None:
        made = cloud.create(every=1, ends_at="2026-11-28T00:00:00Z", batch={"requests": [{"input": "one"}]})
        cloud.run_next(made)
        cloud.wait_until(datetime(2026, 11, 29, tzinfo=UTC))
        assert views.show(made.ref, cloud.backend).next_runs == []
        commands.resume(made.ref, cloud.backend)
        assert not cloud.portfolios.schedules.put_under

    def test_there_are_so_many_and_no_more(self, cloud: FakeScheduling) -> None:
        for number in range(MOST_SCHEDULES):
            caller = ACME.model_copy(update={"idempotency_key": f"k{number}"})
            cloud.create(caller, every=1, batch={"prefix": "a"})
        with pytest.raises(Conflict, match="delete one"):
            cloud.create(every=1, batch={"prefix": "a"})
        assert commands.forget_all("acme", cloud.backend) == MOST_SCHEDULES
        assert not cloud.portfolios.schedules.put_under

    @pytest.mark.parametrize("body", [{}, {"batch": {}, "retrain": "f"}])
    def test_it_has_one_work(self, cloud: FakeScheduling, body: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="one of batch, forecast and retrain"):
            cloud.create(every=1, **body)
