"""Health of the deployment."""

from collections.abc import Callable
from functools import cache

from botocore.exceptions import ClientError

from fanfold import providers
from fanfold.clock import utc_now
from fanfold.health import Health, ProviderChecks, check
from fanfold.providers import Provider
from fanfold.wiring.models import provided
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import client, provider_keys
from fanfold.wiring.shared import settings as settings
from fanfold.wiring.writing import writing

HEALTH_SECONDS = 5.0
"""That a provider may take to show that it is there."""


@cache
def _provider_checks() -> ProviderChecks:
    return ProviderChecks(utc_now)


@cache
def _asked(name: str, tenant: str) -> Provider:
    """The provider with the tenant's key, with the patience of somebody who looks."""
    return provided(name, tenant, HEALTH_SECONDS)


def _with_keys(tenant: str) -> list[str]:
    """Providers that the tenant has a key for; none if that can't be read, which is a check of its own."""
    try:
        return sorted(provider_keys().named(tenant).intersection(providers.names()))
    except ClientError:
        return []


def _described(setting: str) -> object:
    return client("stepfunctions").describe_state_machine(stateMachineArn=settings().resource(setting))


def health(tenant: str) -> Health:
    """Ask everything that the tenant's jobs stand on."""
    checks: dict[str, Callable[[], object]] = {
        "table": lambda: client("dynamodb").describe_table(TableName=settings().resource("table_name")),
        "bucket": lambda: client("s3").head_bucket(Bucket=settings().resource("bucket_name")),
        "queue": lambda: client("sqs").get_queue_attributes(QueueUrl=settings().resource("high_work_queue_url")),
        "workflow": lambda: _described("batch_machine_arn"),
        "writing": lambda: _described("writing_machine_arn"),
        "forecasts": lambda: _described("forecast_machine_arn"),
        "provider keys": lambda: provider_keys().named(tenant),
        **_provider_checks().of({name: _asked(name, tenant) for name in _with_keys(tenant)}),
    }
    found = check(checks, settings().version)
    active = {"active_sessions": writing().sessions.count, "active_jobs": writing().leases.active}
    return found.model_copy(update={name: read() for name, read in active.items() if found.checks["table"].ok})
