"""The demo's portfolios: series of statsmodels' own data sets, resampled and split, and a shop that we make up.

Nothing is downloaded: the data sets lie in the package (https://www.statsmodels.org/stable/datasets/).
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ITEMS, SPARE_PARTS = 70, 60
MONTHS = 60
WINDOW = {"M": 120, "Q": 68, "Y": 100}
"""Observations of a piece that a long series is split into."""
FIRST = {"M": "1990-01", "Q": "1990-01", "Y": "1900-01"}
STEP = {"M": 1, "Q": 3, "Y": 12}

Floats = npt.NDArray[np.float64]
Series = tuple[str, list[str], list[float]]
"""Name, dates, values."""


def write(file: Path, found: list[Series]) -> int:
    """Series as a CSV, a row an observation; how many there are."""
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["series_name", "date", "value"])
        for name, dates, values in found:
            rows.writerows([name, day, value] for day, value in zip(dates, values, strict=True))
    return len(found)


def shop() -> list[Series]:
    """What is bought and kept in stock: retail items and spare parts."""
    return [*retail_items(ITEMS), *spare_parts(SPARE_PARTS)]


def real() -> Iterator[Series]:
    """Series of statsmodels' data sets; the long ones in pieces."""
    for name, frequency, values in _columns():
        whole = np.asarray(values, dtype=float)
        size = WINDOW[frequency]
        pieces = max(len(whole) // size, 1)
        for number, piece in enumerate(np.array_split(whole, pieces), 1):
            label = f"{name} {number}" if pieces > 1 else name
            yield label, _dates(frequency, len(piece)), piece.round(4).tolist()


def spare_parts(count: int, seed: int = 11) -> Iterator[Series]:
    """Demand that is mostly zero, as a workshop's shelves have it: rare orders of a few pieces, some parts fading."""
    random = np.random.default_rng(seed)
    for number in range(1, count + 1):
        rate = random.uniform(0.08, 0.6) * np.linspace(1, random.uniform(0.4, 1.3), MONTHS)
        demand = (random.random(MONTHS) < rate) * (1 + random.poisson(random.uniform(0.5, 6), MONTHS))
        yield f"part {number:03d}", _dates("M", MONTHS), demand.tolist()


def retail_items(count: int, seed: int = 5) -> Iterator[Series]:
    """Items of a shop, with a trend, a season and promotions; some are new, some ended, some had a wrong entry."""
    random = np.random.default_rng(seed)
    months = np.arange(MONTHS)
    for number in range(1, count + 1):
        wave = 1 + random.uniform(0, 0.4) * np.sin(2 * np.pi * (months + random.integers(12)) / 12)
        trend = np.linspace(1, random.uniform(0.8, 1.4), MONTHS)
        promoted = np.where(random.random(MONTHS) < 0.06, random.uniform(1.4, 1.9), 1.0)
        sold = np.round(random.uniform(30, 900) * wave * trend * promoted * random.lognormal(0, 0.06, MONTHS))
        yield f"item {number:03d}", _dates("M", MONTHS), _with_life(sold, number).tolist()


def _with_life(sold: Floats, number: int) -> Floats:
    """Every tenth item is new, every eleventh ended, every twelfth has a wrong last entry, every thirteenth ran out."""
    if number % 10 == 0:
        sold[: MONTHS - 15] = 0
    elif number % 11 == 0:
        sold[MONTHS - 14 :] = 0
    elif number % 12 == 0:
        sold[-1] *= 40
    elif number % 13 == 0:
        sold[30:32] = 0
    return sold


def _columns() -> Iterator[tuple[str, str, Any]]:
    from statsmodels.datasets import co2, elec_equip, elnino, grunfeld, macrodata, nile, sunspots  # type: ignore[import-untyped]

    quarterly = macrodata.load_pandas().data.drop(columns=["year", "quarter"])
    yield from ((f"macro {name}", "Q", quarterly[name]) for name in quarterly)
    yield "pacific", "M", elnino.load_pandas().data.drop(columns="YEAR").to_numpy().ravel()
    yield "co2", "M", co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    yield "equipment", "M", elec_equip.load_pandas().data.iloc[:, 0]
    yield "nile", "Y", nile.load_pandas().data["volume"]
    yield "sunspots", "Y", sunspots.load_pandas().data["SUNACTIVITY"]
    firms = grunfeld.load_pandas().data
    for firm, rows in firms.groupby("firm"):
        yield from ((f"{firm} {name}", "Y", rows[name]) for name in ("invest", "value", "capital"))


def _dates(frequency: str, count: int) -> list[str]:
    months = np.datetime64(FIRST[frequency]) + STEP[frequency] * np.arange(count)
    return [f"{month}-01" for month in months]
