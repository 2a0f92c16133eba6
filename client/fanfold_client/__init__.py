"""Fanfold from Python: submit batches, wait for them, read their results.

with Fanfold() as fanfold:
    batch = fanfold.batches.create([{"input": "Say hello"}])
    for result in fanfold.batches.results(fanfold.batches.wait(batch.id).id):
        print(result["custom_id"], result["output"])
"""

from typing import TYPE_CHECKING, Any

from fanfold_client.answers import OVER
from fanfold_client.errors import (
    Conflict,
    FanfoldError,
    KeyReused,
    NotFound,
    Refused,
    Throttled,
    TooLarge,
    Unauthorized,
    Unconfigured,
    Unreachable,
)
from fanfold_client.models import Batch, Forecast, LogEntry, WritingJob, WritingSession
from fanfold_client.results import Results
from fanfold_client.sync.client import Fanfold

if TYPE_CHECKING:
    from fanfold_client.aio.client import AsyncFanfold
    from fanfold_client.journal import JournalHandler
    from fanfold_client.openai_files import http_client
    from fanfold_client.progress import Progress

LATER = {
    "AsyncFanfold": "fanfold_client.aio.client",
    "JournalHandler": "fanfold_client.journal",
    "Progress": "fanfold_client.progress",
    "http_client": "fanfold_client.openai_files",
}
"""What few programs use, loaded when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module 'fanfold_client' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(LATER[name]), name)


__all__ = [
    "OVER",
    "AsyncFanfold",
    "Batch",
    "Conflict",
    "Fanfold",
    "FanfoldError",
    "Forecast",
    "JournalHandler",
    "KeyReused",
    "LogEntry",
    "NotFound",
    "Progress",
    "Refused",
    "Results",
    "Throttled",
    "TooLarge",
    "Unauthorized",
    "Unconfigured",
    "Unreachable",
    "WritingJob",
    "WritingSession",
    "http_client",
]
