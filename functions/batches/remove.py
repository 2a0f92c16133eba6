"""Remove everything of a deleted batch."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.model.shard import Shard
from fanfold.observe import Event, logger, observed
from fanfold.wiring import batches as wiring


@observed("job")
def handler(event: Event, context: LambdaContext) -> None:
    remove(RemoveBatch.load(event), wiring.batches(), _report)


def _report(shard: Shard, error: Exception) -> None:
    logger.warning("left at its provider", extra={"job": shard.job, "batch": shard.batch, "error": str(error)})
