"""What several services stand on."""

from functools import cache

from fanfold.accounts.provider_keys import ProviderKeys
from fanfold.aws.blobs import S3Blobs
from fanfold.aws.errands import LambdaErrands
from fanfold.aws.events import EventBridge
from fanfold.aws.queue import SqsQueue
from fanfold.aws.schedules import EventBridgeScheduler
from fanfold.aws.secrets import SecretsManager
from fanfold.aws.workflow import StepFunctions
from fanfold.clock import utc_now
from fanfold.jobs.budget import Budgets
from fanfold.quotas.guard import QuotaGuard, allowed
from fanfold.quotas.stored import Storage
from fanfold.wiring.entrance import api_keys as api_keys
from fanfold.wiring.entrance import audit as audit
from fanfold.wiring.entrance import client as client
from fanfold.wiring.entrance import pace as pace
from fanfold.wiring.entrance import settings as settings
from fanfold.wiring.entrance import table as table
from fanfold.wiring.entrance import tenants as tenants


@cache
def blobs() -> S3Blobs:
    return S3Blobs(client("s3"), settings().resource("bucket_name"), settings().link_seconds)


@cache
def storage() -> Storage:
    return Storage(table(), blobs(), utc_now)


@cache
def budgets() -> Budgets:
    return Budgets(table(), utc_now, lambda tenant: allowed(tenants(), tenant))


@cache
def quotas() -> QuotaGuard:
    return QuotaGuard(table(), tenants(), budgets(), storage(), utc_now)


@cache
def provider_keys() -> ProviderKeys:
    secrets = SecretsManager(client("secretsmanager"))
    shared, prefix = settings().resource("provider_keys_secret"), settings().resource("tenant_keys_prefix")
    return ProviderKeys(secrets, shared, prefix, utc_now)


@cache
def events() -> EventBridge:
    return EventBridge(client("events"), settings().event_bus_name)


def queue(setting: str) -> SqsQueue:
    """The queue whose URL is that setting; a function that never calls it need not be given it."""
    return SqsQueue(client("sqs"), lambda: settings().resource(setting))


def errands(setting: str) -> LambdaErrands:
    """The function whose name is that setting."""
    return LambdaErrands(client("lambda"), lambda: settings().resource(setting))


def scheduler(target: str) -> EventBridgeScheduler:
    """Schedules that start what that setting is the ARN of."""
    return EventBridgeScheduler(
        client("scheduler"),
        settings().resource("schedule_group"),
        lambda: settings().resource(target),
        lambda: settings().resource("schedule_role_arn"),
    )


def machine(setting: str) -> StepFunctions:
    """The state machine whose ARN is that setting."""
    return StepFunctions(client("stepfunctions"), lambda: settings().resource(setting))
