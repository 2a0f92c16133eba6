"""Series for benchmarks of forecasts: monthly, weekly and sparse ones, the same for the same number."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

MONTHS, WEEKS = 60, 104


def series(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """So many series: three in five monthly with a trend and a season, one weekly, one of spare parts."""
    random = np.random.default_rng(seed)
    for number in range(count):
        if number % 5 == 4:
            sold = (random.random(MONTHS) < 0.3) * random.poisson(3, MONTHS)
            yield {"name": f"part {number:06d}", "values": sold.tolist(), "dates": _months()}
        elif number % 5 == 3:
            level = 50 + 10 * random.standard_normal(WEEKS).cumsum()
            yield {"name": f"shop {number:06d}", "values": np.maximum(level, 0).round(2).tolist(), "dates": _weeks()}
        else:
            season = 1 + 0.3 * np.sin(2 * np.pi * (np.arange(MONTHS) % 12) / 12 + random.random())
            level = (100 + random.normal(0, 1) * np.arange(MONTHS)) * season + random.normal(0, 5, MONTHS)
            yield {"name": f"sales {number:06d}", "values": level.round(2).tolist(), "dates": _months()}


def file(count: int) -> bytes:
    """The same as a CSV, a row an observation."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["series_name", "date", "value"])
    for one in series(count):
        rows.writerows([one["name"], day, value] for day, value in zip(one["dates"], one["values"], strict=True))
    return text.getvalue().encode()


def _months() -> list[str]:
    return [f"{2020 + month // 12}-{month % 12 + 1:02d}-01" for month in range(MONTHS)]


def _weeks() -> list[str]:
    return [str(np.datetime64("2023-01-02") + 7 * week) for week in range(WEEKS)]
