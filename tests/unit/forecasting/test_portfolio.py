"""A portfolio in, a result for each series out, whatever the series are like."""

import tracemalloc
from datetime import date, timedelta

import numpy as np
import pytest

from fanfold.errors import Invalid
from fanfold.forecasting import FitProgress, Series, SeriesForecast, check, forecast, request, stream

MONTHS = 72


def seasonal(seed: int, length: int = MONTHS, noise: float = 3.0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    steps = np.arange(length)
    return 100 + 0.5 * steps + 20 * np.sin(2 * np.pi * steps / 12) + draw.normal(0, noise, length)


def demand(seed: int, length: int = 48, chance: float = 0.3) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.poisson(3, length) * (draw.random(length) < chance) * 1.0


def months(count: int) -> list[date]:
    return [date(2018 + i // 12, i % 12 + 1, 1) for i in range(count)]


ODD = {
    "nothing": [],
    "only missing": [None, float("nan")],
    "words": ["a", "b", "c"],
    "one": [5.0],
    "short": [1.0, 2.0, 4.0],
    "zeros": [0.0] * 40,
    "constant": [7.0] * 40,
    "infinite": [1.0, 2.0, float("inf"), 4.0] * 10,
    "huge": [1e300, 1.0, 2.0] * 12,
    "tiny": [1e-300, 2e-300] * 20,
    "negatives": list(-seasonal(1)),
    "around zero": list(seasonal(2) - 100),
    "one sale": [0.0] * 39 + [4.0],
    "mostly zeros": [0.0] * 30 + [3.0, 0, 0, 0, 2, 0, 0, 0, 9, 0],
    "explosive": list(np.exp(np.arange(40) * 0.8)),
    "a step": [1.0] * 30 + [1000.0] * 30,
    "missing": [None if i % 5 == 0 else float(v) for i, v in enumerate(seasonal(3))],
    "销售 Łódź": list(seasonal(4)),
    "three": 3,
}


@pytest.fixture(scope="module")
def odd() -> dict[str, SeriesForecast]:
    results = forecast(ODD, horizon=6, frequency="M", preset="retail", settings={"non_negative": None})
    return {one.name: one for one in results}


def test_every_series_has_a_result_with_its_name(odd: dict[str, SeriesForecast]) -> None:
    assert list(odd) == list(ODD)


@pytest.mark.parametrize("name", ["nothing", "only missing", "words", "three"])
def test_what_holds_no_number_fails_with_a_reason(odd: dict[str, SeriesForecast], name: str) -> None:
    assert odd[name].status == "failed"
    assert odd[name].reason
    assert len(odd[name].mean) == 0


@pytest.mark.parametrize("name", [name for name in ODD if name not in ("nothing", "only missing", "words", "three")])
def test_all_others_are_forecast_with_finite_ordered_numbers(odd: dict[str, SeriesForecast], name: str) -> None:
    found = odd[name]
    assert found.status in ("ok", "fallback")
    assert np.isfinite(found.mean).all()
    wide, narrow = found.intervals[95], found.intervals[80]
    assert np.isfinite(np.concatenate([wide.low, wide.high])).all()
    assert (wide.low <= narrow.low).all()
    assert (narrow.high <= wide.high).all()
    assert 0 <= found.confidence <= 1
    if name in ("negatives", "around zero"):
        assert found.stock is None
    else:
        assert found.stock is not None
        assert np.isfinite(found.stock.reorder_point)


def test_what_can_not_be_modelled_falls_back(odd: dict[str, SeriesForecast]) -> None:
    assert (odd["one"].status, odd["one"].reason, odd["one"].model_selected) == ("fallback", "short", "Naive")
    assert odd["constant"].mean.tolist() == [7.0] * 6
    assert odd["zeros"].mean.tolist() == [0.0] * 6


def test_nothing_explodes(odd: dict[str, SeriesForecast]) -> None:
    history = np.array(ODD["explosive"])
    assert odd["explosive"].mean.max() < 3 * history.max()


def test_forecasts_stay_at_zero_only_where_history_does(odd: dict[str, SeriesForecast]) -> None:
    assert odd["negatives"].mean.max() < 0
    assert all(odd[name].intervals[95].low.min() >= 0 for name in ("one sale", "mostly zeros", "a step"))


def test_a_season_and_a_trend_are_found_and_go_on() -> None:
    [found] = forecast([seasonal(5, noise=0.5)], horizon=12, frequency="M")
    steps = np.arange(MONTHS, MONTHS + 12)
    truth = 100 + 0.5 * steps + 20 * np.sin(2 * np.pi * steps / 12)
    assert np.abs(found.mean - truth).mean() < 3
    assert found.pattern == "seasonal"
    assert found.components is not None
    assert found.components.trend == pytest.approx(0.5, abs=0.4)
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert found.backtest is not None
    assert found.backtest.held_back == 12
    assert set(found.backtest.by_model) == set(found.weights)


def test_the_same_series_give_the_same_bytes() -> None:
    series = [seasonal(seed) for seed in range(6)] + [demand(seed) for seed in range(4)]
    one, two = (forecast(series, 6, "M", preset="spare_parts") for _ in range(2))
    for first, second in zip(one, two, strict=True):
        assert first.mean.tobytes() == second.mean.tobytes()
        assert first.intervals[95].high.tobytes() == second.intervals[95].high.tobytes()
        assert first.stock == second.stock


def test_dates_are_sorted_filled_and_continued() -> None:
    days, values = months(40), list(range(40))
    given = [(day, value) for day, value in zip(days, values, strict=True) if value not in (7, 8)]
    given = [*given[20:], *given[:20], (days[30], 0)]
    [found] = forecast([Series("a", [v for _, v in given], [d for d, _ in given])], horizon=2)
    assert {"unsorted", "gaps", "duplicates", "missing_values"} <= set(found.flags)
    assert found.history.tolist() == values
    assert found.frequency == "M"
    assert found.dates == ("2021-05-01", "2021-06-01")


@pytest.mark.parametrize(
    ("frequency", "dates", "after"),
    [
        ("M", ["2020-11-30", "2020-12-31", "2021-01-31"], "2021-02-28"),
        ("Q", ["2020-03-31", "2020-06-30", "2020-09-30"], "2020-12-31"),
        ("Y", ["2018-01-01", "2019-01-01", "2020-01-01"], "2021-01-01"),
        ("W", ["2020-01-06", "2020-01-13", "2020-01-20"], "2020-01-27"),
        ("D", ["2020-02-26", "2020-02-27", "2020-02-28"], "2020-02-29"),
        ("H", ["2020-01-01T22:00", "2020-01-01T23:00", "2020-01-02T00:00"], "2020-01-02T01:00:00"),
    ],
)
def test_the_frequency_is_found(frequency: str, dates: list[str], after: str) -> None:
    [found] = forecast([("a", [1.0, 2.0, 3.0], dates)], horizon=1)
    assert (found.frequency, found.dates) == (frequency, (after,))


def test_outliers_are_flagged_and_cleaned_unless_they_are_to_be_kept() -> None:
    values = seasonal(6)
    values[-1] = 5000
    [cleaned] = forecast([values], 3, "M")
    [kept] = forecast([values], 3, "M", settings={"clean_outliers": False})
    assert cleaned.details["outliers"] == cleaned.details["outliers_cleaned"] == [MONTHS - 1]
    assert cleaned.history[-1] == kept.history[-1] == 5000
    assert cleaned.mean.max() < 200 < kept.mean.max()


def test_intermittent_demand_goes_to_its_own_models() -> None:
    [found] = forecast([demand(1)], 6, "M", preset="spare_parts")
    assert found.pattern in ("intermittent", "lumpy")
    assert set(found.weights) == {"SBA", "TSB", "IMAPA"}
    assert found.quantile(0.99).min() > found.quantile(0.5).min()
    [off] = forecast([demand(1)], 6, "M", settings={"intermittent_detection": False})
    assert "Theta (12)" in off.weights


def test_models_and_work_limit_the_combination() -> None:
    [two] = forecast([seasonal(1)], 6, "M", settings={"models_to_try": 2})
    assert list(two.weights) == ["Theta (12)", "ETS (12)"]
    [little] = forecast([seasonal(1)], 6, "M", settings={"work_limit": 3000})
    assert (little.reason, little.model_selected) == ("work_limit", "Theta")
    [none] = forecast([seasonal(1)], 6, "M", settings={"work_limit": 0})
    assert (none.status, none.reason, none.model_selected) == ("fallback", "work_limit", "Seasonal naive")


def test_out_of_time_the_best_so_far_is_given() -> None:
    [found] = forecast([seasonal(1)], 6, "M", settings={"time_limit": 0.0})
    assert (found.reason, found.model_selected) == ("time_limit", "Theta")


def test_the_split_sets_how_much_is_held_back() -> None:
    [found] = forecast([seasonal(1)], 6, "M", settings={"validation_split": 0.25})
    assert found.backtest is not None
    assert found.backtest.held_back == MONTHS // 4


def test_hooks_change_series_and_forecasts() -> None:
    [found] = forecast([seasonal(1)], 6, "M", settings={"hooks": ("whole_units",)})
    assert (found.mean == np.round(found.mean)).all()
    assert (found.intervals[80].high == np.ceil(found.intervals[80].high)).all()


def test_progress_is_told() -> None:
    told: list[FitProgress] = []
    forecast([seasonal(1), [], seasonal(2)], 3, "M", progress=told.append)
    assert (told[-1].total, told[-1].completed, told[-1].succeeded, told[-1].failed) == (3, 3, 2, 1)
    assert told[-1].remaining == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon": 0},
        {"frequency": "moon"},
        {"season": 0},
        {"levels": (100,)},
        {"preset": "opera"},
        {"settings": {"speed": 3}},
        {"settings": {"models_to_try": 0}},
    ],
)
def test_wrong_arguments_are_named(wrong: dict) -> None:
    with pytest.raises(Invalid):
        forecast([seasonal(1)], **{"horizon": 3, **wrong})


@pytest.mark.parametrize(
    ("season", "length"), [((24, 168), 600), (52, 260), ((7, 365), 800)], ids=["hourly", "weekly", "daily"]
)
def test_long_seasons(season: int | tuple[int, ...], length: int) -> None:
    longest = season if isinstance(season, int) else season[0]
    draw = np.random.default_rng(1)
    values = 50 + 10 * np.sin(2 * np.pi * np.arange(length + 20) / longest) + draw.normal(0, 1, length + 20)
    [found] = forecast([values[:length]], 20, season=season)
    assert np.abs(found.mean - values[length:]).mean() < 3


def test_intervals_cover_what_they_say() -> None:
    series = [seasonal(seed, noise=5.0) for seed in range(150)]
    found = forecast([values[:-12] for values in series], 12, "M")
    for level, low, high in ((80, 0.74, 0.86), (95, 0.92, 0.98)):
        inside = [
            (one.intervals[level].low <= values[-12:]) & (values[-12:] <= one.intervals[level].high)
            for one, values in zip(found, series, strict=True)
        ]
        assert low < np.mean(inside) < high


def test_confidence_falls_with_the_true_error() -> None:
    series = [seasonal(seed, noise=1 + seed / 8) for seed in range(120)]
    found = forecast([values[:-12] for values in series], 12, "M")
    errors = np.array([np.abs(one.mean - v[-12:]).mean() / v.mean() for one, v in zip(found, series, strict=True)])
    fifths = np.array_split(np.argsort([-one.confidence for one in found]), 5)
    assert (np.diff([errors[rows].mean() for rows in fifths]) > 0).all()


def test_drift_asks_for_a_refit_only_when_actuals_leave_the_intervals() -> None:
    values = seasonal(9)
    [found] = forecast([values[:-12]], 12, "M")
    assert not check(found, values[-12:]).refit
    drifted = check(found, values[-12:] + 60)
    assert drifted.refit
    assert drifted.bias > 0.3


def test_memory_is_bounded_by_the_chunk() -> None:
    start = date(2000, 1, 1)
    dates = [start + timedelta(days=i) for i in range(60)]

    def peak(count: int) -> int:
        tracemalloc.start()
        values = seasonal(1, 60)
        endless = (Series(str(i), values + i, dates) for i in range(count))
        assert sum(1 for _ in stream(endless, request(7, "D", settings={"chunk": 64}))) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(256)
    assert peak(1024) < 1.5 * peak(256)
