"""Queue `drops`: make a batch of each file that arrived under `inbox/<tenant>/batches/`."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.intake.drop import Drop, take_drop
from fanfold.errors import Forbidden, NotFound
from fanfold.observe import Event, logger, observed

processor = BatchProcessor(EventType.SQS)


def _take(record: SQSRecord) -> None:
    event = record.json_body
    found = event["detail"]["object"]
    version = found.get("version-id") or found["sequencer"]
    drop = Drop(key=found["key"], version=version, size=found["size"], event=event["id"])
    try:
        take_drop(drop, wiring.batches())
    except (NotFound, Forbidden) as error:
        logger.warning("drop refused", extra={"key": drop.key, "detail": error.detail})


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _take, processor, context))
