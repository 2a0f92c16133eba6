"""The recursion of exponential smoothing itself: parameters, states, and a pass over many series in place."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats, Panel

TINY = 1e-8
"""Series are scaled to a mean size of 1, so a forecast below this is none."""
LEAST = 1e-4
"""Levels and seasonal factors that divide are held above this."""


@dataclass(frozen=True)
class Smoothing:
    """Parameters of P candidates, each (P, 1) or (P, n), in error-correction form: beta and gamma are not divided."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats

    def steps(self, multiplicative: bool) -> tuple[Floats, Floats, Floats, Floats]:
        """The parameters as the recursion takes them."""
        return self.alpha, self.beta, self.phi, self.gamma / (1 - self.alpha) if multiplicative else self.gamma


@dataclass(frozen=True)
class States:
    """Level and trend (P, n) and the seasonal ring (m, P, n), in which time t has its place at t modulo m."""

    level: Floats
    trend: Floats
    season: Floats | None = None


@dataclass(frozen=True)
class PassResult:
    """What a pass leaves, (P, n): sums of squared and of squared relative errors, of log |forecast|, and the states."""

    sse: Floats
    relative: Floats
    log_mean: Floats
    states: States


def smooth(panel: Panel, smoothing: Smoothing, states: States, multiplicative: bool = False) -> PassResult:
    """Pass the recursion over every series; parameters are (P, n). The season adds to the level or multiplies it.

    A multiplicative season moves towards value / new level, as in Holt-Winters (and statsmodels), not towards value /
    forecast level. `states` are changed in place and come back as those after each series' last observation.
    """
    sse, relative, log_mean, product = *np.zeros((3, *states.level.shape)), np.ones_like(states.level)
    ring = states.season
    for first, end, k in panel.stretches:
        parts = (states.level, states.trend, sse, relative, product, *smoothing.steps(multiplicative))
        step = _Step(*(part[:, :k] for part in parts))
        for t in range(first, end):
            step.take(panel.values[t, :k], None if ring is None else ring[t % len(ring), :, :k], multiplicative)
            if t % 8 == 7:  # a logarithm costs ten times a product
                log_mean += np.log(product)
                product[:] = 1.0
    return PassResult(sse, relative, log_mean + np.log(product), states)


class _Step:
    """One step of the recursion, in place: whole arrays (P, k) that need no new memory."""

    def __init__(
        self,
        level: Floats,
        trend: Floats,
        sse: Floats,
        relative: Floats,
        product: Floats,
        alpha: Floats,
        beta: Floats,
        phi: Floats,
        gamma: Floats,
    ) -> None:
        self._level, self._trend = level, trend
        self._sse, self._relative, self._product = sse, relative, product
        self._alpha, self._beta, self._phi, self._gamma = alpha, beta, phi, gamma
        self._damped, self._base, self._error, self._work = np.empty((4, *level.shape))

    def take(self, value: Floats, season: Floats | None, multiplicative: bool) -> None:
        """Go on by one value."""
        np.multiply(self._phi, self._trend, out=self._damped)
        np.add(self._level, self._damped, out=self._base)
        self._miss(value, season, multiplicative)
        if multiplicative and season is not None:
            self._error /= season
        np.multiply(self._alpha, self._error, out=self._work)
        np.add(self._base, self._work, out=self._level)
        np.multiply(self._beta, self._error, out=self._work)
        np.add(self._damped, self._work, out=self._trend)
        if season is not None:
            self._turn(value, season, multiplicative)

    def _miss(self, value: Floats, season: Floats | None, multiplicative: bool) -> None:
        """The error, and what it adds to the sums."""
        forecast, error, work = self._base, self._error, self._work
        if season is not None:
            forecast = (np.multiply if multiplicative else np.add)(self._base, season, out=work)
        np.subtract(value, forecast, out=error)
        np.abs(forecast, out=work)
        np.maximum(work, TINY, out=work)
        self._product *= work
        np.divide(error, work, out=work)
        np.square(work, out=work)
        self._relative += work
        np.square(error, out=work)
        self._sse += work

    def _turn(self, value: Floats, season: Floats, multiplicative: bool) -> None:
        """The season moves."""
        work = self._work
        if not multiplicative:
            np.multiply(self._gamma, self._error, out=work)
            season += work
            return
        np.maximum(self._level, LEAST, out=work)
        np.divide(value, work, out=work)
        work -= season
        work *= self._gamma
        season += work
        np.maximum(season, LEAST, out=season)
