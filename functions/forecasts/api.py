"""The HTTP API of forecasts."""

from typing import Annotated

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from fanfold.api import Api
from fanfold.forecasts import actuals, commands, editions, listing, observing, scheduled, views
from fanfold.forecasts.create import create_forecast
from fanfold.forecasts.execution import CreateForecast
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import PostObservations
from fanfold.jobs import life_cycle
from fanfold.jobs.job import JobRef
from fanfold.jobs.listing import JobFilter, JobTotals, count_jobs
from fanfold.jobs.rejects import rejects_link
from fanfold.observe import Event, count, logger, observed
from fanfold.replies import AcceptedReply, LinkReply, OkReply
from fanfold.schedules.timing import Timing
from fanfold.wiring import forecasts as wiring
from fanfold.wiring.schedules import schedules

app = Api(wiring.audit)


class PostPaging(BaseModel):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@app.post("/v1/forecasts")
def create() -> AcceptedReply[views.ForecastReceipt]:
    """Forecast series, inline or from an upload."""
    body = app.body(CreateForecast, wiring.settings().max_body_bytes)
    job = create_forecast(body, app.caller(), wiring.forecasts())
    logger.info("accepted", extra={"job": job.id})
    count(ForecastsAccepted=1)
    return app.accepted(views.accepted(job), f"/v1/forecasts/{job.id}")


@app.get("/v1/forecasts")
def index() -> OkReply[views.ForecastPage]:
    """List forecasts, the newest first."""
    return app.answer(views.page(app.tenant(), app.query(JobFilter), wiring.forecasts()))


@app.get("/v1/forecasts/counts")
def counts() -> OkReply[JobTotals]:
    """Count forecasts by state."""
    return app.answer(count_jobs(wiring.forecasts().jobs, app.tenant()))


@app.get("/v1/forecasts/<job>")
def show(job: str) -> OkReply[views.ForecastView]:
    """Show a forecast with its progress and what was decided about its input."""
    return app.answer(views.show(_ref(job), wiring.forecasts()))


@app.get("/v1/forecasts/<job>/series")
def series(job: str) -> OkReply[listing.SeriesPage]:
    """List the series of a forecast, sorted and filtered."""
    return app.answer(listing.list_series(_ref(job), app.query(listing.SeriesFilters), wiring.forecasts()))


@app.get("/v1/forecasts/<job>/series/<name+>")  # a name may hold a slash
def show_series(job: str, name: str) -> OkReply[views.SeriesView]:
    """Show one series: history, forecast, explanation, stock advice."""
    return app.answer(views.show_series(_ref(job), name, app.query(views.Tongue), wiring.forecasts()))


@app.get("/v1/forecasts/<job>/exports/<format>")
def export(job: str, format: str) -> LinkReply:
    """Download all series in one form."""
    return app.download(views.export_link(_ref(job), format, wiring.forecasts()))


@app.get("/v1/forecasts/<job>/rejected")
def rejected(job: str) -> LinkReply:
    """Download the list of flaws of the input."""
    backend = wiring.forecasts()
    return app.download(rejects_link(_ref(job), backend.jobs, backend.blobs))


@app.post("/v1/forecasts/<job>/cancel")
def cancel(job: str) -> AcceptedReply[views.ForecastView]:
    """End a forecast early; what is fitted is kept."""
    return _steered(life_cycle.cancel(_ref(job), wiring.forecasts()))


@app.post("/v1/forecasts/<job>/retry")
def retry(job: str) -> AcceptedReply[views.ForecastView]:
    """Fit again what failed."""
    return _steered(commands.retry(_ref(job), wiring.forecasts()))


@app.delete("/v1/forecasts/<job>")
def delete(job: str) -> AcceptedReply[views.ForecastView]:
    """Delete a forecast with its editions and everything of it."""
    return _steered(life_cycle.delete(_ref(job), wiring.forecasts()))


@app.post("/v1/forecasts/<job>/observations")
def observe(job: str) -> AcceptedReply[observing.ObservationReceipt]:
    """Post what was observed since; the next edition learns from it."""
    post = app.body(PostObservations, wiring.settings().max_body_bytes)
    return app.accepted(observing.observe(job, post, app.caller(), wiring.forecasts()))


@app.get("/v1/forecasts/<job>/observations")
def observations(job: str) -> OkReply[observing.PostList]:
    """List the posts of observations."""
    paging = app.query(PostPaging)
    return app.answer(observing.list_posts(_ref(job), paging.limit, wiring.forecasts()))


@app.delete("/v1/forecasts/<job>/observations/<post>")
def delete_observations(job: str, post: str) -> OkReply[observing.ObservationReceipt]:
    """Delete a post of observations."""
    return app.answer(observing.delete_post(_ref(job), post, wiring.forecasts()))


@app.post("/v1/forecasts/<job>/actuals")
def compare(job: str) -> OkReply[actuals.ComparisonView]:
    """Compare actual values with the forecast."""
    post = app.body(PostObservations, wiring.settings().max_body_bytes)
    return app.answer(actuals.compare(job, post, app.caller(), wiring.forecasts()))


@app.post("/v1/forecasts/<job>/retrain")
def retrain(job: str) -> AcceptedReply[views.ForecastReceipt]:
    """Forecast the portfolio anew, with what was observed since."""
    made = editions.retrain(_ref(job), app.caller(), wiring.forecasts())
    return app.accepted(views.accepted(made), f"/v1/forecasts/{made.id}")


@app.put("/v1/forecasts/<job>/schedule")
def set_schedule(job: str) -> OkReply[views.ForecastView]:
    """Have the portfolio forecast anew every so often."""
    timing = app.body(Timing, wiring.settings().max_body_bytes)
    return _shown(scheduled.set_schedule(_ref(job), timing, app.caller(), wiring.forecasts(), schedules()))


@app.delete("/v1/forecasts/<job>/schedule")
def end_schedule(job: str) -> OkReply[views.ForecastView]:
    """End the schedule; without one nothing happens."""
    return _shown(scheduled.end_schedule(_ref(job), wiring.forecasts(), schedules()))


@app.put("/v1/forecasts/<job>/editions/<edition>")
def show_edition(job: str, edition: str) -> OkReply[views.ForecastView]:
    """Let this edition be the one that is shown."""
    return _shown(editions.show_edition(_ref(job), edition, wiring.forecasts()))


def _steered(job: ForecastJob) -> AcceptedReply[views.ForecastView]:
    return app.accepted(views.view(job, job.counts, wiring.forecasts()))


def _shown(job: ForecastJob) -> OkReply[views.ForecastView]:
    return app.answer(views.view(job, job.counts, wiring.forecasts()))


def _ref(job: str) -> JobRef:
    return JobRef(tenant=app.tenant(), job=job)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
