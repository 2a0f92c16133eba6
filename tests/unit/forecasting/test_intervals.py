import numpy as np
import pytest

from fanfold.forecasting import confidence, forecast
from fanfold.forecasting.combine import disagreement
from fanfold.forecasting.intervals import AT_LARGE, COVERAGES, GROWTH, calibrate


def errors(series: int, steps: int, common: float, size: float = 1.0) -> np.ndarray:
    draw = np.random.default_rng(4)
    shared = draw.normal(0, 1, (series, 1)) * common**0.5
    return size * (shared + draw.normal(0, 1, (series, steps)) * (1 - common) ** 0.5)


def test_without_a_backtest_the_table_holds_and_grows_by_the_season() -> None:
    found = calibrate(np.zeros((0, 1)), 13, season=12)
    assert found.table[:, 0] == pytest.approx(AT_LARGE)
    assert found.table[:, 12] == pytest.approx(AT_LARGE * (1 + GROWTH))


def test_many_errors_draw_the_intervals_to_what_was_seen() -> None:
    wide = calibrate(errors(200, 12, 0.3, size=3.0), 12, season=12)
    narrow = calibrate(errors(200, 12, 0.3, size=0.3), 12, season=12)
    assert (narrow.multiple(0.8) < 1.28).all()
    assert (wide.multiple(0.8) > 2.5).all()
    assert (np.diff(wide.table, axis=0) >= 0).all()


def test_independent_errors_weigh_more_than_such_as_go_together() -> None:
    apart, together = (calibrate(errors(8, 40, common, size=4.0), 40, 7).multiple(0.8).mean() for common in (0, 0.95))
    assert apart > 1.1 * together


def test_one_series_has_a_calibration_of_its_own() -> None:
    found = calibrate(errors(1, 12, 0.0, size=2.0), 12, season=12)
    assert np.isfinite(found.table).all()
    assert len(COVERAGES) == len(found.table)


def test_a_member_without_weight_adds_no_disagreement() -> None:
    means = np.array([[[1.0, 2.0]], [[1.0, 2.0]], [[9.0, 9.0]]])
    assert disagreement(means, np.array([[0.5], [0.5], [0.0]])) == pytest.approx(np.zeros((1, 2)))
    assert disagreement(means, np.full((3, 1), 1 / 3))[0, 0] == pytest.approx(np.std([1, 1, 9]))


def test_confidence_falls_with_every_kind_of_doubt() -> None:
    one = np.ones((1, 3))
    plain = confidence.expect(10 * one, one, one, one, np.array([0.1])).confidence[0]
    for changed in (
        confidence.expect(10 * one, one, 2 * one, one, np.array([0.1])),
        confidence.expect(10 * one, one, one, 2 * one, np.array([0.1])),
        confidence.expect(10 * one, one, one, one, np.array([0.2])),
    ):
        assert changed.confidence[0] < plain
        assert changed.low[0] < changed.error[0] < changed.high[0]


def test_series_that_are_harder_are_told_apart() -> None:
    draw = np.random.default_rng(2)
    time = np.arange(96)
    noise = np.repeat([0.02, 0.08, 0.3], 20)
    made = [100 * (1 + 0.2 * np.sin(time * np.pi / 6)) * np.exp(draw.normal(0, size, 96)) for size in noise]
    found = [one.confidence for one in forecast([values[:84] for values in made], 12, frequency="M")]
    easy, middle, hard = np.mean(found[:20]), np.mean(found[20:40]), np.mean(found[40:])
    assert easy > middle + 0.05 > hard + 0.1
