"""JSON: an object with a member for each series, under its name. Numbers are finite; what there is none of is null."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from fanfold.forecasting.exports import Add, Details, ForecastBlock
from fanfold.forecasting.exports._text import text
from fanfold.forecasting.records import Record
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import Words


class ForecastJsonExport:
    content_type = "application/json"
    extension = "json"
    light = True

    @contextmanager
    def open(self, out: BinaryIO, details: Details) -> Iterator[Add]:
        with text(out) as file:
            mark = "{"

            def add(block: ForecastBlock) -> None:
                nonlocal mark
                for one, record, words in zip(block.results, block.records, block.words, strict=True):
                    file.write(f"{mark}\n{_dump(one.name)}: {_dump(_member(one, record, words))}")
                    mark = ","

            yield add
            file.write("{}\n" if mark == "{" else "\n}\n")


def _member(one: SeriesForecast, record: Record, words: Words) -> Record:
    """What stands under a series' name; parts whole, also of a record that an older release made."""
    parts, seasonal = one.components, record["components"] and {"seasonal": record["components"]["seasonal"]}
    return {
        "model": one.model_selected,
        "lead_model": one.lead_model,
        "confidence": round(one.confidence, 4),
        "attention": one.attention,
        "pattern": one.pattern,
        "status": one.status,
        "reason": one.reason,
        "forecast": record["mean"],
        "business_recommendation": words.recommendation,
        "explanation": words.explanation,
        **{key: record[key] for key in ("dates", "frequency", "intervals", "expected_error", "expected_error_band")},
        "stock": one.stock and vars(one.stock),
        "weights": record["weights"],
        "components": parts and {**vars(parts), **seasonal},
        "backtest": one.backtest and vars(one.backtest),
        "flags": record["flags"],
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


PLUGIN = ForecastJsonExport()
