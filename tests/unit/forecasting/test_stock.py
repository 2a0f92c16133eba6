"""Stock advice rests on simulated demand over the lead time."""

from typing import Any

import numpy as np
import pytest

from fanfold.forecasting import ForecastSettings, forecast
from fanfold.forecasting.counts import CountDemand, negative_binomial
from fanfold.forecasting.stock import advise


def counts(mean: float, variance: float) -> CountDemand:
    return CountDemand(np.full(12, mean), variance, np.arange(10.0))


def test_the_negative_binomial_has_its_mean_and_variance() -> None:
    chances = negative_binomial(3.0, 7.0)
    cells = np.arange(len(chances))
    mean = float(chances @ cells)
    assert mean == pytest.approx(3.0, rel=1e-6)
    assert float(chances @ (cells - mean) ** 2) == pytest.approx(7.0, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "grows"),
    [
        ({"service_level": 0.99}, "safety_stock"),
        ({"lead_time": 6.0}, "demand"),
        ({"lead_time_deviation": 2.0}, "safety_stock"),
        ({"review_period": 2.0}, "demand"),
    ],
)
def test_more_risk_needs_more_stock(change: dict[str, Any], grows: str) -> None:
    base = {"lead_time": 3.0, "service_level": 0.9}
    one, two = (
        advise(np.full(12, 2.0), counts(2.0, 5.0), ForecastSettings.of(None, settings))
        for settings in (base, {**base, **change})
    )
    assert getattr(two, grows) > getattr(one, grows)


def test_the_reorder_point_holds_what_the_service_level_says() -> None:
    settings = ForecastSettings.of(None, {"lead_time": 4.0, "service_level": 0.95})
    advice = advise(np.full(12, 2.0), counts(2.0, 5.0), settings)
    draws = counts(2.0, 5.0).paths(20_000, seed=1)[:, :4].sum(axis=1)
    assert float((draws <= advice.reorder_point).mean()) == pytest.approx(0.95, abs=0.02)
    assert advice.demand == pytest.approx(8.0, rel=0.05)
    assert 0.9 < advice.fill_rate <= 1.0


def test_no_demand_needs_no_stock() -> None:
    [found] = forecast([[0.0] * 30], 6, "M", preset="spare_parts")
    assert found.stock is not None
    assert (found.stock.safety_stock, found.stock.reorder_point) == (0.0, 0.0)


def test_paths_agree_with_the_quantiles() -> None:
    draw = np.random.default_rng(3)
    [found] = forecast([100 + draw.normal(0, 5, 60)], 6, "M")
    paths = found.paths(20_000)
    assert np.quantile(paths, 0.9, axis=0) == pytest.approx(found.quantile(0.9), rel=0.02)
