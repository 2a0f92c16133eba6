"""State machine `writing`: read a document, and make the session's profile of it."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.observe import Event, observed
from fanfold.wiring import writing as wiring
from fanfold.writing.run_guard import RunStep
from fanfold.writing.train import run_training


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    return run_training(RunStep.model_validate(event), wiring.writing()).model_dump(
        include={"id", "state"}, mode="json"
    )
