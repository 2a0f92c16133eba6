"""The list of a portfolio's series: filtered, in any order, page by page, also while it runs."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from fanfold.errors import Conflict, Invalid
from fanfold.forecasts import listing
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.listing import SeriesFilters, SeriesRow, list_series
from fanfold.forecasts.sorting import ORDERS
from tests.fakes.forecasts import FakePortfolios, monthly

SERIES = [
    *(monthly(f"steady {number}") for number in range(5)),
    *(monthly(f"short {number}", months=4) for number in range(3)),
    *({"name": f"spare {number}", "values": ([0] * (3 + number) + [1 + number]) * 6} for number in range(5)),
    {"name": "bad", "values": [None]},
]


@pytest.fixture(scope="module")
def done() -> tuple[FakePortfolios, ForecastJob]:
    cloud = FakePortfolios()
    return cloud, cloud.run(cloud.create(SERIES))


def every(cloud: FakePortfolios, job: ForecastJob, limit: int = 4, **wanted: Any) -> list[SeriesRow]:
    rows, cursor = [], None
    for _ in range(50):
        page = list_series(job.ref, SeriesFilters(limit=limit, cursor=cursor, **wanted), cloud.backend)
        assert len(page.series) <= limit
        rows += page.series
        if (cursor := page.cursor) is None:
            return rows
    raise AssertionError("no end")


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("limit", [1, 5, 100])
def test_pages_put_together_are_the_list(done: tuple[FakePortfolios, ForecastJob], sort: str, limit: int) -> None:
    rows = every(*done, limit=limit, sort=sort)
    assert sorted(row.name for row in rows) == sorted(one["name"] for one in SERIES)
    column = sort.removeprefix("-")
    found = [getattr(row, {"error": "expected_error"}.get(column, column)) for row in rows]
    known = [value for value in found if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert found[: len(known)] == known


def test_filters_hold_together(done: tuple[FakePortfolios, ForecastJob]) -> None:
    rows = every(*done)
    for wanted in ({"status": "failed"}, {"pattern": "short"}, {"model": rows[0].model}, {"search": "spare"}):
        ((field, value),) = wanted.items()
        expected = [row for row in rows if value in (row.name if field == "search" else [getattr(row, field)])]
        assert every(*done, **wanted) == expected != []  # type: ignore[arg-type]
    middle = sorted(row.confidence for row in rows)[7]
    assert {row.name for row in every(*done, confidence_from=middle)} == {
        r.name for r in rows if r.confidence >= middle
    }
    assert {row.name for row in every(*done, confidence_to=middle)} == {r.name for r in rows if r.confidence <= middle}
    assert every(*done, status="failed", search="steady") == []


def test_what_one_call_reads_is_limited_and_the_page_ends_early(
    done: tuple[FakePortfolios, ForecastJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = every(*done)
    monkeypatch.setattr(listing, "RANGE", 400)
    monkeypatch.setattr(listing, "READS", 1)
    assert every(*done, limit=100) == whole
    page = list_series(done[1].ref, SeriesFilters(limit=100, search="no such series"), done[0].backend)
    assert (page.series, page.cursor is None) == ([], False)


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", urlsafe_b64encode(b"{}").decode(), urlsafe_b64encode(b"[1]").decode()]
)
def test_a_cursor_from_elsewhere_is_refused(done: tuple[FakePortfolios, ForecastJob], cursor: str) -> None:
    with pytest.raises(Invalid, match="no cursor of ours"):
        list_series(done[1].ref, SeriesFilters(cursor=cursor), done[0].backend)


@pytest.mark.parametrize("place", [3, -1, 2.5, "0", None])
def test_a_cursor_that_was_changed_is_refused(done: tuple[FakePortfolios, ForecastJob], place: Any) -> None:
    cloud, job = done
    cursor = list_series(job.ref, SeriesFilters(limit=1), cloud.backend).cursor or ""
    changed = [*json.loads(urlsafe_b64decode(cursor))[:-1], place]
    with pytest.raises(Invalid, match="no cursor of ours"):
        list_series(
            job.ref, SeriesFilters(cursor=urlsafe_b64encode(json.dumps(changed).encode()).decode()), cloud.backend
        )


def test_a_cursor_of_one_order_does_not_serve_another(done: tuple[FakePortfolios, ForecastJob]) -> None:
    cloud, job = done
    cursor = list_series(job.ref, SeriesFilters(limit=1), cloud.backend).cursor
    with pytest.raises(Invalid, match="no cursor of ours"):
        list_series(job.ref, SeriesFilters(cursor=cursor, sort="-name"), cloud.backend)


def test_an_order_that_there_is_not_is_refused(done: tuple[FakePortfolios, ForecastJob]) -> None:
    with pytest.raises(Invalid, match="there are: name"):
        list_series(done[1].ref, SeriesFilters(sort="colour"), done[0].backend)


def test_while_it_runs_what_is_done_can_be_seen() -> None:
    cloud = FakePortfolios()
    job = cloud.create(SERIES)
    with pytest.raises(Conflict, match="not known yet"):
        list_series(job.ref, SeriesFilters(), cloud.backend)
    given = json.loads(cloud.workflow.started[job.execution_name])
    lines = cloud.manifest(cloud.plan(cloud.workflow.arn(job.execution_name), given))
    assert every(cloud, job) == []
    cloud.fit(lines[-1])
    cloud.fit(lines[0])
    seen = every(cloud, job, limit=2)
    assert list_series(job.ref, SeriesFilters(), cloud.backend).preview
    assert (
        len(seen)
        == len({row.name for row in seen})
        == cloud.backend.jobs.counts(job.ref).succeeded + (cloud.backend.jobs.counts(job.ref).failed)
    )
    assert seen[-1].name == "bad"
