"""Queue `job events`: write down in the journal what jobs tell."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.jobs.events import JobEnded
from fanfold.journal.record_job_event import record_job_event
from fanfold.observe import Event, observed

processor = BatchProcessor(EventType.SQS)


def _hear(record: SQSRecord) -> None:
    record_job_event(JobEnded.model_validate(record.json_body["detail"]), wiring.journal())


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _hear, processor, context))
