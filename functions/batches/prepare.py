"""Queue `exports`: make the form of a batch's results that somebody waits for."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fanfold.batches.views.download import Prepare, make_export
from fanfold.observe import count
from fanfold.queues import each_message
from fanfold.wiring import batches as wiring


def _prepare(record: SQSRecord) -> None:
    if make_export(Prepare.read(record.body), wiring.batches()):
        count(ExportsMade=1)


handler = each_message(_prepare)
