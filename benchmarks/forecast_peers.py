"""Forecasts of the peers, statsforecast's models: run by `benchmarks/forecast.py` inside an environment of their own.

    python forecast_peers.py SERIES.npz OUT.npz CACHE CAP

SERIES.npz holds `values` (all series end to end), `lengths`, `season`, `horizon` and `intermittent`. OUT.npz gets, for
every model M, `M.mean` (n, h), `M.q` (n, h, quantiles of `QUANTILES`), `M.cpu` (n,) in seconds of CPU, `M.peak` in MB
and `M.capped` (n,): whether it had no answer within CAP seconds of CPU. Answers are kept in CACHE by release of
statsforecast, model and series; each is found in a process of its own, so that the cap can end it.
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import hashlib
import multiprocessing
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import statsforecast
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


def answer(build: Callable[[], Any], values: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"mean": mean, "q": np.stack(spread, axis=-1), "cpu": np.array(spent), "peak": np.array(peak)}


def nothing(horizon: int, cap: int) -> dict[str, np.ndarray]:
    """The answer of a model that was stopped."""
    none = np.full((horizon, len(QUANTILES)), np.nan)
    return {"mean": none[:, 0], "q": none, "cpu": np.array(float(cap)), "peak": np.array(0.0)}


def capped(build: Callable[[], Any], values: np.ndarray, horizon: int, cap: int, path: Path) -> dict[str, np.ndarray]:
    """The answer from the cache, or from a child that the kernel ends after `cap` seconds of CPU."""
    kept = _kept(path)
    if kept is None or (not np.isfinite(kept["mean"]).any() and float(kept["cpu"]) < cap):
        path.unlink(missing_ok=True)
        child = multiprocessing.get_context("fork").Process(target=_child, args=(build, values, horizon, cap, path))
        child.start()
        child.join()
        if not path.exists():
            np.savez(path, allow_pickle=False, **nothing(horizon, cap))
        kept = _kept(path) or nothing(horizon, cap)
    return kept if float(kept["cpu"]) < cap else nothing(horizon, cap)


def _kept(path: Path) -> dict[str, np.ndarray] | None:
    if not path.exists():
        return None
    found = np.load(path)
    return {part: found[part] for part in found.files}


def _child(build: Callable[[], Any], values: np.ndarray, horizon: int, cap: int, path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cap, cap + 1))
    written = path.with_suffix(".part.npz")
    np.savez(written, allow_pickle=False, **answer(build, values, horizon))
    written.rename(path)


def main(source: str, target: str, cache: str, cap: str) -> None:
    data = np.load(source)
    horizon, season = int(data["horizon"]), int(data["season"])
    series = np.split(data["values"], np.cumsum(data["lengths"])[:-1])
    field = intermittent(horizon) if data["intermittent"] else smooth(season)
    out: dict[str, np.ndarray] = {}
    for name, build in field.items():
        folder = Path(cache) / statsforecast.__version__ / name
        folder.mkdir(parents=True, exist_ok=True)
        names = [hashlib.sha256(f"{season} {horizon} ".encode() + one.tobytes()).hexdigest()[:24] for one in series]
        if not all((folder / f"{one}.npz").exists() for one in names):
            answer(build, series[0][-60:], horizon)  # the first call loads and compiles
        pairs = zip(series, names, strict=True)
        rows = [capped(build, one, horizon, int(cap), folder / f"{key}.npz") for one, key in pairs]
        for part in ("mean", "q", "cpu"):
            out[f"{name}.{part}"] = np.array([row[part] for row in rows])
        out[f"{name}.peak"] = np.array(max(float(row["peak"]) for row in rows))
        out[f"{name}.capped"] = np.array([float(row["cpu"]) >= int(cap) for row in rows])
        print(f"  {name}: {1000 * out[f'{name}.cpu'].mean():.1f} ms a series", file=sys.stderr, flush=True)
    np.savez_compressed(target, allow_pickle=False, **out)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
