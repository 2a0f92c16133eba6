"""State machine `batch`, last step: merge the results and close the job."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.ending.finish import finish
from fanfold.jobs.job import JobRef
from fanfold.observe import Event, count, observed
from fanfold.wiring import batches as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    job = finish(JobRef.model_validate(event), wiring.batches())
    count(RequestsSucceeded=job.counts.succeeded, RequestsFailed=job.counts.failed)
    return job.model_dump(include={"tenant", "id", "state", "counts"}, mode="json")
