"""Queue `job events`: write down in the journal what jobs tell."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from fanfold.jobs.events import JobEnded
from fanfold.journal.record_job_event import record_job_event
from fanfold.queues import each_message
from fanfold.wiring import journal as wiring


def _record(record: SQSRecord) -> None:
    record_job_event(JobEnded.model_validate(record.json_body["detail"]), wiring.journal())


handler = each_message(_record)
