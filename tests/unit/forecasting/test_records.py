"""Results as JSON and back."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.forecasting import SeriesForecast
from fanfold.forecasting.figures import plain, short, stored
from fanfold.forecasting.records import HISTORY_KEPT, from_record, to_record
from tests.fakes.forecasting import failed, fitted, made


def through_json(result: SeriesForecast) -> SeriesForecast:
    return from_record(json.loads(json.dumps(to_record(result), allow_nan=False)))


@pytest.mark.parametrize("result", [*fitted(), made(), failed()], ids=lambda one: one.name)
def test_a_result_comes_back_from_json(result: SeriesForecast) -> None:
    back = through_json(result)
    assert to_record(back) == to_record(result)
    np.testing.assert_allclose(back.mean, result.mean, rtol=1e-9)
    np.testing.assert_allclose(back.history, result.history, rtol=1e-9)
    assert list(back.intervals) == sorted(result.intervals)
    for level, interval in back.intervals.items():
        np.testing.assert_allclose(interval.high, result.intervals[level].high, rtol=1e-9)
    assert (back.name, back.status, back.reason, back.flags) == (
        result.name,
        result.status,
        result.reason,
        result.flags,
    )
    assert (back.stock is None, back.backtest is None) == (result.stock is None, result.backtest is None)


def test_what_is_known_exactly_comes_back_exactly() -> None:
    back, one = through_json(made()), made()
    assert (back.stock, back.backtest, back.weights, back.expected_error_band) == (
        one.stock,
        one.backtest,
        one.weights,
        one.expected_error_band,
    )
    assert back.components is not None
    assert back.components.level == 100.0


def test_of_a_long_history_the_end_is_kept_and_the_length_known() -> None:
    back = through_json(through_json(replace(made(), history=np.arange(5000.0))))
    assert len(back.history) == HISTORY_KEPT
    assert back.history[-1] == 4999
    assert back.details["observations"] == 5000


def test_what_is_no_number_is_null() -> None:
    odd = replace(made(), mean=np.array([1.0, np.nan, np.inf]), confidence=float("nan"), expected_error=float("inf"))
    record = to_record(odd)
    assert (record["mean"], record["confidence"], record["expected_error"]) == ([1.0, None, None], None, None)
    assert np.isnan(through_json(odd).mean[1:]).all()


def test_details_of_hooks_are_made_fit_for_json() -> None:
    details = {"a": np.float32(0.5), "b": np.arange(3), "c": {1, 2}, 5: object(), "d": True, "n": float("nan")}
    kept = through_json(replace(made(), details=details)).details  # type: ignore[arg-type]
    assert (kept["a"], kept["b"], kept["c"], kept["d"], kept["n"]) == (0.5, [0, 1, 2], [1, 2], True, None)
    assert kept["5"].startswith("<object")


def test_newer_records_can_be_read() -> None:
    record: dict[str, Any] = {**to_record(made()), "later": 1}
    record["backtest"] = {**record["backtest"], "later": 2}
    assert from_record(record).backtest == made().backtest


def test_a_chunk_of_monthly_series_stays_small() -> None:
    [one] = fitted(("monthly",), horizon=12)
    assert len(json.dumps(to_record(one), separators=(",", ":"))) < 4000


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_are_plain_and_near(value: float) -> None:
    text = plain(value)
    assert "e" not in text.lower()
    if not np.isfinite(value):
        assert text == ""
    elif abs(value) > 1e-9:
        assert float(text) == pytest.approx(value, rel=1e-5)
    assert short(short(value)) == short(value)


@given(st.lists(st.floats(), max_size=9))
def test_an_array_is_rounded_as_each_of_its_numbers_is(values: list[float]) -> None:
    assert stored(np.array(values)) == [short(value) for value in values]
    assert stored({"a": np.array([values, values])}) == {"a": [[short(value) for value in values]] * 2}
    assert stored(np.array(2.5)) == 2.5
