"""The demo's forecasts: portfolios handed in, and what came of them."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from fanfold_client import Fanfold, Forecast
from local import portfolio

OUT = Path(__file__).resolve().parents[1] / ".fanfold" / "demo"
"""Where the reports are left."""
FILES = {"html": "html", "erp": "erp.csv", "xlsx": "xlsx"}
"""By format, what a report's name ends in."""
CONFIGS: dict[str, dict[str, Any]] = {
    "world": {"horizon": 6, "name": "real series of statsmodels"},
    "shop": {"horizon": 6, "preset": "retail", "lead_time": 2.0, "name": "retail items and spare parts"},
}
"""Only what is bought gets stock advice."""
MADE = {"world": portfolio.real, "shop": portfolio.shop}
PATTERNS = ("seasonal", "trend", "smooth", "intermittent", "lumpy")
SHOWN = 3


class Portfolios:
    """Files of series that the service forecasts, from when they are handed in."""

    def __init__(self, fanfold: Fanfold, scratch: Path) -> None:
        self._parts = [_Portfolio(fanfold, scratch, name) for name in CONFIGS]

    def shown(self, console: Console) -> list[str]:
        """Wait for them and show what they came to; where one is not what it must be."""
        return [fault for part in self._parts for fault in part.shown(console)]


class _Portfolio:
    """One of them."""

    def __init__(self, fanfold: Fanfold, scratch: Path, name: str) -> None:
        file = scratch / f"{name}.csv"
        self._fanfold, self._name, self._count = fanfold, name, portfolio.write(file, list(MADE[name]()))
        self._began = time.monotonic()
        self._id = fanfold.forecasts.create(file, **CONFIGS[name]).id

    def shown(self, console: Console) -> list[str]:
        found = self._fanfold.forecasts.wait(self._id)
        seconds = time.monotonic() - self._began
        if found.state != "completed":
            return [f"{self._name}: {found.state}: {found.error}"]
        console.print(_summary(found, seconds))
        for note in found.notes:
            console.print(f"  {note}", soft_wrap=True)
        console.print(self._series())
        OUT.mkdir(parents=True, exist_ok=True)
        for format in FILES:
            self._fanfold.forecasts.export(self._id, format, self._file(format))
        console.print(f"the chart report is {self._file('html')}, the ERP file {self._file('erp')}", soft_wrap=True)
        return list(self._faults(found))

    def _file(self, format: str) -> Path:
        return OUT / f"{self._name}.{FILES[format]}"

    def _series(self) -> Table:
        title = f"{CONFIGS[self._name]['name']}: the surest of each pattern, and what is advised"
        table = Table("series", "pattern", "lead model", "confidence", "next 3", "recommendation", title=title)
        for pattern in PATTERNS:
            rows = self._fanfold.forecasts.series(self._id, pattern=pattern, sort="-confidence")
            for _, row in zip(range(SHOWN), rows, strict=False):
                one = self._fanfold.forecasts.one(self._id, row.name)
                ahead = ", ".join(f"{value:,.1f}" for value in one.result["mean"][:3])
                advice = one.recommendation.split(". ")[0]
                lead = one.result["lead_model"]
                table.add_row(row.name, pattern, lead, f"{row.confidence:.2f}", ahead, advice)
        return table

    def _faults(self, found: Forecast) -> Iterator[str]:
        progress = found.progress
        if (progress.total, progress.succeeded, found.rejected) != (self._count, self._count, 0):
            yield f"{self._name}: {progress.succeeded} of {self._count} series, {found.rejected} rejected"
        with self._file("erp").open(newline="", encoding="utf-8") as file:
            named = {row["serie_name"] for row in csv.DictReader(file)}
        if len(named) != self._count:
            yield f"{self._name}: {len(named)} of {self._count} series are in the ERP file"


def _summary(found: Forecast, seconds: float) -> Table:
    table = Table("forecast", "series", "ok", "failed", "models", "patterns", "confidence", "alerts", "seconds")
    progress, summary = found.progress, found.summary or {}
    counted = (", ".join(f"{count} {name}" for name, count in summary[what].items()) for what in ("models", "patterns"))
    figures = (f"{progress.total:,}", f"{progress.succeeded:,}", f"{progress.failed:,}")
    told = (f"{summary['mean_confidence']:.2f}", str(summary["alerts"]["count"]), f"{seconds:.1f}")
    table.add_row(found.id, *figures, *counted, *told)
    return table
