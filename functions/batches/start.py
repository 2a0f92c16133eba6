"""Queue `starts`: start the execution of each accepted job."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.jobs.identity import Begin
from fanfold.jobs.life_cycle import start_execution
from fanfold.observe import Event, observed

processor = BatchProcessor(EventType.SQS)


def _start(record: SQSRecord) -> None:
    start_execution(Begin.model_validate_json(record.body), wiring.batches().workflow)


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _start, processor, context))
