"""Memory and CPU a series of the forecasting engine from a hundred to a hundred thousand series.

Each size runs in a process of its own, on one core. Series are made one by one as the engine asks for them, and results
are counted and dropped, as a worker does that writes them out. Bars: peak memory at most 300 MB, and CPU a series
within 25 % of its value at 1,000 series. First comes the cold start: import and first fit, at most 0.5 s of CPU.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.measure import Bar, Size

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

if TYPE_CHECKING:
    from fanfold.forecasting import Series

TITLE = "The forecasting engine by the number of series"
MEMORY_BAR, CPU_BAR, COLD_BAR = 300, 0.25, 0.5
MONTHS = 72
COLD = "from fanfold.forecasting import forecast; forecast([[float(i % 7) for i in range(48)]], 12, season=12)"


def series(count: int, months: int) -> "Iterator[Series]":
    """Monthly demand with trend, season and noise, of differing lengths; each in turn."""
    import numpy as np

    from fanfold.forecasting import Series

    draw = np.random.default_rng(1)
    for place in range(count):
        length = months - int(draw.integers(0, 12))
        time_ = np.arange(length)
        wave = 1 + draw.uniform(0, 0.4) * np.sin(2 * np.pi * (time_ + draw.integers(12)) / 12)
        values = 100 * (1 + draw.normal(0, 0.005) * time_) * wave * np.exp(draw.normal(0, 0.1, length))
        yield Series(str(place), values)


def run(count: int, months: int) -> dict[str, float]:
    """One size, in this process."""
    from fanfold.forecasting.portfolio import request, stream

    asked = request(12, frequency="M")
    list(stream(series(3, months), asked))  # the cold start is measured by itself
    start = time.process_time()
    found, broken = 0, 0
    for _, result in stream(series(count, months), asked):
        found += result.status == "ok"
        broken += not all(value == value for value in result.mean.tolist())
    cpu = 1000 * (time.process_time() - start) / count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"series": count, "ok": found, "broken": broken, "ms": cpu, "MB": peak}


def cold() -> float:
    """Seconds of CPU of a new process that imports the engine and fits a series."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", COLD], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Each number of series in a process of its own."""
    first = min(cold() for _ in range(size.of(smoke=1, small=3, full=3)))
    yield Bar("import and first fit", f"{first:.2f} s CPU", f"≤ {COLD_BAR} s", first <= COLD_BAR)
    base = 0.0
    for count in size.of(smoke=(20,), small=(100, 1000, 3000), full=(100, 1000, 10_000, 100_000)):
        command = [sys.executable, "-m", "benchmarks.forecast_scale", str(count)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        base = found["ms"] if count == 1000 else base
        near = not base or abs(found["ms"] / base - 1) <= CPU_BAR
        bar = f"within {CPU_BAR:.0%} of 1,000's" if base else ""
        yield Bar(f"{count:,} series: CPU each", f"{found['ms']:.2f} ms", bar, near if base else None)
        yield Bar(f"{count:,} series: peak", f"{found['MB']:.0f} MB", f"≤ {MEMORY_BAR}", found["MB"] <= MEMORY_BAR)
        whole = found["ok"] == count and not found["broken"]
        yield Bar(f"{count:,} series: forecast", f"{found['ok']:,}, {found['broken']} with NaN", "all, 0", whole)


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), MONTHS)))
