"""A new item takes the season and the level of its group, says so, and changes nothing else."""

from typing import Any

import numpy as np
import pytest

from fanfold.forecasting import Series, SeriesForecast, forecast

SEASON = 1 + 0.5 * np.sin(2 * np.pi * np.arange(12) / 12)


def item(name: str, months: int, level: float = 100.0, group: str | None = "g", first: int = 0) -> Series:
    """An item sold from that month of 2020 on, around the group's season."""
    draw = np.random.default_rng(sum(map(ord, name)))
    places = first + np.arange(months)
    dates = [f"{2020 + at // 12}-{at % 12 + 1:02d}-01" for at in places.tolist()]
    return Series(name, level * SEASON[places % 12] * draw.normal(1, 0.03, months), dates, group)


def old(count: int = 4, **more: Any) -> list[Series]:
    return [item(f"old{number}", 48, **more) for number in range(count)]


def made(*series: Series, **settings: Any) -> dict[str, SeriesForecast]:
    return {one.name: one for one in forecast(list(series), horizon=12, settings=settings)}


def error(found: SeriesForecast, level: float = 100.0) -> float:
    """Mean absolute error of the year 2024, relative."""
    return float(np.abs(found.mean / (level * SEASON) - 1).mean())


@pytest.mark.parametrize("months", [6, 14])
def test_the_season_of_the_group_is_taken_and_said(months: int) -> None:
    new = item("new", months, first=48 - months, level=30)
    found, alone = made(*old(), new)["new"], made(*old(), new, borrowing=False)["new"]
    assert error(found, 30) < 0.1 < error(alone, 30)
    assert "borrowed" in found.flags
    assert found.details["borrowed"] == 4
    assert "borrowed" not in alone.flags
    assert list(found.history) == pytest.approx(list(new.values))
    low, high = found.intervals[95].low, found.intervals[95].high
    assert ((low < found.mean) & (found.mean < high)).all()


def test_with_one_value_the_level_is_drawn_to_that_of_a_group_that_is_alike() -> None:
    new = Series("new", [200.0], ["2023-12-01"], "g")
    found = made(*old(), new)["new"]
    assert error(found) < 0.25
    apart = [item(f"old{number}", 48, level=10.0**number) for number in range(4)]
    assert error(made(*apart, new)["new"], 200 / SEASON[11]) < 0.15


def test_the_place_and_the_chunk_change_nothing() -> None:
    new = item("new", 8, first=40)
    first, last = made(new, *old())["new"], made(*old(), new, chunk=1)["new"]
    assert list(first.mean) == pytest.approx(list(last.mean), rel=1e-9)
    assert [one.name for one in forecast([new, *old()], horizon=2)] == ["new", "old0", "old1", "old2", "old3"]


def test_the_lenders_stay_as_they_are() -> None:
    alone, beside = made(*old()), made(*old(), item("new", 8, first=40))
    for name, one in alone.items():
        assert list(one.mean) == list(beside[name].mean)
        assert "borrowed" not in beside[name].flags


@pytest.mark.parametrize(
    "series",
    [
        [*old(), item("new", 8, first=40, group=None)],
        [*old(), item("new", 8, first=40, group="other")],
        [*old(2), item("new", 8, first=40)],
        [*old(), Series("new", [100.0] * 8, [f"2023-{month:02d}-01" for month in range(5, 13)], "g")],
        [*old(), Series("new", list(range(8)), None, "g")],
    ],
    ids=["no group", "another group", "two lenders", "constant", "no dates"],
)
def test_where_nothing_can_be_lent_nothing_changes(series: list[Series]) -> None:
    found, alone = made(*series)["new"], made(*series, borrowing=False)["new"]
    assert list(found.mean) == list(alone.mean)
    assert found.flags == alone.flags


def test_a_group_that_does_not_agree_lends_no_season() -> None:
    rolled = [np.roll(np.asarray(one.values), 3 * number) for number, one in enumerate(old())]
    turned = [Series(one.name, values, one.dates, "g") for one, values in zip(old(), rolled, strict=True)]
    new = item("new", 8, first=40)
    found, alone = made(*turned, new)["new"], made(*turned, new, borrowing=False)["new"]
    assert list(found.mean) == list(alone.mean)
    assert "borrowed" not in found.flags
