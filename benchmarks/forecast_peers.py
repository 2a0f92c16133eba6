"""Forecasts of the peers, statsforecast's models: run by `benchmarks/forecast.py` inside an environment of their own.

    python forecast_peers.py SERIES.npz OUT.npz

SERIES.npz holds `values` (all series end to end), `lengths`, `season`, `horizon` and `intermittent`. OUT.npz gets, for
every model M, `M.mean` (n, h), `M.q` (n, h, quantiles of `QUANTILES`) and `M.cpu` (n,), in seconds of CPU.
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from statsforecast import models
from statsforecast.utils import ConformalIntervals

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.025, 0.1, 0.975)
LEVELS = (50, 80, 90, 95, 98)
SIDES = {
    **{0.75: "hi-50", 0.9: "hi-80", 0.95: "hi-90", 0.99: "hi-98"},
    **{0.025: "lo-95", 0.1: "lo-80", 0.975: "hi-95"},
}


def smooth(season: int) -> dict[str, Callable[[], Any]]:
    """The four of the ensemble, and plain Theta's automatic choice."""
    return {
        "AutoETS": lambda: models.AutoETS(season_length=season if season <= 24 else 1),
        "AutoCES": lambda: models.AutoCES(season_length=season),
        "AutoTheta": lambda: models.AutoTheta(season_length=season),
        "DOT": lambda: models.DynamicOptimizedTheta(season_length=season),
        "AutoARIMA": lambda: models.AutoARIMA(season_length=season),
    }


def intermittent(horizon: int) -> dict[str, Callable[[], Any]]:
    """The intermittent-demand models, with conformal intervals: they have none of their own."""

    def spread() -> ConformalIntervals:
        return ConformalIntervals(h=horizon, n_windows=2)

    return {
        "CrostonClassic": lambda: models.CrostonClassic(prediction_intervals=spread()),
        "CrostonOptimized": lambda: models.CrostonOptimized(prediction_intervals=spread()),
        "CrostonSBA": lambda: models.CrostonSBA(prediction_intervals=spread()),
        "TSB": lambda: models.TSB(alpha_d=0.1, alpha_p=0.1, prediction_intervals=spread()),
        "ADIDA": lambda: models.ADIDA(prediction_intervals=spread()),
        "IMAPA": lambda: models.IMAPA(prediction_intervals=spread()),
    }


def answer(build: Callable[[], Any], values: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, quantiles and CPU seconds of one model on one series; NaN where the model gives up."""
    start = time.process_time()
    try:
        found = build().forecast(y=values, h=horizon, level=list(LEVELS))
    except Exception as fault:
        print(f"  {fault!r}"[:150], file=sys.stderr)
        found = {}
    spent = time.process_time() - start
    mean = np.asarray(found.get("mean", np.full(horizon, np.nan)), float)
    spread = [mean if q == 0.5 else np.asarray(found.get(SIDES[q], mean), float) for q in QUANTILES]
    return mean, np.stack(spread, axis=-1), spent


def main(source: str, target: str) -> None:
    data = np.load(source)
    horizon = int(data["horizon"])
    series = np.split(data["values"], np.cumsum(data["lengths"])[:-1])
    field = intermittent(horizon) if data["intermittent"] else smooth(int(data["season"]))
    out: dict[str, np.ndarray] = {}
    for name, build in field.items():
        answer(build, series[0], horizon)  # the first call loads and compiles
        rows = [answer(build, values, horizon) for values in series]
        for part, stack in zip(("mean", "q", "cpu"), zip(*rows, strict=True), strict=True):
            out[f"{name}.{part}"] = np.array(stack)
        print(f"  {name}: {1000 * out[f'{name}.cpu'].mean():.1f} ms a series", file=sys.stderr, flush=True)
    np.savez_compressed(target, **out)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
