# Made by `make client` of aio/forecasts.py: do not edit.
"""Forecasts as a service: a portfolio in, what came of its series out."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Unpack
from uuid import uuid4

from fanfold_client.answers import OVER
from fanfold_client.calls import given, segment
from fanfold_client.files import Seen, unseen
from fanfold_client.inputs import Source
from fanfold_client.models import (
    Comparison,
    Forecast,
    ForecastReceipt,
    JobTotals,
    ObservationPosts,
    ObservationReceipt,
    Series,
    SeriesRow,
)
from fanfold_client.models.options import ForecastOptions
from fanfold_client.patience import PollPace
from fanfold_client.results import Results, Row, table_row
from fanfold_client.sync.connection import Connection
from fanfold_client.sync.downloads import Download, link_to, save
from fanfold_client.sync.inputs import Inputs
from fanfold_client.sync.uploads import Uploads
from fanfold_client.sync.waiting import until_over

ROOT = "/v1/forecasts"


def _path(id: str) -> str:
    return f"{ROOT}/{segment(id)}"


class Forecasts:
    """A deployment's forecasts, as one tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection, uploads: Uploads) -> None:
        self._connection = connection
        self._inputs = Inputs(uploads, "series")

    def create(
        self,
        source: Source,
        idempotency_key: str | None = None,
        *,
        filename: str | None = None,
        remember: str | Path | None = None,
        seen: Seen = unseen,
        **config: Unpack[ForecastOptions],
    ) -> ForecastReceipt:
        """A forecast of these series, or of a file: CSV, Excel, Parquet, JSON or a zip by the ending of its name.

        The configuration is that of `POST /v1/forecasts`; `filename`, `remember` and `seen` are as for batches.
        """
        asked = given(config)
        content = self._inputs.digest(source, {"kind": "forecast"} | asked) if remember or idempotency_key else ""
        key = idempotency_key or content or uuid4().hex
        return self._inputs.send(
            source,
            asked,
            lambda body: self._connection.post(ForecastReceipt, ROOT, body, key),
            known=content and content + key,
            filename=filename,
            remember=remember,
            seen=seen,
        )

    def get(self, id: str) -> Forecast:
        """How the forecast is."""
        return self._connection.get(Forecast, _path(id))

    def list(
        self,
        state: str | None = None,
        *,
        tag: str | None = None,
        name: str | None = None,
        has_failures: bool | None = None,
    ) -> Iterator[Forecast]:
        """All forecasts, newest first: those in a state (or several, with commas between), with a tag, whose name
        holds `name`, or that have failures, if that is asked."""
        wanted = {"state": state, "tag": tag, "name": name, "has_failures": has_failures}
        return self._connection.listed(Forecast, ROOT, "forecasts", **wanted)

    def counts(self) -> JobTotals:
        """How many forecasts are in which state."""
        return self._connection.get(JobTotals, f"{ROOT}/counts")

    def wait(self, id: str, seen: Callable[[Forecast], None] = lambda forecast: None) -> Forecast:
        """The forecast when it is over; `seen` is called with each look at it."""
        again = f"client.forecasts.wait({id!r})"
        return until_over(lambda: self.get(id), seen, self._connection.pause, OVER, again, PollPace())

    def series(self, id: str, **wanted: Any) -> Iterator[SeriesRow]:
        """The series that are done: `sort`, `model`, `pattern`, `status`, `search`, `confidence_from`, `…_to`."""
        return self._connection.listed(SeriesRow, f"{_path(id)}/series", "series", **wanted)

    def one(self, id: str, name: str, language: str | None = None) -> Series:
        """One series: history, forecast, intervals, explanation, stock advice."""
        path = f"{_path(id)}/series/{segment(name)}"
        return self._connection.get(Series, path, language=language)

    def results(self, id: str) -> Results:
        """A row for each step of each series, as in the CSV export."""
        return Results(list(self.iter_results(id)))

    def iter_results(self, id: str) -> Iterator[Row]:
        """The same, as they are read."""
        header: Sequence[str] = ()
        for line in Download(self._connection, lambda: self._link(id, "csv")).lines():
            header, row = table_row(header, line)
            if row:
                yield row

    def rejected(self, id: str) -> Iterator[Row]:
        """The lines and rows of the input that were not taken, and why."""
        path = f"{_path(id)}/rejected"
        for line in Download(self._connection, lambda: link_to(self._connection, path)).lines():
            yield json.loads(line)

    def export(self, id: str, format: str, file: str | Path, seen: Seen = unseen) -> None:
        """The results into a file: csv, erp, xlsx, json, html or parquet. One that broke goes on where it stopped."""
        save(self._connection, lambda: self._link(id, format), file, seen)

    def pieces(self, id: str, format: str) -> Iterator[bytes]:
        """The same as bytes."""
        return Download(self._connection, lambda: self._link(id, format)).pieces()

    def observe(
        self, id: str, observations: Sequence[dict[str, Any]], idempotency_key: str | None = None, **flags: bool
    ) -> ObservationReceipt:
        """Append values to series, or correct them, for the next edition.

        Flags are `new_series`, without which names that the forecast does not have are refused, and `dry_run`.
        """
        body, key = {"observations": observations} | flags, idempotency_key or uuid4().hex
        return self._connection.post(ObservationReceipt, f"{_path(id)}/observations", body, key)

    def compare(
        self, id: str, actuals: Sequence[dict[str, Any]], idempotency_key: str | None = None, **flags: bool
    ) -> Comparison:
        """What came against what was forecast; they are observations, too. Flags are those of `observe`."""
        body, key = {"observations": actuals} | flags, idempotency_key or uuid4().hex
        return self._connection.post(Comparison, f"{_path(id)}/actuals", body, key)

    def observations(self, id: str, limit: int = 1000) -> ObservationPosts:
        """The posts of observations that the next edition will use, the newest first."""
        return self._connection.get(ObservationPosts, f"{_path(id)}/observations", limit=limit)

    def delete_observations(self, id: str, post: str) -> ObservationReceipt:
        """Take a post of observations back."""
        return self._connection.delete(ObservationReceipt, f"{_path(id)}/observations/{segment(post)}")

    def schedule(self, id: str, every: int, unit: str = "days") -> Forecast:
        """Have it forecast anew every so many hours, days, weeks, months or quarters; see also `schedules`."""
        return self._connection.put(Forecast, f"{_path(id)}/schedule", {"every": every, "unit": unit})

    def end_schedule(self, id: str) -> Forecast:
        """Forecast it no more by itself."""
        return self._connection.delete(Forecast, f"{_path(id)}/schedule")

    def show_edition(self, id: str, edition: str) -> Forecast:
        """Let the results of that edition be shown under this id."""
        return self._connection.put(Forecast, f"{_path(id)}/editions/{segment(edition)}")

    def cancel(self, id: str) -> Forecast:
        """End it early; what is fitted is kept."""
        return self._connection.post(Forecast, f"{_path(id)}/cancel")

    def retry(self, id: str) -> Forecast:
        """Fit again what failed, and only that."""
        return self._connection.post(Forecast, f"{_path(id)}/retry")

    def retrain(self, id: str, idempotency_key: str | None = None) -> ForecastReceipt:
        """Forecast it anew, with what was observed: a new edition."""
        key = idempotency_key or uuid4().hex
        return self._connection.post(ForecastReceipt, f"{_path(id)}/retrain", None, key)

    def delete(self, id: str) -> Forecast:
        """Forget it with its editions."""
        return self._connection.delete(Forecast, _path(id))

    def _link(self, id: str, format: str) -> str:
        return link_to(self._connection, f"{_path(id)}/exports/{segment(format)}")
