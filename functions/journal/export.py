"""Write the entries of the journal that somebody waits for to a file."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.journal.export import MakeExport, make_export
from fanfold.observe import Event, count, observed
from fanfold.wiring import journal as wiring


@observed("export")
def handler(event: Event, context: LambdaContext) -> None:
    if make_export(MakeExport.load(event), wiring.journal()):
        count(ExportsMade=1)
