"""Every model is one file with the same few methods, and forecasts what it was made for."""

import subprocess
import sys

import numpy as np
import pytest

from fanfold import plugins
from fanfold.forecasting import forecast
from fanfold.forecasting.combine import combine, weigh
from fanfold.forecasting.decompose import decompose, moving_average
from fanfold.forecasting.models import _demand
from fanfold.forecasting.models.var import groups
from fanfold.forecasting.panel import Panel
from fanfold.forecasting.settings import MODELS
from fanfold.forecasting.task import Task

HORIZON = 8
FACTORS = np.array([1.2, 0.8, 0.9, 1.1])


def panel(season: int = 4, lengths: tuple[int, ...] = (40, 33, 28)) -> Panel:
    draw = np.random.default_rng(5)
    series = [(1 + 0.01 * np.arange(n)) * FACTORS[np.arange(n) % 4] + draw.normal(0, 0.02, n) for n in lengths]
    return Panel.of(series, season)[0]


@pytest.mark.parametrize("key", plugins.names(MODELS))
def test_every_model_answers_a_task(key: str) -> None:
    model = plugins.load(MODELS, key)
    assert model.title
    found = model.fit(Task(panel(1 if 4 not in model.seasons else 4), HORIZON))
    assert found.shape == (HORIZON, 3)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "key", ["theta", "ets", "ets_additive", "drift", "arima", "sarima", "sarima_drift_log", "mstl"]
)
def test_seasonal_models_follow_season_and_trend(key: str) -> None:
    task = Task(panel(), HORIZON)
    found = plugins.load(MODELS, key).fit(task)
    for column, length in enumerate(task.panel.lengths):
        steps = np.arange(length, length + HORIZON)
        assert found[:, column] == pytest.approx((1 + 0.01 * steps) * FACTORS[steps % 4], abs=0.15)


@pytest.mark.parametrize("key", ["theta", "ets", "sarima", "arima_log", "imapa", "sba"])
def test_a_series_is_forecast_alike_alone_and_among_others(key: str) -> None:
    model, many = plugins.load(MODELS, key), panel()
    for column, length in enumerate(many.lengths):
        alone = Panel.of([many.values[:length, column]], 4)[0]
        assert model.fit(Task(alone, 6))[:, 0] == pytest.approx(model.fit(Task(many, 6))[:, column], rel=1e-9)


def test_a_pooled_model_learns_from_all_series() -> None:
    series = [(1 + 0.01 * np.arange(n)) * FACTORS[np.arange(n) % 4] for n in range(40, 60)]
    task = Task(Panel.of(series, 4)[0], HORIZON)
    found = plugins.load(MODELS, "pooled").fit(task)
    for column, length in enumerate(task.panel.lengths):
        steps = np.arange(length, length + HORIZON)
        assert found[:, column] == pytest.approx((1 + 0.01 * steps) * FACTORS[steps % 4], abs=0.05)


@pytest.mark.parametrize("name", ["sarimax", "var"])
def test_models_on_request(name: str) -> None:
    draw = np.random.default_rng(2)
    series = [10 + draw.normal(0, 1, 60).cumsum() * 0.1 for _ in range(3)]
    found = forecast(series, 4, settings={"models": (name,)})
    assert {one.status for one in found} == {"ok"}
    assert {one.model_selected for one in found} == {plugins.load(MODELS, name).title}


def test_series_that_lead_each_other_share_a_group() -> None:
    draw = np.random.default_rng(1)
    leader = draw.normal(0, 1, 100)
    steps = np.stack([leader, draw.normal(0, 1, 100), np.roll(leader, 1)], axis=1)
    assert groups(steps) == [[0, 2], [1]]


def test_indices_of_noise_shrink_to_none() -> None:
    noise = Panel.of([10 + np.random.default_rng(seed).normal(0, 1, 48) for seed in range(30)], 12)[0]
    clear = panel()
    assert np.abs(decompose(noise, multiplicative=True).after - 1).mean() < 0.02
    assert decompose(clear, multiplicative=True).after[:, 0] == pytest.approx(FACTORS, abs=0.03)
    assert np.isnan(moving_average(clear)[:2]).all()


def test_blocks_end_with_the_series() -> None:
    blocks = _demand.aggregate(Panel.of([np.arange(1.0, 8.0), np.arange(4.0)])[0], 3)
    assert blocks.values[:2, 0].tolist() == [9.0, 18.0]
    assert blocks.values[:1, 1].tolist() == [6.0]


def test_croston_by_hand() -> None:
    found = _demand.croston(Panel.of([np.array([0, 4.0, 0, 0, 2.0])])[0], alpha=0.5)
    assert found.size.tolist() == [2.75]  # 3 -> 3.5 -> 2.75
    assert found.interval.tolist() == [2.625]  # 2.5 -> 2.25 -> 2.625


def test_the_hot_path_imports_no_statsmodels() -> None:
    code = (
        "import sys\n"
        "from fanfold.forecasting import forecast\n"
        "forecast([list(range(1, 40))], 3)\n"
        "print([name for name in ('statsmodels', 'scipy', 'pandas') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_season_that_changes_its_shape_is_followed() -> None:
    time = np.arange(20 * 12)
    height = np.linspace(0.05, 0.4, len(time))
    series = [100 * (1 + height * np.sin(2 * np.pi * time / 12)) + np.random.default_rng(3).normal(0, 1, len(time))]
    found = decompose(Panel.of(series, 12)[0], multiplicative=True)
    last = 1 + 0.4 * np.sin(2 * np.pi * np.arange(12) / 12)
    assert found.after[:, 0] == pytest.approx(last, abs=0.05)
    assert np.ptp(found.inside[:12, 0]) < 0.25 < 0.6 < np.ptp(found.inside[-12:, 0])
    adjusted = series[0] / found.inside[:, 0]
    assert adjusted.std() < 3


def test_one_jump_does_not_turn_the_drift() -> None:
    values = np.arange(1.0, 31.0)
    values[20:] += 50
    found = plugins.load(MODELS, "drift").fit(Task(Panel.of([values])[0], 3))
    assert found[:, 0] == pytest.approx(values[-1] + np.arange(1, 4))


def test_a_week_of_hours_is_learnt_from_few_lags() -> None:
    draw = np.random.default_rng(11)
    day, week = draw.normal(0, 1, 24), draw.normal(0, 1, 7)
    time = np.arange(168 * 5)
    wave = 10 + day[time % 24] * (1 + 0.3 * week[time // 24 % 7])
    panel = Panel.of([wave + draw.normal(0, 0.05, len(time)) for _ in range(2)], 168)[0]
    found = plugins.load(MODELS, "direct").fit(Task(panel, 48))
    ahead = np.arange(len(time), len(time) + 48)
    assert found[:, 0] == pytest.approx(10 + day[ahead % 24] * (1 + 0.3 * week[ahead // 24 % 7]), abs=0.3)


def test_members_without_standing_have_no_say_in_the_median() -> None:
    means = np.array([[[1.0]], [[1.2]], [[9.0]], [[9.0]], [[9.0]]])
    weights = weigh(np.array([[0.1] * 40, [0.1] * 40, *[[9.0] * 40] * 3]))[:, :1]
    assert combine(means, weights).mean[0, 0] == pytest.approx(1.1, abs=0.01)
