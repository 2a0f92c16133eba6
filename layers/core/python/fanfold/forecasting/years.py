"""The season of a year in series of days, working days or hours: slow waves beside the season of a week.

A year of days has too many phases for an index each: a few harmonics of the year describe it, found on the means of
weeks. Each is kept as far as it stands out from the noise at its frequency (James & Stein), so that a series which
wanders has none.
"""

from typing import NamedTuple

import numpy as np

from fanfold.forecasting.decompose import NESTED
from fanfold.forecasting.panel import Floats

LENGTHS = {365: 365.25, 261: 260.9, 8766: 8766.0}
"""Steps of a year, exactly: of days, working days and hours."""
BY_FREQUENCY = {"D": 365, "B": 261, "H": 8766}
WEEKS = 52
"""Parts of a year whose means are looked at."""
HARMONICS = 6
SLOW = 25
"""A season from so many steps on that comes beside a shorter one is described by harmonics."""
LEAST = 0.01
"""Effects on the level below this share are none."""
LOWEST = 0.02


class Seasons(NamedTuple):
    """The seasons that models know, and the long one, in steps; 0 for none."""

    inner: tuple[int, ...]
    year: int = 0


def split(seasons: tuple[int, ...]) -> Seasons:
    """A year, or another long season beside a shorter one, apart from the seasons that have an index for each phase."""
    longest = max(seasons)
    if longest in LENGTHS or (len(seasons) > 1 and longest >= SLOW and longest not in NESTED):
        return Seasons(tuple(one for one in seasons if one < longest) or (1,), longest)
    return Seasons(seasons)


def factors(values: Floats, year: int, horizon: int) -> Floats:
    """(n + h,) the year's factors (mean 1) within a series and ahead; 1 where no year shows."""
    length = LENGTHS.get(year, float(year))
    width = max(round(length / WEEKS), 1)
    count = len(values) // width
    neutral = np.ones(len(values) + horizon)
    if len(values) < 2 * length:
        return neutral
    weeks = values[len(values) - count * width :].reshape(count, width).mean(axis=1)
    if np.median(weeks) <= 0 or weeks.min() < LOWEST * np.median(weeks):
        return neutral
    places = len(values) - count * width + width * (np.arange(count) + 0.5) - 0.5
    effects = _effects(np.log(weeks), np.asarray(places / length), width / length)
    times = np.arange(len(neutral)) / length
    found = _waves(times) @ effects
    return np.asarray(np.exp(found)) if np.abs(effects).max() > LEAST else neutral


def _waves(years: Floats) -> Floats:
    """(…, 2 HARMONICS) cosines and sines at times counted in years."""
    angle = 2 * np.pi * years[:, None] * np.arange(1, HARMONICS + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def _effects(logs: Floats, years: Floats, width: float) -> Floats:
    """(2 HARMONICS,) what each wave adds to the logarithm, shrunk by its noise."""
    centred = years - years.mean()
    design = np.column_stack([np.ones(len(years)), centred, np.square(centred), _waves(years)])
    found = np.linalg.lstsq(design, logs, rcond=None)[0]
    rest = logs - design @ found
    waves = found[3:].reshape(2, HARMONICS)
    power = np.square(waves).sum(axis=0)
    noise = 4 * _density(rest, np.asarray(2 * np.pi * width * np.arange(1, HARMONICS + 1))) / len(logs)
    keep = np.clip(1 - noise / np.maximum(power, 1e-300), 0.0, 1.0)
    return np.asarray((waves * keep).ravel())


def _density(rest: Floats, frequency: Floats) -> Floats:
    """Spectral density of an autoregression of order 1 through the residuals, at these frequencies by step."""
    size = max(float(rest @ rest), 1e-300)
    slope = min(max(float(rest[1:] @ rest[:-1]) / size, 0.0), 0.98)
    new = size / len(rest) * (1 - slope**2)
    return np.asarray(new / (1 - 2 * slope * np.cos(frequency) + slope**2))
