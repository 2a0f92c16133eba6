"""Forecasts as a service: a portfolio in, what came of its series out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from fanfold_client.connection import Connection, dumped, segment
from fanfold_client.downloads import Download, save
from fanfold_client.shapes.answer import Answer
from fanfold_client.shapes.batches import Accepted
from fanfold_client.shapes.forecasts import Export, Forecast, ForecastPage, ObservationPosts, SeriesPage, SeriesRow
from fanfold_client.uploads import File, Seen, Uploads, digest, unseen
from fanfold_client.waiting import until_over


class Forecasts:
    """A deployment's forecasts, as one tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: Connection, uploads: Callable[[Path | None], Uploads]) -> None:
        self._connection, self._uploads = connection, uploads

    def create(
        self, series: list[dict[str, Any]] | dict[str, Any], idempotency_key: str | None = None, **config: Any
    ) -> Accepted:
        """A forecast of these series, up to 4 MB of them; the configuration is that of `POST /v1/forecasts`."""
        return self._create({"series": series} | _given(config), idempotency_key or uuid4().hex)

    def submit(
        self,
        file: Path,
        idempotency_key: str | None = None,
        *,
        filename: str | None = None,
        remember: Path | None = None,
        seen: Seen = unseen,
        **config: Any,
    ) -> Accepted:
        """A forecast of a file: CSV, Excel, Parquet, JSON or a zip, by the ending of its name, or of `filename`.

        With `remember`, a folder, the same file with the same configuration is the same forecast, as for batches.
        """
        asked = _given(config)
        content = digest(file, {"kind": "forecast"} | asked) if remember or idempotency_key else ""
        key = idempotency_key or content or uuid4().hex
        return self._uploads(remember).use(
            content and content + key,
            File(file, filename or file.name, seen),
            lambda upload: self._create({"upload": upload} | asked, key),
        )

    def get(self, id: str) -> Forecast:
        """How the forecast is."""
        return self._connection.get(Forecast, _path(id))

    def all(self) -> Iterator[Forecast]:
        """All forecasts, newest first."""
        for page in self._connection.pages(ForecastPage, "/v1/forecasts"):
            yield from page.forecasts

    def wait(self, id: str, seen: Callable[[Forecast], None] = lambda forecast: None) -> Forecast:
        """The forecast when it is over; `seen` is called with each look at it."""
        return until_over(lambda: self.get(id), seen, self._connection.pause)

    def series(self, id: str, **wanted: Any) -> Iterator[SeriesRow]:
        """The series that are done: `sort`, `model`, `pattern`, `status`, `search`, `confidence_from`, `…_to`."""
        for page in self._connection.pages(SeriesPage, f"{_path(id)}/series", **wanted):
            yield from page.series

    def one(self, id: str, name: str, language: str | None = None) -> dict[str, Any]:
        """One series: history, forecast, intervals, explanation, stock advice."""
        path = f"{_path(id)}/series/{segment(name)}"
        return self._connection.get(Answer, path, language=language).model_dump()

    def export(self, id: str, format: str, file: Path, seen: Seen = unseen) -> None:
        """The results into a file: csv, erp, xlsx, json, html or parquet. One that broke goes on where it stopped."""
        save(self._connection, lambda: self._link(id, format), file, seen)

    def pieces(self, id: str, format: str) -> Iterator[bytes]:
        """The same as bytes."""
        return Download(self._connection, lambda: self._link(id, format)).pieces()

    def observe(
        self, id: str, observations: list[dict[str, Any]], idempotency_key: str | None = None, **flags: bool
    ) -> dict[str, Any]:
        """Append values to series, or correct them, for the next edition.

        Flags are `new_series`, without which names that the forecast does not have are refused, and `dry_run`.
        """
        return self._post(id, "observations", {"observations": observations} | flags, idempotency_key)

    def compare(
        self, id: str, actuals: list[dict[str, Any]], idempotency_key: str | None = None, **flags: bool
    ) -> dict[str, Any]:
        """What came against what was forecast; they are observations, too. Flags are those of `observe`."""
        return self._post(id, "actuals", {"observations": actuals} | flags, idempotency_key)

    def observations(self, id: str, limit: int = 1000) -> ObservationPosts:
        """The posts of observations that the next edition will use, the newest first."""
        return self._connection.get(ObservationPosts, f"{_path(id)}/observations", limit=limit)

    def delete_observations(self, id: str, post: str) -> dict[str, Any]:
        """Take a post of observations back."""
        return self._connection.delete(Answer, f"{_path(id)}/observations/{segment(post)}").model_dump()

    def schedule(self, id: str, every: int, unit: str = "days") -> Forecast:
        """Have it forecast anew every so many hours, days, weeks or months."""
        body = dumped({"every": every, "unit": unit})
        return self._connection.put(Forecast, f"{_path(id)}/schedule", body)

    def end_schedule(self, id: str) -> Forecast:
        """Forecast it no more by itself."""
        return self._connection.delete(Forecast, f"{_path(id)}/schedule")

    def show_edition(self, id: str, edition: str) -> Forecast:
        """Let the results of that edition be shown under this id."""
        return self._connection.put(Forecast, f"{_path(id)}/editions/{segment(edition)}", b"")

    def cancel(self, id: str) -> Forecast:
        """End it early; what is fitted is kept."""
        return self._connection.post(Forecast, f"{_path(id)}/cancel")

    def retry(self, id: str) -> Forecast:
        """Fit again what failed, and only that."""
        return self._connection.post(Forecast, f"{_path(id)}/retry")

    def retrain(self, id: str, idempotency_key: str | None = None) -> Accepted:
        """Forecast it anew, with what was observed: a new edition."""
        key = idempotency_key or uuid4().hex
        return self._connection.post(Accepted, f"{_path(id)}/retrain", Idempotency_Key=key)

    def delete(self, id: str) -> Forecast:
        """Forget it with its editions."""
        return self._connection.delete(Forecast, _path(id))

    def _create(self, body: dict[str, Any], key: str) -> Accepted:
        return self._connection.post(Accepted, "/v1/forecasts", dumped(body), Idempotency_Key=key)

    def _post(self, id: str, what: str, body: dict[str, Any], key: str | None) -> dict[str, Any]:
        key = key or uuid4().hex
        answer = self._connection.post(Answer, f"{_path(id)}/{what}", dumped(body), Idempotency_Key=key)
        return answer.model_dump()

    def _link(self, id: str, format: str) -> str:
        return self._connection.get(Export, f"{_path(id)}/exports/{segment(format)}").url


def _path(id: str) -> str:
    return f"/v1/forecasts/{segment(id)}"


def _given(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if value is not None}
