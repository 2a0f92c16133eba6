"""State machine `batch`: put an ended batch's outcomes into chunks, or settle a shard that was given up."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.observe import Event, observed
from fanfold.wiring import batches as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return collect(CollectShard.model_validate(event), wiring.batches()).model_dump(include={"number"})
