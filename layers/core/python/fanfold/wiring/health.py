"""Health of the deployment."""

from collections.abc import Callable

from fanfold.health import Health, check
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import client
from fanfold.wiring.shared import settings as settings
from fanfold.wiring.writing import writing


def health() -> Health:
    """Ask everything that this deployment stands on."""
    checks: dict[str, Callable[[], object]] = {
        "table": lambda: client("dynamodb").describe_table(TableName=settings().resource("table_name")),
        "bucket": lambda: client("s3").head_bucket(Bucket=settings().resource("bucket_name")),
        "queue": lambda: client("sqs").get_queue_attributes(QueueUrl=settings().resource("start_queue_url")),
        "workflow": lambda: client("stepfunctions").describe_state_machine(
            stateMachineArn=settings().resource("batch_machine_arn")
        ),
        "writing": lambda: client("stepfunctions").describe_state_machine(
            stateMachineArn=settings().resource("writing_machine_arn")
        ),
        "provider keys": lambda: client("secretsmanager").describe_secret(
            SecretId=settings().resource("provider_keys_secret")
        ),
    }
    found = check(checks, settings().version)
    active = {"active_sessions": writing().sessions.count, "active_jobs": writing().leases.active}
    return found.model_copy(update={name: read() for name, read in active.items() if found.checks["table"].ok})
