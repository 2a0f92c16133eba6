"""Every minute: look at the open batches, wake the executions whose batch has ended."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.model.shard import Shard
from fanfold.batches.poll import poll
from fanfold.observe import Event, count, logger, observed
from fanfold.wiring import batches as wiring


def _report(shard: Shard, error: Exception) -> None:
    logger.warning("shard not looked at", extra={"job": shard.job, "shard": shard.number, "error": str(error)})


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    polled = poll(wiring.batches(), _report)
    count(ShardsOpen=polled.open, ShardsTroubled=polled.troubled, ShardsStuck=polled.stuck)
    if polled.stuck:
        logger.warning("batches without progress at their provider", extra={"shards": polled.stuck})
    return polled.model_dump()
