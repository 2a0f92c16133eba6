"""The demo's forecast: a portfolio handed in, and what came of it."""

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
FILES = {"html": "forecasts.html", "erp": "erp.csv", "xlsx": "forecasts.xlsx"}
CONFIG: dict[str, Any] = {"horizon": 6, "preset": "spare_parts", "name": "demo portfolio"}
SHOWN = 4


class Portfolio:
    """A file of series that the service forecasts, from when it is handed in."""

    def __init__(self, fanfold: Fanfold, scratch: Path) -> None:
        file = scratch / "portfolio.csv"
        self._fanfold, self._count = fanfold, portfolio.write(file)
        self._began = time.monotonic()
        self._id = fanfold.forecasts.submit(file, **CONFIG).id

    def shown(self, console: Console) -> list[str]:
        """Wait for it and show what it came to; where it is not what it must be."""
        found = self._fanfold.forecasts.wait(self._id)
        seconds = time.monotonic() - self._began
        if found.state != "completed":
            return [f"portfolio: {found.state}: {found.error}"]
        console.print(_summary(found, seconds))
        console.print(self._series())
        OUT.mkdir(parents=True, exist_ok=True)
        for format, name in FILES.items():
            self._fanfold.forecasts.export(self._id, format, OUT / name)
        console.print(f"the chart report is {OUT / FILES['html']}, the ERP file {OUT / FILES['erp']}", soft_wrap=True)
        return list(self._faults(found))

    def _series(self) -> Table:
        title = "The surest series of each pattern, and what is advised"
        table = Table("series", "pattern", "model", "confidence", "next 3", "recommendation", title=title)
        for pattern in ("seasonal", "trend", "smooth", "intermittent", "lumpy"):
            rows = self._fanfold.forecasts.series(self._id, pattern=pattern, sort="-confidence")
            for _, row in zip(range(SHOWN), rows, strict=False):
                one = self._fanfold.forecasts.one(self._id, row.name)
                ahead = ", ".join(f"{value:,.1f}" for value in one["result"]["mean"][:3])
                advice = one["recommendation"].split(". ")[0]
                table.add_row(row.name, pattern, row.model, f"{row.confidence:.2f}", ahead, advice)
        return table

    def _faults(self, found: Forecast) -> Iterator[str]:
        progress = found.progress
        if (progress.total, progress.successful, found.rejected) != (self._count, self._count, 0):
            yield f"portfolio: {progress.successful} of {self._count} series, {found.rejected} rejected"
        with (OUT / FILES["erp"]).open(newline="", encoding="utf-8") as file:
            named = {row["serie_name"] for row in csv.DictReader(file)}
        if len(named) != self._count:
            yield f"portfolio: {len(named)} of {self._count} series are in the ERP file"


def _summary(found: Forecast, seconds: float) -> Table:
    table = Table("forecast", "series", "ok", "failed", "models", "patterns", "confidence", "alerts", "seconds")
    progress, summary = found.progress, found.summary or {}
    counted = (", ".join(f"{count} {name}" for name, count in summary[what].items()) for what in ("models", "patterns"))
    figures = (f"{progress.total:,}", f"{progress.successful:,}", f"{progress.failed:,}")
    told = (f"{summary['mean_confidence']:.2f}", str(summary["alerts"]["count"]), f"{seconds:.1f}")
    table.add_row(found.id, *figures, *counted, *told)
    return table
