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
from fanfold_client.shapes import (
    OVER,
    Accepted,
    Batch,
    Budget,
    Cost,
    Errors,
    Estimate,
    Estimated,
    Forecast,
    Health,
    Kind,
    Live,
    LogEntry,
    LogStats,
    Progress,
    Receipt,
    RequestRow,
    ResponseRow,
    SeriesRow,
    Stats,
)

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
