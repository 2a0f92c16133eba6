"""Writes `web/src/api/schema.json`: the models that the API answers with, for `npm run types` to make TypeScript of.

make web-types
"""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from fanfold.accounts.audit import AuditPage
from fanfold.accounts.keys import IssuedKey
from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.plan.estimate import EstimateView
from fanfold.batches.redrive import DeadLetterPage
from fanfold.batches.results.error_groups import ErrorReport
from fanfold.batches.views.batch import BatchPage, RequestView
from fanfold.batches.views.budget import BudgetView
from fanfold.batches.views.live import LiveView
from fanfold.batches.views.pilot import PilotView
from fanfold.batches.views.providers import ProviderList
from fanfold.batches.views.requests import RequestPage
from fanfold.forecasts.actuals import ComparisonView
from fanfold.forecasts.execution import CreateForecast
from fanfold.forecasts.listing import SeriesPage
from fanfold.forecasts.views import ForecastPage, SeriesView
from fanfold.health import Health
from fanfold.jobs.listing import JobTotals
from fanfold.jobs.upload import Upload
from fanfold.journal.read import EntryPage
from fanfold.journal.self_test import SelfTestResult
from fanfold.journal.statistics import Statistics
from fanfold.journal.streams import Streams
from fanfold.problems import Problem
from fanfold.quotas.usage import QuotaUsage
from fanfold.stats.summary import Stats
from fanfold.writing.job_views import JobPage, LiveText
from fanfold.writing.session_views import DocumentList, ProfileView, SessionPage

SCHEMA = Path(__file__).parents[1] / "web" / "src" / "api" / "schema.json"
SENT = (CreateBatch, CreateForecast)
ANSWERED: tuple[type[BaseModel], ...] = (
    AuditPage,
    BatchPage,
    BudgetView,
    ComparisonView,
    DeadLetterPage,
    DocumentList,
    EntryPage,
    ErrorReport,
    EstimateView,
    ForecastPage,
    Health,
    IssuedKey,
    JobPage,
    JobTotals,
    LiveText,
    LiveView,
    PilotView,
    Problem,
    ProfileView,
    ProviderList,
    QuotaUsage,
    RequestPage,
    RequestView,
    SelfTestResult,
    SeriesPage,
    SeriesView,
    SessionPage,
    Statistics,
    Stats,
    Streams,
    Upload,
)


def schema() -> dict[str, Any]:
    """One JSON Schema with every model among its definitions; each has one name."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in ANSWERED]
    modes += [(model, "validation") for model in SENT]
    _, found = models_json_schema(modes, ref_template="#/definitions/{model}")
    definitions = {_short(name): _plain(part) for name, part in sorted(found["$defs"].items())}
    return {
        "title": "Api",
        "type": "object",
        "additionalProperties": False,
        "properties": {_short(model.__name__): {"$ref": f"#/definitions/{model.__name__}"} for model, _ in modes},
        "definitions": definitions,
    }


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _short(name: str) -> str:
    """`fanfold__batches__views__batch__Cost` as `BatchesCost`; a name that one model alone has stays."""
    parts = name.split("__")
    return name if len(parts) == 1 else parts[1].capitalize() + re.sub(r"-(Input|Output)$", r"\1", parts[-1])


def _plain(part: Any) -> Any:
    """Without the fields' titles, of which the generator would make types of their own; references by short names."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _plain(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}
    if "$ref" in kept:
        return {"$ref": "#/definitions/" + _short(kept["$ref"].removeprefix("#/definitions/"))}
    return kept


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
