"""JSON: an object with a member for each series, under its name. Numbers are finite; what there is none of is null."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from fanfold.forecasting.exports import Details
from fanfold.forecasting.exports._text import text
from fanfold.forecasting.figures import short
from fanfold.forecasting.records import figures
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import explain, recommend

AS_STORED = (
    *("dates", "frequency", "intervals", "expected_error", "expected_error_band", "stock"),
    *("weights", "components", "backtest", "flags"),
)


class ForecastJsonExport:
    content_type = "application/json"
    extension = "json"
    light = True

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        with text(out) as file:
            mark = "{"
            for one in results:
                file.write(f"{mark}\n{_dump(one.name)}: {_dump(member(one, details.language))}")
                mark = ","
            file.write("{}\n" if mark == "{" else "\n}\n")


def member(one: SeriesForecast, language: str | None = None) -> dict[str, Any]:
    """What stands under a series' name."""
    record = figures(one)
    return {
        "model": one.model_selected,
        "lead_model": one.lead_model,
        "confidence": short(round(one.confidence, 4)),
        "attention": one.attention,
        "pattern": one.pattern,
        "status": one.status,
        "reason": one.reason,
        "forecast": record["mean"],
        "business_recommendation": recommend(one, language),
        "explanation": explain(one, language),
        **{key: record[key] for key in AS_STORED},
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


PLUGIN = ForecastJsonExport()
