"""The journal's table has new blocks: move them to cold storage."""

from base64 import b64decode

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord, DynamoDBStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.journal.block import JournalBlock, block_of
from fanfold.journal.flush import flush
from fanfold.observe import Event, count, observed
from fanfold.wiring import journal as wiring


def _block(record: DynamoDBRecord) -> JournalBlock:
    image = record.dynamodb.new_image if record.dynamodb else {}
    return block_of(image | {"body": b64decode(image["body"])})


@observed("Records[0].eventID")
def handler(event: Event, context: LambdaContext) -> Event:
    done = flush(map(_block, DynamoDBStreamEvent(event).records), wiring.journal())
    count(EntriesFlushed=done.entries, SegmentsMade=done.segments, FlushRetries=done.retries)
    return done.model_dump()
