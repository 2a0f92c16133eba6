"""Queue `journal exports`: write the entries that somebody waits for to a file."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fanfold.journal.export import MakeExport, make_export
from fanfold.observe import count
from fanfold.queues import each_message
from fanfold.wiring import journal as wiring


def _make(record: SQSRecord) -> None:
    if make_export(MakeExport.read(record.body), wiring.journal()):
        count(ExportsMade=1)


handler = each_message(_make)
