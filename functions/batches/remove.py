"""Queue `removals`: remove everything of a deleted batch."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.ending.remove import remove
from fanfold.batches.model.batch import Remove
from fanfold.batches.model.shard import Shard
from fanfold.observe import Event, logger, observed

processor = BatchProcessor(EventType.SQS)


def _remove(record: SQSRecord) -> None:
    remove(Remove.model_validate_json(record.body), wiring.batches(), _report)


def _report(shard: Shard, error: Exception) -> None:
    logger.warning("left at its provider", extra={"job": shard.job, "batch": shard.batch, "error": str(error)})


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _remove, processor, context))
