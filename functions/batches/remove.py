"""Queue `removals`: remove everything of a deleted batch."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fanfold.batches.ending.remove import remove
from fanfold.batches.model.batch import RemoveBatch
from fanfold.batches.model.shard import Shard
from fanfold.observe import logger
from fanfold.queues import each_message
from fanfold.wiring import batches as wiring


def _remove(record: SQSRecord) -> None:
    remove(RemoveBatch.read(record.body), wiring.batches(), _report)


def _report(shard: Shard, error: Exception) -> None:
    logger.warning("left at its provider", extra={"job": shard.job, "batch": shard.batch, "error": str(error)})


handler = each_message(_remove)
