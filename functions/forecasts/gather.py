"""State machine `forecast`, last step: write the exports and close the job."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.forecasts.gather import gather
from fanfold.jobs.job import JobRef
from fanfold.observe import Event, count, observed
from fanfold.wiring import forecasts as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    job = gather(JobRef(tenant=event["tenant"], job=event["job"]), wiring.forecasts())
    count(ForecastsEnded=1, SeriesForecast=job.counts.succeeded, SeriesFailed=job.counts.failed)
    return {"job": job.id, "state": job.state}
