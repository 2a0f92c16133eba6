"""The batched ARIMA against statsmodels' Kalman filter, started from pre-sample values of zero."""

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX  # type: ignore[import-untyped]

from fanfold.forecasting.models import _css as css
from fanfold.forecasting.panel import Panel

HORIZON = 10


def series(seed: int, length: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    noise = draw.normal(0, 1, length + 20)
    out = np.zeros(length + 20)
    for t in range(5, length + 20):
        out[t] = 0.5 * out[t - 1] + 0.3 * out[t - 4] + noise[t] - 0.4 * noise[t - 1]
    return out[20:]


CASES = [
    ((), (0, 0, 1), (0, 0, 1, 4)),
    ((1,), (1, 0, 1), (0, 0, 1, 4)),
    ((1, 2), (2, 0, 1), (0, 0, 1, 4)),
    (("season",), (0, 0, 1), (1, 0, 1, 4)),
    ((1, "constant"), (1, 0, 1), (0, 0, 1, 4)),
]


@pytest.mark.parametrize(("subset", "order", "seasonal"), CASES)
def test_likelihood_and_forecasts_agree(subset: css.Subset, order: tuple[Any, ...], seasonal: tuple[Any, ...]) -> None:
    values = series(3, 80)
    panel, _ = Panel.of([values], 4)
    theta, big = -0.4, -0.3
    cells = css.Cells.of([theta], [big])
    filtered = css.invert(panel, cells, HORIZON)
    (choice,) = css.choose(panel, cells, filtered, [subset])
    found = {term: float(value[0]) for term, value in choice.coefficients.items()}

    trend = "c" if "constant" in subset else "n"
    model = SARIMAX(values, order=order, seasonal_order=seasonal, trend=trend)
    lags = [found[term] for term in subset if isinstance(term, int)]
    seasonal_lags = [found["season"]] if "season" in subset else []
    sigma = float(choice.sse[0]) / len(values)
    constant = [found["constant"]] if trend == "c" else []
    params = np.array([*constant, *lags, theta, *seasonal_lags, big, sigma])
    model.update(params)
    selection, cov = model.ssm["selection"], model.ssm["state_cov"]
    start = model.ssm["state_intercept"][:, 0] if trend == "c" else np.zeros(model.k_states)
    model.ssm.initialize_known(start, selection @ cov @ selection.T)
    result = model.smooth(params, cov_type="none")

    likelihood = -len(values) / 2 * (np.log(2 * np.pi * sigma) + 1)
    assert likelihood == pytest.approx(result.llf, rel=1e-6)
    ours = css.ahead(panel, cells, filtered, choice, HORIZON)[:, 0]
    assert ours == pytest.approx(result.forecast(HORIZON), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("form", [css.ArimaForm(1, 1, ((),)), css.ArimaForm(0, 1, ((),)), css.ArimaForm(2, 0, ((),))])
def test_undoing_differences_takes_forecasts_back_to_the_series(form: css.ArimaForm) -> None:
    values = series(4, 50).cumsum()
    panel, _ = Panel.of([values[:40]], 4)
    differences = css.difference(Panel.of([values], 4)[0], form).values[-10:]
    assert css.undo(panel, form, differences)[:, 0] == pytest.approx(values[40:])
