"""A portfolio forecast anew: observations, schedules, editions that are kept, shown and rolled back."""

from datetime import timedelta
from typing import Any

import pytest

from fanfold.errors import Conflict, Invalid, KeyReused, NotFound, Superseded
from fanfold.forecasts import editions, observing, scheduled, views
from fanfold.forecasts.editions import MOST_EDITIONS
from fanfold.forecasts.job import ForecastJob, retrain_schedule
from fanfold.forecasts.observations import PostObservations
from fanfold.forecasts.observing import ObservationReceipt
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import delete
from fanfold.jobs.sweep import sweep
from fanfold.ports import Change, Timetable
from fanfold.schedules.timing import Timing
from tests.fakes.forecasts import ACME, FakePortfolios, monthly
from tests.fakes.scheduling import FakeScheduling

DAYS = 24 * 3600


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


@pytest.fixture
def first(cloud: FakePortfolios) -> ForecastJob:
    return cloud.run(cloud.create([monthly("a"), monthly("b"), {"name": "plain", "values": [1, 2, 3, 4, 5, 6]}]))


def observed(
    cloud: FakePortfolios, job: ForecastJob, *news: dict[str, Any], key: str = "o-1", **more: Any
) -> ObservationReceipt:
    caller = ACME.model_copy(update={"idempotency_key": key})
    post = PostObservations.model_validate({"observations": list(news), **more})
    return observing.observe(job.id, post, caller, cloud.backend)


def anew(cloud: FakePortfolios, job: ForecastJob, key: str = "again") -> ForecastJob:
    made = editions.retrain(job.ref, ACME.model_copy(update={"idempotency_key": key}), cloud.backend)
    return cloud.run(made)


def set_schedule(cloud: FakePortfolios, job: ForecastJob, **timing: Any) -> ForecastJob:
    wanted = Timing.model_validate(timing)
    return scheduled.set_schedule(job.ref, wanted, ACME, cloud.backend, FakeScheduling(cloud).backend)


def end_schedule(cloud: FakePortfolios, job: ForecastJob) -> ForecastJob:
    return scheduled.end_schedule(job.ref, cloud.backend, FakeScheduling(cloud).backend)


def next_turn(cloud: FakePortfolios, first: ForecastJob, tries: int = 1) -> ForecastJob:
    """The edition that the portfolio's schedule has made next, through to its end."""
    scheduling = FakeScheduling(cloud)
    outcome = scheduling.run_next(scheduling.backend.store.get(retrain_schedule(first)), tries)
    assert outcome is not None
    assert outcome.job is not None
    return cloud.run(cloud.backend.jobs.get(JobRef(tenant="acme", job=outcome.job)))


def planned_series(cloud: FakePortfolios, job: ForecastJob) -> dict[str, Any]:
    import json

    lines = [line for chunk in range(job.chunks) for line in cloud.blobs.get(job.ref.chunk_key(chunk)).splitlines()]
    return {said["name"]: said for said in map(json.loads, lines)}


