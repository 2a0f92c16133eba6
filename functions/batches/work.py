"""Queues of real-time work: ask the requests of a chunk, many at a time."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.batches.realtime_lane.worker import work
from fanfold.observe import count
from fanfold.queues import each_message
from fanfold.wiring import batches as wiring


def _work(record: SQSRecord, lambda_context: LambdaContext) -> None:
    command = WorkChunk.read(record.body)
    worked = wiring.run(work(command, wiring.batches(), lambda: lambda_context.get_remaining_time_in_millis() / 1000))
    count(RequestsAsked=worked.asked, ChunksSettled=worked.settled)


handler = each_message(_work)
