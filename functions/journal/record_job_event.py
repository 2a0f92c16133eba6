"""Write down in the journal what jobs tell."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.jobs.events import JobEnded
from fanfold.journal.record_job_event import record_job_event
from fanfold.observe import Event, observed
from fanfold.wiring import journal as wiring


@observed("id")
def handler(event: Event, context: LambdaContext) -> None:
    record_job_event(JobEnded.model_validate(event["detail"]), wiring.journal())
