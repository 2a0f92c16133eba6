"""Make the form of a batch's results that somebody waits for."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.batches.views.download import Prepare, make_export
from fanfold.observe import Event, count, observed
from fanfold.wiring import batches as wiring


@observed("job")
def handler(event: Event, context: LambdaContext) -> None:
    if make_export(Prepare.load(event), wiring.batches()):
        count(ExportsMade=1)
