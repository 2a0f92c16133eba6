"""Each setting has one meaning, and does what it says."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.forecasting import PRESETS, FitProgress, ForecastSettings, Series, SeriesForecast, check, forecast, request
from fanfold.forecasting import hooks as hooks_package
from fanfold.forecasting.frequency import SPELLINGS, spelled
from fanfold.forecasting.parallel import in_order
from fanfold.forecasting.portfolio import chunks
from fanfold.forecasting.settings import MODELS
from fanfold.forecasting.task import Task


def sales(seed: int, length: int = 72, season: int = 12) -> np.ndarray:
    draw = np.random.default_rng(seed)
    steps = np.arange(length)
    return 100 + 0.5 * steps + 20 * np.sin(2 * np.pi * steps / season) + draw.normal(0, 3, length)


def one(values: object, horizon: int = 6, frequency: str | None = "M", **settings: Any) -> SeriesForecast:
    [found] = forecast([values], horizon, frequency, settings=settings)
    return found


def same(first: SeriesForecast, second: SeriesForecast) -> bool:
    return first.mean.tobytes() == second.mean.tobytes()


@pytest.mark.parametrize(("split", "kept"), [(None, 6), (0.1, 7), (0.25, 18), (0.5, 36)])
def test_validation_split_is_the_share_held_back(split: float | None, kept: int) -> None:
    found = one(sales(1), validation_split=split)
    assert found.backtest is not None
    assert found.backtest.held_back == kept


def test_models_to_try_counts_the_cheapest_candidates() -> None:
    names = [set(one(sales(1), models_to_try=count).weights) for count in (1, 3, 5)]
    assert [len(each) for each in names] == [1, 3, 5]
    assert names[0] < names[1] < names[2]


def test_model_selected_is_a_name_or_combination_with_its_weights() -> None:
    both = one(sales(1), models=("theta", "ets"))
    assert both.model_selected == "Combination" or max(both.weights.values()) > 0.85
    assert sum(both.weights.values()) == pytest.approx(1)
    alone = one(sales(1), models=("theta",))
    assert (alone.model_selected, list(alone.weights)) == ("Theta", ["Theta (12)"])


def test_a_decisive_backtest_lets_a_model_stand_alone() -> None:
    growing = [np.exp(np.arange(72) / 20) * 100 + seed for seed in range(40)]
    found = forecast(growing, 6, "M", settings={"models": ("theta", "seasonal_naive")})
    assert {each.model_selected for each in found} == {"Theta"}
    assert all(each.weights["Theta (12)"] > 0.85 for each in found)


def test_work_limit_leaves_out_what_is_dear_and_gives_the_same_bytes_again() -> None:
    little, much = one(sales(1), work_limit=3_000), one(sales(1), work_limit=10**9)
    assert len(little.weights) < len(much.weights)
    assert (little.reason, much.reason) == ("work_limit", None)
    assert same(little, one(sales(1), work_limit=3_000))
    assert same(much, one(sales(1)))


def test_a_model_that_takes_too_long_is_left_out_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr("fanfold.forecasting.task.time.monotonic", lambda: next(clock) / 10)

    def slow(self: object, task: Task) -> np.ndarray:
        return np.stack([np.full(task.horizon, 0.0 * next(clock)) for _ in range(200) for _ in task.columns()][:1], 1)

    ets = plugins.load(MODELS, "ets")
    monkeypatch.setattr(type(ets), "fit", slow)
    found = one(sales(1), time_limit=5.0, models=("theta", "ets", "drift"))
    assert (found.reason, set(found.weights)) == ("time_limit", {"Theta (12)", "Drift (12)"})


def test_alone_a_model_without_time_gives_way_to_the_last_season() -> None:
    found = forecast([sales(1), sales(2)], 6, "M", settings={"time_limit": 0.0, "models": ("mstl",)})
    for each in found:
        assert (each.status, each.reason, each.model_selected) == ("fallback", "time_limit", "Seasonal naive")


def test_time_limit_is_the_last_resort_and_says_so() -> None:
    late = one(sales(1), time_limit=0.0)
    assert late.reason == "time_limit"
    assert len(late.weights) == 1
    assert np.isfinite(late.mean).all()
    assert one(sales(1), time_limit=600.0).reason is None


def test_seasonal_preference_says_which_seasons_models_may_have() -> None:
    def seasons(preference: str) -> set[bool]:
        found = one(sales(1, 200, 52), frequency="W", seasonal_preference=preference, models=("theta", "ets_additive"))
        return {"(52)" in name for name in found.weights}

    assert seasons("never") == {False}
    assert seasons("always") == {True}
    assert seasons("auto") == {False, True}


def test_intermittent_detection_sends_sparse_demand_to_its_models() -> None:
    draw = np.random.default_rng(1)
    sparse = draw.poisson(3, 48) * (draw.random(48) < 0.3) * 1.0
    assert one(sparse).pattern in ("intermittent", "lumpy")
    assert one(sparse, intermittent_detection=False).pattern not in ("intermittent", "lumpy")


def test_clean_outliers_replaces_what_is_flagged_in_any_case() -> None:
    values = sales(6)
    values[40] = 1000
    kept, cleaned = one(values, clean_outliers=False), one(values)
    assert "outliers" in kept.flags
    assert "outliers_cleaned" not in kept.flags
    assert {"outliers", "outliers_cleaned"} <= set(cleaned.flags)
    assert kept.history[40] == cleaned.history[40] == 1000


def test_life_detection_leaves_out_what_was_before_the_first_sale() -> None:
    values = [0.0] * 30 + [40.0, 45, 50, 48, 52, 55]
    assert 45 < one(values).mean[0] < 62
    assert len(one(values).history) == 6
    assert len(one(values, life_detection=False).history) == 36


def test_borrowing_gives_a_new_item_the_season_of_its_group() -> None:
    days = [f"{2022 + at // 12}-{at % 12 + 1:02d}-01" for at in range(36)]
    values = [100.0 + 40 * np.sin(at * np.pi / 6) for at in range(36)]
    old = [Series(name, values, days, "g") for name in "abc"]
    series = [*old, Series("new", values[-7:], days[-7:], "g")]
    lent, alone = (forecast(series, settings={"borrowing": borrowing})[-1] for borrowing in (True, False))
    assert np.abs(lent.mean - values[:12]).mean() < 0.5 * np.abs(alone.mean - values[:12]).mean()
    assert lent.details["borrowed"] == 3


def test_missing_values_are_on_a_line_or_zero() -> None:
    values = [None if at % 3 == 1 else 9.0 + at % 2 for at in range(40)]
    assert one(values).history.min() >= 9
    assert one(values, missing="zero").history.tolist() == [value or 0.0 for value in values[:39]] + [values[39]]


def test_non_negative_is_told_or_follows_history() -> None:
    falling = np.linspace(60, 1, 60) + np.random.default_rng(1).normal(0, 0.1, 60)
    crossing = falling - 5
    assert one(falling, 24).mean.min() >= 0
    assert one(crossing, 24).mean.min() < 0
    assert one(falling, 24, non_negative=False).mean.min() < 0
    assert one(crossing, 24, non_negative=True).intervals[95].low.min() >= 0


def test_without_stacking_the_combination_is_the_median() -> None:
    models = ("theta", "ets", "sarima")
    alone = [one(sales(1), models=(model,), stacking=False).mean for model in models]
    assert one(sales(1), models=models, stacking=False).mean == pytest.approx(np.median(alone, axis=0))
    assert not same(one(sales(1), models=models), one(sales(1), models=models, stacking=False))


def test_stock_settings_move_the_advice() -> None:
    stock = one(sales(1), lead_time=2.0).stock
    assert one(sales(1)).stock is None
    assert stock is not None
    for more in ({"lead_time": 3.0}, {"lead_time_deviation": 1.0}, {"review_period": 2.0}, {"service_level": 0.99}):
        other = one(sales(1), **{"lead_time": 2.0, **more}).stock  # type: ignore[arg-type]
        assert other is not None
        assert other.reorder_point > stock.reorder_point


def test_seed_changes_paths_alone() -> None:
    first, second = one(sales(1), lead_time=2.0, seed=1), one(sales(1), lead_time=2.0, seed=2)
    assert same(first, second)
    assert first.stock != second.stock
    assert first.stock == one(sales(1), lead_time=2.0, seed=1).stock


def test_what_is_judged_together_does_not_depend_on_what_is_fitted_at_once() -> None:
    for chunk in (3, 256):
        asked = request(6, "M", settings={"chunk": chunk})
        sizes = [len(chunk.series) for _, chunk in chunks((Series(str(at), sales(at)) for at in range(300)), asked)]
        assert sizes == [256, 44]


def test_chunk_bounds_what_is_fitted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    theta = plugins.load(MODELS, "theta")
    usual = type(theta).fit

    def watched(self: object, task: Task) -> object:
        seen.append(len(task.panel.lengths))
        return usual(self, task)

    monkeypatch.setattr(type(theta), "fit", watched)
    forecast([sales(at) for at in range(8)], 6, "M", settings={"chunk": 3, "models": ("theta",)})
    assert seen == [3, 3, 2, 3, 3, 2]


def test_series_of_a_group_are_fitted_together_by_var() -> None:
    series = [Series(str(at), sales(at), group="ab"[at % 2]) for at in range(6)]
    found = [
        {one.name for one in chunk.series}
        for _, chunk in chunks(series, request(6, "M", settings={"models": ("var",)}))
    ]
    assert found == [{"0", "2", "4"}, {"1", "3", "5"}]
    assert len(list(chunks(series, request(6, "M")))) == 1


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_presets_set_several_at_once_and_options_come_first(preset: str) -> None:
    chosen = ForecastSettings.of(preset)
    assert {name: getattr(chosen, name) for name in PRESETS[preset]} == PRESETS[preset]
    assert ForecastSettings.of(preset, {"service_level": 0.9}).service_level == 0.9
    [found] = forecast([sales(1)], 6, "M", preset=preset)
    assert found.status == "ok"
    assert (found.stock is not None) == ("lead_time" in PRESETS[preset])


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation_split": 0.6},
        {"models_to_try": 0},
        {"models": ("oracle",)},
        {"hooks": ("nothing",)},
        {"work_limit": -1},
        {"time_limit": -1},
        {"seasonal_preference": "maybe"},
        {"missing": "guess"},
        {"chunk": 0},
        {"lead_time": 0},
        {"lead_time_deviation": -1},
        {"review_period": -1},
        {"service_level": 1.0},
        {"speed": 3},
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        ForecastSettings.of(None, wrong)
    assert refused.value.flaws[0].field == next(iter(wrong))


def test_every_setting_is_held_by_a_test_here() -> None:
    text = Path(__file__).read_text()
    assert [field.name for field in fields(ForecastSettings) if text.count(field.name) < 2] == []


HOOK = """
from dataclasses import replace

