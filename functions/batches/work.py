"""Queues of real-time work: ask the requests of a chunk, many at a time."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.batches.realtime_lane.worker import WorkChunk, work
from fanfold.observe import Event, count, observed

processor = BatchProcessor(EventType.SQS)


def _work(record: SQSRecord, lambda_context: LambdaContext) -> None:
    command = WorkChunk.model_validate_json(record.body)
    worked = wiring.run(work(command, wiring.batches(), lambda: lambda_context.get_remaining_time_in_millis() / 1000))
    count(RequestsAsked=worked.asked, ChunksSettled=worked.settled)


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    return dict(process_partial_response(event, _work, processor, context))
