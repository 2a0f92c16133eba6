"""State machine `batch`: make a shard's batch at its provider; the poller answers the task token."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.observe import Event, observed
from fanfold.wiring import batches as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return submit(SubmitShard.model_validate(event), wiring.batches()).model_dump(include={"number", "batch"})
