"""Fanfold from Python: submit batches, wait for them, read their results.

with Fanfold(url, key) as fanfold:
    batch = fanfold.create([{"input": "Say hello"}])
    for result in fanfold.results(fanfold.wait(batch.id).id):
        print(result["custom_id"], result["output"])
"""

from fanfold_client.client import Fanfold
from fanfold_client.errors import (
    Conflict,
    FanfoldError,
    KeyReused,
    NotFound,
    Refused,
    Throttled,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from fanfold_client.forecasts import Forecasts
from fanfold_client.journal import JournalHandler
from fanfold_client.shapes.answer import Health
from fanfold_client.shapes.batches import OVER, Accepted, Batch, Progress
from fanfold_client.shapes.costs import Budget, Cost, Estimate, Estimated
from fanfold_client.shapes.forecasts import Forecast, SeriesRow
from fanfold_client.shapes.journal import LogEntry, LogStats, Receipt
from fanfold_client.shapes.requests import Errors, Kind, RequestRow, ResponseRow
from fanfold_client.shapes.stats import Live, Stats

__all__ = [
    "OVER",
    "Accepted",
    "Batch",
    "Budget",
    "Conflict",
    "Cost",
    "Errors",
    "Estimate",
    "Estimated",
    "Fanfold",
    "FanfoldError",
    "Forecast",
    "Forecasts",
    "Health",
    "JournalHandler",
    "KeyReused",
    "Kind",
    "Live",
    "LogEntry",
    "LogStats",
    "NotFound",
    "Progress",
    "Receipt",
    "Refused",
    "RequestRow",
    "ResponseRow",
    "SeriesRow",
    "Stats",
    "Throttled",
    "Tokens",
    "TooLarge",
    "Unauthorized",
    "Unreachable",
]