class Doubles:
    def before(self, series):
        if series.name == "fragile":
            raise RuntimeError("no")
        return replace(series, values=series.values * 2, flags=(*series.flags, "doubled"))

    def after(self, forecast):
        if forecast.name == "late":
            raise RuntimeError("too late")
        return replace(forecast, mean=forecast.mean / 2)

PLUGIN = Doubles()
"""


def test_a_hook_is_one_file_and_one_that_breaks_fails_its_series_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "doubles.py").write_text(HOOK)
    monkeypatch.setattr(hooks_package, "__path__", [*hooks_package.__path__, str(tmp_path)])
    series = {"plain": sales(1), "fragile": sales(2), "late": sales(3)}
    found = {each.name: each for each in forecast(series, 6, "M", settings={"hooks": ("doubles",)})}
    assert "doubled" in found["plain"].flags
    assert found["plain"].history == pytest.approx(2 * series["plain"])
    assert found["plain"].mean.mean() == pytest.approx(sales(1)[-12:].mean(), rel=0.2)
    assert (found["fragile"].status, found["fragile"].reason) == ("failed", "hook doubles: no")
    assert (found["late"].status, found["late"].reason) == ("failed", "hook doubles: too late")


def test_progress_has_everything_a_bar_needs() -> None:
    told: list[FitProgress] = []
    forecast([sales(1), [], sales(2), [None]], 3, "M", progress=told.append)
    assert [each.completed for each in told] == [1, 2, 3, 4]
    assert {each.total for each in told} == {4}
    last = told[-1]
    assert (last.succeeded, last.failed, last.success_rate, last.remaining) == (2, 2, 0.5, 0)
    assert last.elapsed >= told[0].elapsed >= 0
    half = FitProgress(total=10, completed=4, succeeded=4, failed=0, elapsed=8.0)
    assert (half.remaining, half.success_rate) == (12.0, 1.0)
    assert (FitProgress(10, 0, 0, 0, 1.0).remaining, FitProgress(10, 0, 0, 0, 1.0).success_rate) == (None, None)


def test_drift_compares_what_is_known_and_says_when_to_refit() -> None:
    [found] = forecast([sales(9)[:-12]], 12, "M")
    actual = sales(9)[-12:]
    fine, bad = check(found, actual), check(found, actual * 2)  # type: ignore[arg-type]
    assert (fine.refit, bad.refit, bad.outside) == (False, True, 12)
    assert bad.bias > 0.5
    gaps = check(found, [None if at % 2 else float(value) for at, value in enumerate(actual)])  # type: ignore[misc]
    assert gaps.compared == 6
    assert not check(found, []).refit
    assert check(found, actual, level=95).outside <= check(found, actual, level=80).outside  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        check(found, actual, level=50)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *((name, key) for key, names in SPELLINGS.items() for name in names),
        ("W-SUN", "W"),
        ("QE-DEC", "Q"),
        ("YS-JAN", "Y"),
        (" Monthly ", "M"),
        ("business days", "B"),
        ("fortnightly", "2W"),
        ("half-yearly", "6M"),
        ("15T", "15min"),
        ("D/1111110", "D/1111110"),
        ("4-4-5/2024-01-01", "4-4-5/2024-01-01"),
        ("other", None),
        ("", None),
        (None, None),
    ],
)
def test_frequencies_have_many_names(text: str | None, key: str | None) -> None:
    assert spelled(text) == key


@pytest.mark.parametrize("text", ["moon", "7min", "T", "S", "x-M", "D/0000000", "4-4-5/soon"])
def test_other_frequencies_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"there are Y, Q, M, W, D, B, H|write D/1111110"):
        spelled(text)


def test_results_come_in_order_even_if_they_wait_on_disk() -> None:
    given = forecast([sales(at, 30) for at in range(12)], 2, "M")
    placed = list(enumerate(given))
    for held in (1, 3, 100):
        found = list(in_order(reversed(placed), held))
        assert [each.name for each in found] == [each.name for each in given]
        assert all(each.mean == pytest.approx(other.mean) for each, other in zip(found, given, strict=True))
    assert list(in_order([])) == []


def test_settings_can_be_given_whole() -> None:
    whole = replace(ForecastSettings(), models_to_try=2)
    assert same(forecast([sales(1)], 6, "M", settings=whole)[0], one(sales(1), models_to_try=2))
