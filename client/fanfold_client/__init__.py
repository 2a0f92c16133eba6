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
from fanfold_client.shapes import (
    OVER,
    Accepted,
    Batch,
    Counts,
    Errors,
    Forecast,
    Health,
    Kind,
    Progress,
    RequestRow,
    ResponseRow,
    SeriesRow,
)

__all__ = [
    "OVER",
    "Accepted",
    "Batch",
    "Conflict",
    "Counts",
    "Errors",
    "Fanfold",
    "FanfoldError",
    "Forecast",
    "Forecasts",
    "Health",
    "KeyReused",
    "Kind",
    "NotFound",
    "Progress",
    "Refused",
    "RequestRow",
    "ResponseRow",
    "SeriesRow",
    "Throttled",
    "TooLarge",
    "Unauthorized",
    "Unreachable",
]
