"""Whatever comes in, what goes out is finite, ordered and no explosion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.forecasting import forecast

SIZES = st.sampled_from([1e-12, 1e-3, 1.0, 1e6])
KINDS = (
    "walk",
    "season",
    "steps",
    "spikes",
    "zeros",
    "trend",
    "alternating",
    "late",
    "huge_jump",
    "tiny_noise",
    "growth",
)


def made(kind: str, length: int, size: float, seed: int) -> np.ndarray:
    draw, time = np.random.default_rng(seed), np.arange(length)
    noise = draw.normal(0, 1, length)
    found = {
        "growth": np.exp(np.minimum(0.3 * time, 18.0)),
        "walk": np.cumsum(noise),
        "season": 10 + 5 * np.sin(time * np.pi / 6) + noise,
        "steps": np.where(time < length // 2, 1.0, 100.0) + 0.1 * noise,
        "spikes": np.where(draw.random(length) < 0.05, 1000.0, 1.0),
        "zeros": np.where(draw.random(length) < 0.1, np.abs(noise), 0.0),
        "trend": 3.0 * time - length + 0.01 * noise,
        "alternating": np.where(time % 2, 1.0, -1.0),
        "late": np.where(time < length - 3, 0.0, 50.0),
        "huge_jump": np.where(time == length - 1, 1e6, 1.0) + 0.01 * noise,
        "tiny_noise": 1e9 + 1e-3 * noise,
    }
    return size * found[kind]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 70), SIZES, st.integers(0, 99)), min_size=1, max_size=6),
    st.sampled_from(["Y", "Q", "M", "W", "D", "H"]),
    st.integers(1, 30),
)
def test_forecasts_are_finite_and_stay_near_the_history(
    given_series: list[tuple[str, int, float, int]], frequency: str, horizon: int
) -> None:
    series = [made(*one) for one in given_series]
    for values, found in zip(series, forecast(series, horizon, frequency=frequency), strict=True):
        assert found.status != "failed"
        assert np.isfinite(found.mean).all()
        assert 0 <= found.confidence <= 1
        room = np.ptp(values) + np.abs(values).max() + 1e-9
        assert np.abs(found.mean).max() <= np.abs(values).max() + room * (2 + horizon / len(values))
        for interval in found.intervals.values():
            assert np.isfinite(interval.low).all()
            assert (interval.low <= found.mean + 1e-9 * room).all()
            if found.pattern not in ("intermittent", "lumpy"):  # where most periods are empty, the mean may lie above
                assert (found.mean <= interval.high + 1e-9 * room).all()
        assert (found.intervals[95].high - found.intervals[95].low >= 0).all()


@pytest.mark.parametrize("frequency", ["W", "H"])
def test_long_seasons_survive_steps_spikes_and_growth(frequency: str) -> None:
    series = [made(kind, 420, 1.0, 1) for kind in KINDS]
    for found in forecast(series, 24, frequency=frequency):
        assert np.isfinite(found.mean).all()
        assert np.isfinite(found.intervals[95].high).all()
