"""Safety stock and reorder point.

The spread of demand over a lead time is taken from simulated paths whose steps go wrong together as they did in the
backtest, so it rests on cumulative errors, not on sqrt(L) times the one-step one (Saoud, Kourentzes & Boylan 2022).
"""

import numpy as np

from fanfold.forecasting.counts import CountDemand
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.result import Distribution, StockAdvice
from fanfold.forecasting.settings import LONGEST_HORIZON, ForecastSettings
from fanfold.forecasting.supply import Supply

PATHS = 2000
LATEST = 3.0
"""Standard deviations of the lead time up to which its demand is forecast; behind them the last step repeats."""


def steps(settings: ForecastSettings) -> int:
    """How many steps stock advice looks ahead; 0 without a lead time."""
    if settings.lead_time is None:
        return 0
    reach = settings.lead_time + LATEST * settings.lead_time_deviation + settings.review_period
    return min(int(np.ceil(reach)), LONGEST_HORIZON)


def advise(
    mean: Floats, distribution: Distribution, settings: ForecastSettings, supply: Supply | None = None
) -> StockAdvice:
    """Advice for lead time plus review period; `settings.lead_time` must be set."""
    lead = float(settings.lead_time or 1.0)
    reach = lead + settings.review_period
    totals = np.maximum(lead_time_demand(mean, distribution, lead, settings), 0.0)
    expected = float(totals.mean())
    order_up_to = max(float(np.quantile(totals, settings.service_level)), expected if totals.any() else 0.0)
    lot = max(float(np.maximum(mean, 0).mean()) * max(settings.review_period, 1.0), 1e-12)
    short = float(np.maximum(totals - order_up_to, 0).mean() - np.maximum(totals - order_up_to - lot, 0).mean())
    return StockAdvice(
        lead_time=lead,
        lead_time_deviation=settings.lead_time_deviation,
        review_period=settings.review_period,
        service_level=settings.service_level,
        demand=expected,
        safety_stock=order_up_to - expected,
        reorder_point=order_up_to,
        fill_rate=float(np.clip(1 - short / lot, 0, 1)) if reach else 1.0,
        position=None if supply is None else supply.position,
        order_quantity=None if supply is None else supply.order(order_up_to),
    )


def lead_time_demand(mean: Floats, distribution: Distribution, lead: float, settings: ForecastSettings) -> Floats:
    """(PATHS,) simulated demand over lead time and review period; beyond the horizon the last step repeats."""
    generator = np.random.default_rng(settings.seed)
    drawn = generator.normal(lead, settings.lead_time_deviation, PATHS) if settings.lead_time_deviation else lead
    reach = np.maximum(np.broadcast_to(drawn, PATHS), 0.0) + settings.review_period
    steps = int(np.ceil(reach.max())) or 1
    if isinstance(distribution, CountDemand):
        longer = CountDemand(np.resize(distribution.mean, steps), distribution.variance, distribution.seen)
        paths = longer.paths(PATHS, settings.seed)
    else:
        paths = distribution.paths(PATHS, settings.seed)
        paths = np.concatenate([paths, np.repeat(paths[:, -1:], max(steps - len(mean), 0), axis=1)], axis=1)
    share = np.clip(reach[:, None] - np.arange(paths.shape[1]), 0.0, 1.0)
    return np.asarray((paths * share).sum(axis=1))
