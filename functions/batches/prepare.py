"""Queue `exports`: make the form of a batch's results that somebody waits for."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.views.download import Prepare, prepare
from fanfold.observe import Event, count, observed

processor = BatchProcessor(EventType.SQS)


def _prepare(record: SQSRecord) -> None:
    if prepare(Prepare.model_validate_json(record.body), wiring.batches()):
        count(ExportsMade=1)


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _prepare, processor, context))