class TestObservations:
    def test_the_next_edition_has_them(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        noted = observed(
            cloud,
            first,
            {"series": "a", "date": "2023-01-01", "value": 555},
            {"series": "a", "date": "2022-12-01", "value": -1},
            {"series": "plain", "value": 7},
            {"series": "new", "date": "2024-01-01", "value": 1},
            {"series": "new", "date": "2024-02-01", "value": 2},
            new_series=True,
        )
        assert (noted.observations, noted.kept) == (5, 5)
        found = planned_series(cloud, anew(cloud, first))
        assert found["a"]["dates"][-2:] == ["2022-12-01", "2023-01-01"]
        assert found["a"]["values"][-2:] == [-1, 555]
        assert found["plain"]["values"] == [1, 2, 3, 4, 5, 6, 7]
        assert (found["new"]["dates"], found["new"]["values"]) == (["2024-01-01", "2024-02-01"], [1, 2])
        assert len(found["b"]["values"]) == 36

    def test_series_without_news_are_not_fitted_again(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        observed(cloud, first, {"series": "a", "date": "2023-01-01", "value": 1})
        cloud.fitted.clear()
        anew(cloud, first)
        assert sum(each.fitted for each in cloud.fitted) == 1

    def test_a_value_without_a_date_comes_a_step_behind(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        observed(cloud, first, {"series": "b", "value": 8}, {"series": "b", "value": 9})
        found = planned_series(cloud, anew(cloud, first))["b"]
        assert (found["dates"][-2:], found["values"][-2:]) == (["2023-01-01", "2023-02-01"], [8, 9])

    def test_a_date_is_read_however_it_is_written(self, cloud: FakePortfolios) -> None:
        days = [f"{month}/{day}/2024" for month in (1, 2) for day in (1, 8, 15, 22)]
        first = cloud.run(cloud.create([{"name": "a", "values": list(range(8)), "dates": days}]))
        observed(
            cloud,
            first,
            {"series": "a", "date": "2024-02-22", "value": 70},
            {"series": "a", "date": "29 Feb 2024", "value": 80},
        )
        found = planned_series(cloud, anew(cloud, first))["a"]
        assert found["dates"][-2:] == ["2024-02-22", "2024-02-29"]
        assert found["values"] == [0, 1, 2, 3, 4, 5, 6, 70, 80]

    def test_a_series_that_counts_by_numbers_goes_on_by_them(self, cloud: FakePortfolios) -> None:
        first = cloud.run(
            cloud.create_from(
                cloud.upload(b"series_name,date,value\n" + b"".join(b"a,%d,%d\n" % (5 * n, n) for n in range(1, 9)))
            )
        )
        observed(cloud, first, {"series": "a", "value": 9}, {"series": "a", "date": 40, "value": 80})
        found = planned_series(cloud, anew(cloud, first))["a"]
        assert found["dates"][-2:] == [40, 45]
        assert found["values"][-2:] == [80, 9]

    def test_where_no_step_shows_a_value_needs_its_date(self, cloud: FakePortfolios) -> None:
        first = cloud.run(
            cloud.create([{"name": "a", "values": [1, 2], "dates": ["2024-01-01", "2024-03-07"]}, monthly("b")])
        )
        observed(cloud, first, {"series": "a", "value": 9})
        edition = anew(cloud, first)
        assert (edition.total, edition.rejected) == (1, 1)
        assert "no step" in edition.samples[0]["detail"]

    def test_a_wrong_date_is_refused_with_its_place(self, cloud: FakePortfolios) -> None:
        with pytest.raises(ValueError, match=r"observations\.1\.date[\s\S]*'yesterday' is no date"):
            PostObservations.model_validate(
                {"observations": [{"series": "a", "value": 1}, {"series": "a", "value": 1, "date": "yesterday"}]}
            )

    def test_the_same_post_twice_is_there_once(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        for _ in range(2):
            assert observed(cloud, first, {"series": "plain", "value": 7}).kept == 1
        assert observed(cloud, first, {"series": "plain", "value": 7}, key="o-2").kept == 2
        with pytest.raises(KeyReused):
            observed(cloud, first, {"series": "plain", "value": 8})
        assert planned_series(cloud, anew(cloud, first))["plain"]["values"] == [1, 2, 3, 4, 5, 6, 7, 7]
        assert planned_series(cloud, anew(cloud, first, "more"))["plain"]["values"] == [1, 2, 3, 4, 5, 6, 7, 7]

    def test_those_posted_under_an_edition_are_the_portfolios(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        edition = anew(cloud, first)
        assert observed(cloud, edition, {"series": "plain", "value": 7}).kept == 1
        assert views.show(first.ref, cloud.backend).observations == 1

    def test_there_are_so_many_and_no_more(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        cloud.backend.jobs.move(first, observed=1_000_000)
        with pytest.raises(Conflict, match="submit the portfolio anew"):
            observed(cloud, first, {"series": "plain", "value": 7})
        with pytest.raises(NotFound):
            observing.observe(
                "f",
                PostObservations.model_validate({"observations": [{"series": "a", "value": 1}]}),
                ACME,
                cloud.backend,
            )

    def test_a_name_that_the_forecast_does_not_have_is_refused_and_nothing_taken(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        with pytest.raises(Invalid, match=r"no series 'plian': with new_series"):
            observed(cloud, first, {"series": "a", "value": 1}, {"series": "plian", "value": 7})
        many = [{"series": f"x{number}", "value": 1} for number in range(150)]
        with pytest.raises(Invalid, match="and 130 more"):
            observed(cloud, first, {"series": "a", "value": 1}, *many)
        assert views.show(first.ref, cloud.backend).observations == 0
        observed(cloud, first, {"series": "plian", "value": 7}, new_series=True)
        edition = anew(cloud, first)
        assert observed(cloud, edition, {"series": "plian", "value": 8}, key="o-2").kept == 2

    def test_a_portfolio_that_is_not_planned_knows_no_names_yet(self, cloud: FakePortfolios) -> None:
        with pytest.raises(Conflict, match="not known yet"):
            observed(cloud, cloud.create([monthly("a")]), {"series": "a", "value": 1})

    def test_a_check_keeps_nothing(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        assert observed(cloud, first, {"series": "a", "value": 1}, dry_run=True) == ObservationReceipt(
            post=None, observations=1, kept=0
        )

    def test_a_post_can_be_taken_back(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        wrong = observed(cloud, first, {"series": "plain", "value": 700}, {"series": "plain", "value": 800})
        cloud.wait(1)
        right = observed(cloud, first, {"series": "plain", "value": 7}, key="o-2")
        listed = observing.list_posts(first.ref, 10, cloud.backend)
        assert [(post.id, post.observations) for post in listed.posts] == [(right.post, 1), (wrong.post, 2)]
        assert (listed.total, listed.kept) == (2, 3)
        assert observing.delete_post(first.ref, wrong.post or "", cloud.backend).kept == 1
        with pytest.raises(NotFound, match="no post"):
            observing.delete_post(first.ref, wrong.post or "", cloud.backend)
        assert planned_series(cloud, anew(cloud, first))["plain"]["values"][-2:] == [6, 7]
        assert not [key for key in cloud.blobs.objects if f"{wrong.post}-" in key]

    def test_a_post_from_before_they_were_counted_is_counted_by_its_lines(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        noted = observed(cloud, first, {"series": "a", "value": 1}, {"series": "a", "value": 2})
        cloud.table.change(Change(key=first.ref.key(f"O#{noted.post}"), set={"count": None}))
        assert observing.delete_post(first.ref, noted.post or "", cloud.backend).kept == 0

    def test_another_day_of_a_period_that_is_there_corrects_it(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        observed(
            cloud,
            first,
            {"series": "a", "date": "2022-12-31", "value": -1},
            {"series": "a", "date": "2023-01-31", "value": 555},
        )
        found = planned_series(cloud, anew(cloud, first))["a"]
        assert list(zip(found["dates"], found["values"], strict=True))[-2:] == [("2022-12-01", -1), ("2023-01-31", 555)]


class TestEditions:
    def test_the_new_one_is_shown_under_the_first_ones_id(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        observed(cloud, first, {"series": "plain", "value": 70})
        edition = anew(cloud, first)
        seen = views.show(first.ref, cloud.backend)
        assert (seen.current, seen.editions) == (edition.id, (edition.id,))
        shown = views.show_series(first.ref, "plain", views.Tongue(), cloud.backend)
        assert shown.result["history"][-1] == 70
        assert views.export_link(first.ref, "csv", cloud.backend) == views.export_link(
            edition.ref, "csv", cloud.backend
        )

    def test_back_to_an_earlier_one_and_forth(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        edition = anew(cloud, first)
        assert editions.show_edition(first.ref, first.id, cloud.backend).current is None
        assert editions.shown(first.ref, cloud.backend).id == first.id
        assert editions.show_edition(edition.ref, edition.id, cloud.backend).current == edition.id
        with pytest.raises(NotFound, match="no edition"):
            editions.show_edition(first.ref, "f-other", cloud.backend)

    def test_a_new_item_takes_the_season_of_its_group_anew_each_time(self, cloud: FakePortfolios) -> None:
        new = monthly("new", months=6, group="g")
        old = [monthly(name, level=500, group="g") for name in ("a", "b", "c")]
        first = cloud.run(cloud.create([new, *old]))
        assert "borrowed" in cloud.record(first, "new")["flags"]
        assert planned_series(cloud, first)["new"]["lent"]["count"] == 3
        assert "borrowed" in {note.code for note in views.show(first.ref, cloud.backend).notes}
        more = [{"series": "d", "date": day, "value": 500} for day in monthly("d")["dates"]]
        observed(cloud, first, *more, new_series=True)
        assert "borrowed" in cloud.record(anew(cloud, first), "new")["flags"]
        other = ACME.model_copy(update={"idempotency_key": "alone"})
        alone = cloud.run(cloud.create([new, *old], other, borrowing=False))
        assert "lent" not in planned_series(cloud, alone)["new"]

    def test_one_without_results_is_not_shown(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        made = editions.retrain(first.ref, ACME, cloud.backend)
        with pytest.raises(Conflict, match="no results"):
            editions.show_edition(first.ref, made.id, cloud.backend)

    def test_under_one_key_there_is_one(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        assert editions.retrain(first.ref, ACME, cloud.backend) == editions.retrain(first.ref, ACME, cloud.backend)
        assert len(views.show(first.ref, cloud.backend).editions) == 1

    def test_one_that_runs_is_waited_for(self, cloud: FakePortfolios) -> None:
        with pytest.raises(Conflict, match="wait for its end"):
            editions.retrain(cloud.create([monthly("a")]).ref, ACME, cloud.backend)

    def test_the_file_that_was_handed_in_need_not_be_kept(self, cloud: FakePortfolios) -> None:
        upload = cloud.upload(b"series_name,date,value\na,2024-01-01,1\na,2024-02-01,2\n")
        first = cloud.run(cloud.create_from(upload))
        cloud.blobs.remove_under("uploads/")
        assert anew(cloud, first).state is State.COMPLETED

    def test_the_oldest_are_forgotten_but_for_the_one_shown(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        oldest = anew(cloud, first, "0")
        second = anew(cloud, first, "1")
        for number in range(2, MOST_EDITIONS + 1):
            anew(cloud, first, str(number))
        kept = views.show(first.ref, cloud.backend).editions
        assert len(kept) == MOST_EDITIONS
        assert oldest.id not in kept
        sweep(cloud.backend)
        with pytest.raises(NotFound):
            cloud.backend.jobs.get(oldest.ref)
        editions.show_edition(first.ref, second.id, cloud.backend)
        assert second.id in views.show(first.ref, cloud.backend).editions

    def test_one_that_is_deleted_is_struck_off(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        edition = anew(cloud, first)
        delete(edition.ref, cloud.backend)
        sweep(cloud.backend)
        seen = views.show(first.ref, cloud.backend)
        assert (seen.current, seen.editions) == (None, ())
        assert editions.shown(first.ref, cloud.backend).id == first.id

    def test_the_first_takes_all_with_it(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        observed(cloud, first, {"series": "plain", "value": 7})
        edition = anew(cloud, first)
        running = editions.retrain(first.ref, ACME.model_copy(update={"idempotency_key": "r"}), cloud.backend)
        set_schedule(cloud, first, every=1)
        delete(first.ref, cloud.backend)
        with pytest.raises(Superseded):
            editions.retrain(edition.ref, ACME, cloud.backend)
        sweep(cloud.backend)
        sweep(cloud.backend)
        assert not cloud.schedules.put_under
        assert not [key for key in cloud.blobs.objects if key.startswith("jobs/")]
        assert not [key for key in cloud.table.items if "#J#" in key.pk]
        with pytest.raises(NotFound):
            cloud.run(running)

    def test_an_edition_whose_portfolio_is_gone_meanwhile_fails(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        made = editions.retrain(first.ref, ACME, cloud.backend)
        cloud.backend.jobs.remove(first.ref)
        with pytest.raises(Exception, match="is gone"):
            cloud.run(made)


class TestSchedule:
    def test_it_is_a_schedule_like_any_other(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        assert set_schedule(cloud, first, every=2, unit="weeks").schedule == Timing(every=2, unit="weeks")
        (kept,) = FakeScheduling(cloud).backend.store.all("acme")
        assert (kept.kind, kept.work, kept.expression) == ("retrain", {"forecast": first.id}, "rate(14 days)")
        timetable, _ = cloud.schedules.put_under[kept.id]
        assert timetable.starts_at == cloud.now + timedelta(days=14)

    def test_a_turn_makes_one_edition_however_often_it_starts(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        set_schedule(cloud, first, every=7)
        edition = next_turn(cloud, first, tries=3)
        assert (edition.state, edition.edition_of) == (State.COMPLETED, first.id)
        assert views.show(first.ref, cloud.backend).editions == (edition.id,)

    def test_an_execution_of_a_schedule_of_before_makes_one_still(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        given = {"tenant": "acme", "retrain": first.id, "at": "2026-12-03T00:00:00Z"}
        edition = cloud.execute("arn:turn", given)
        assert (edition.state, edition.edition_of) == (State.COMPLETED, first.id)
        with pytest.raises(Superseded):
            cloud.execute("arn:twin", given)

    def test_set_anew_it_is_the_same_one(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        set_schedule(cloud, first, every=1)
        edition = anew(cloud, first)
        assert set_schedule(cloud, edition, every=1, unit="quarters").schedule == Timing(every=1, unit="quarters")
        assert [each.expression for each in FakeScheduling(cloud).backend.store.all("acme")] == [
            "cron(0 12 26 2,5,8,11 ? *)"
        ]

    def test_it_can_be_ended(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        set_schedule(cloud, first, every=1)
        assert end_schedule(cloud, first).schedule is None
        assert end_schedule(cloud, first).schedule is None
        assert not cloud.schedules.put_under
        assert not list(FakeScheduling(cloud).backend.store.all("acme"))

    def test_one_of_before_schedules_had_items_is_ended_and_replaced(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        for finish in (end_schedule, lambda *given: set_schedule(*given, every=3)):
            before = cloud.backend.jobs.get(first.ref)
            cloud.backend.jobs.move(before, schedule={"every": 7, "unit": "days"})
            cloud.schedules.put(first.id, Timetable("rate(7 days)"), {"tenant": "acme", "retrain": first.id})
            finish(cloud, first)
            assert first.id not in cloud.schedules.put_under
        assert views.show(first.ref, cloud.backend).schedule == Timing(every=3)

    def test_a_portfolio_on_a_schedule_outlives_its_retention(self, cloud: FakePortfolios, first: ForecastJob) -> None:
        set_schedule(cloud, first, every=20)
        turns = []
        for _ in range(4):
            turns.append(next_turn(cloud, first))
            sweep(cloud.backend)
        seen = views.show(first.ref, cloud.backend)
        assert seen.current == turns[-1].id
        assert turns[0].id not in seen.editions
        cloud.wait(100 * DAYS)
        sweep(cloud.backend)
        assert views.show_series(first.ref, "a", views.Tongue(), cloud.backend).status == "ok"

    def test_without_one_everything_goes_after_the_last_edition(
        self, cloud: FakePortfolios, first: ForecastJob
    ) -> None:
        cloud.wait(20 * DAYS)
        anew(cloud, first)
        cloud.wait(20 * DAYS)
        sweep(cloud.backend)
        assert views.show(first.ref, cloud.backend).editions
        for _ in range(4):
            cloud.wait(31 * DAYS)
            sweep(cloud.backend)
        assert not [key for key in cloud.table.items if "#J#" in key.pk]
