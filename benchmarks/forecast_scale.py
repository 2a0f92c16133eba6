"""Memory and CPU a series of the forecasting engine from a hundred to a hundred thousand series.

    python benchmarks/forecast_scale.py [--sizes 100,1000,10000,100000] [--months 72]

Each size runs in a process of its own, on one core. Series are made one by one as the engine asks for them, and results
are counted and dropped, as a worker does that writes them out. Bars: peak memory at most 300 MB, and CPU a series
within 25 % of its value at 1,000 series. First comes the cold start: import and first fit, at most 0.5 s of CPU.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

if TYPE_CHECKING:
    from fanfold.forecasting import Series

MEMORY_BAR, CPU_BAR, COLD_BAR = 300, 0.25, 0.5
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000,100000")
    parser.add_argument("--months", type=int, default=72)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run(asked.one, asked.months)))
        return
    print(f"import and first fit: {min(cold() for _ in range(3)):.2f} s CPU (bar {COLD_BAR})\n")
    print(f"{'series':>8}{'ok':>8}{'NaN':>6}{'ms CPU a series':>18}{'against 1,000':>15}{'peak MB':>9}")
    base = None
    for size in map(int, asked.sizes.split(",")):
        command = [sys.executable, __file__, "--one", str(size), "--months", str(asked.months)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        base = found["ms"] if size == 1000 else base
        ratio = f"{found['ms'] / base - 1:+.0%}" if base else ""
        cells = f"{size:>8}{found['ok']:>8}{found['broken']:>6}{found['ms']:>18.2f}{ratio:>15}{found['MB']:>9.0f}"
        print(cells, flush=True)


if __name__ == "__main__":
    main()
