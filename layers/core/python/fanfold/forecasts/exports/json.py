"""JSON: an object with a member for each series, under its name. Numbers are finite; what there is none of is null."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from fanfold.forecasts.exports import Details
from fanfold.forecasts.exports._text import text
from fanfold.forecasts.figures import short, shorts
from fanfold.forecasts.records import to_record
from fanfold.forecasts.result import SeriesForecast

AS_STORED = ("dates", "frequency", "intervals", "weights", "components", "backtest", "stock", "flags")


class Json:
    content_type = "application/json"
    extension = "json"
    light = True

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        with text(out) as file:
            mark = "{"
            for one in results:
                file.write(f"{mark}\n{_dump(one.name)}: {_dump(member(one))}")
                mark = ","
            file.write("{}\n" if mark == "{" else "\n}\n")


def member(one: SeriesForecast) -> dict[str, Any]:
    """What stands under a series' name."""
    record = to_record(one)
    return {
        "model": one.model_selected,
        "confidence": short(round(one.confidence, 4)),
        "pattern": one.pattern,
        "status": one.status,
        "reason": one.reason,
        "forecast": shorts(one.mean),
        **{key: record[key] for key in AS_STORED},
        "expected_error": short(one.expected_error),
        "expected_error_band": None if one.expected_error_band is None else shorts(one.expected_error_band),
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


PLUGIN = Json()
