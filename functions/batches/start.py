"""Queue `starts`: start the execution of each accepted job."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fanfold.jobs.identity import Begin
from fanfold.jobs.life_cycle import start_execution
from fanfold.queues import each_message
from fanfold.wiring import batches as wiring


def _start(record: SQSRecord) -> None:
    start_execution(Begin.read(record.body), wiring.batches().workflow)


handler = each_message(_start)
