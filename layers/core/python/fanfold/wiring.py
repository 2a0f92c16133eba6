"""Which adapter stands behind which port: the one place where a deployment is put together.

Everything is made on first use and kept for the life of the process, so a function pays only for what it calls.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from fanfold import providers
from fanfold.accounts.provider_keys import ProviderKeys
from fanfold.administration.deletion import Belongings
from fanfold.aws.blobs import S3Blobs
from fanfold.aws.events import EventBridge
from fanfold.aws.queue import SqsQueue
from fanfold.aws.schedules import Scheduler
from fanfold.aws.secrets import SecretsManager
from fanfold.aws.table import DynamoTable
from fanfold.aws.workflow import StepFunctions
from fanfold.batches import rules as batch_rules
from fanfold.batches.backend import Backend
from fanfold.batches.model.batch import KIND, BatchJob, Priority
from fanfold.batches.stores.chunk_leases import Claims
from fanfold.batches.stores.dead_letters import DeadLetters
from fanfold.batches.stores.response_cache import Cache
from fanfold.batches.stores.shards import Shards
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.clock import utc_now
from fanfold.entrance import api_keys as api_keys
from fanfold.entrance import audit as audit
from fanfold.entrance import bucket
from fanfold.entrance import client as client
from fanfold.entrance import pace as pace
from fanfold.entrance import settings as settings
from fanfold.entrance import table as table
from fanfold.entrance import tenants as tenants
from fanfold.forecasts import rules as forecast_rules
from fanfold.forecasts.backend import Backend as Forecasts
from fanfold.forecasts.job import KIND as FORECAST
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.narrowing import Narrowings
from fanfold.forecasts.observation_store import Posts
from fanfold.health import Health, ProviderChecks, check
from fanfold.jobs.budget import Budgets
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.journal.backend import Backend as Journal
from fanfold.journal.hour_index import HourIndex
from fanfold.limits.breaker import Breaker
from fanfold.limits.gate import Gate, Gates
from fanfold.pricing.catalogue import Catalogue
from fanfold.providers import Outcome, Provider
from fanfold.quotas.guard import QuotaGuard, allowed
from fanfold.quotas.stored import Storage
from fanfold.writing import formats
from fanfold.writing.backend import Backend as Writing
from fanfold.writing.checkpoints import Checkpoints
from fanfold.writing.documents import Documents
from fanfold.writing.job import KIND as WRITING
from fanfold.writing.job import WritingJob
from fanfold.writing.leases import Leases, WritingLimits
from fanfold.writing.leaving import leave
from fanfold.writing.model_gateway import ModelGateway
from fanfold.writing.reading import read_confined_pdf
from fanfold.writing.sessions import Sessions

T = TypeVar("T")
HEALTH_SECONDS = 5.0
"""That a provider may take to show that it is there."""


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
def provider(name: str, tenant: str = "") -> Provider:
    """The provider with the tenant's key; it is looked up at each call, so that planning needs no secret."""
    return providers.provider(name, lambda: provider_keys().key(name, tenant), settings().provider_timeout_seconds)


@cache
def gates() -> Gates:
    """What every caller of a provider goes through in real time."""
    breaker = Breaker(table(), utc_now, settings().probe_seconds)
    most = min(settings().in_flight, settings().flush_requests)
    return Gates(lambda route: Gate(route, bucket(), breaker, utc_now, most))


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in the process's one event loop, which the providers' clients belong to."""
    return _runner().run(work)


@cache
def _work_queue(priority: Priority) -> SqsQueue:
    return SqsQueue(client("sqs"), settings().resource(f"{priority}_work_queue_url"))


@cache
def batches() -> Backend:
    return Backend(
        tenants=tenants(),
        jobs=Jobs(table(), BatchJob, KIND),
        chunks=ChunkResults(table()),
        shards=Shards(table()),
        submit_locks=SubmitLocks(table(), utc_now, settings().provider_timeout_seconds),
        claims=Claims(table()),
        dead_letters=DeadLetters(table()),
        cache=Cache(table(), blobs(), utc_now),
        gate=gates(),
        budgets=budgets(),
        quotas=quotas(),
        usage_stats=UsageStats(table()),
        prices=prices(),
        blobs=blobs(),
        starts=SqsQueue(client("sqs"), settings().resource("start_queue_url")),
        removals=SqsQueue(client("sqs"), settings().resource("removal_queue_url")),
        exports=SqsQueue(client("sqs"), settings().resource("export_queue_url")),
        work=_work_queue,
        workflow=StepFunctions(client("stepfunctions"), settings().resource("batch_machine_arn")),
        events=events(),
        provider=provider,
        clock=utc_now,
        settings=settings(),
        rules=batch_rules,
    )


@cache
def _schedules() -> Scheduler:
    group, role = settings().resource("schedule_group"), settings().resource("schedule_role_arn")
    return Scheduler(client("scheduler"), group, settings().resource("forecast_machine_arn"), role)


@cache
def forecasts() -> Forecasts:
    return Forecasts(
        tenants=tenants(),
        jobs=Jobs(table(), ForecastJob, FORECAST),
        chunks=ChunkResults(table()),
        posts=Posts(table()),
        narrowings=Narrowings(table()),
        budgets=budgets(),
        quotas=quotas(),
        blobs=blobs(),
        workflow=StepFunctions(client("stepfunctions"), settings().resource("forecast_machine_arn")),
        schedules=_schedules,
        events=events(),
        read=_read_portfolio,
        clock=utc_now,
        settings=settings(),
        rules=forecast_rules,
    )


def _read_portfolio(path: Path, filename: str, options: Any) -> Any:
    """Few functions have the packages that this needs."""
    from fanfold.forecasts.reading import read_confined

    return read_confined(path, filename, options)


@cache
def refused_observations() -> SqsQueue:
    return SqsQueue(client("sqs"), settings().resource("refused_observations_queue_url"))


@cache
def events() -> EventBridge:
    return EventBridge(client("events"), settings().event_bus_name)


@cache
def journal_table() -> DynamoTable:
    return DynamoTable(client("dynamodb"), settings().resource("journal_table_name"))


@cache
def _journal_exports() -> SqsQueue:
    return SqsQueue(client("sqs"), settings().resource("journal_export_queue_url"))


@cache
def journal() -> Journal:
    kept = journal_table()
    return Journal(
        table=kept,
        places=HourIndex(kept),
        blobs=blobs(),
        exports=_journal_exports,
        clock=utc_now,
        pause=time.sleep,
        settings=settings(),
    )


def writer(name: str, tenant: str = "") -> Provider:
    """The provider with the tenant's key, with the patience that a long answer takes, and connections of its own."""
    return providers.provider(name, lambda: provider_keys().key(name, tenant), settings().answer_seconds)


@cache
def prices() -> Catalogue:
    return Catalogue(settings().price_overrides)


def _price(name: str, model: str, outcome: Outcome) -> int | None:
    """Nanodollars that an answer in real time costs; None if the model's price is not known."""
    tariff = prices().tariff(name, model, utc_now())
    return tariff.charge(outcome.usage, "realtime").spent if tariff else None


@cache
def writing() -> Writing:
    kept = WritingLimits(settings().writing_jobs, settings().writing_jobs_per_tenant, settings().lease_seconds)
    return Writing(
        table=table(),
        tenants=tenants(),
        sessions=Sessions(table(), utc_now, settings().session_idle_days),
        documents=Documents(table()),
        jobs=Jobs(table(), WritingJob, WRITING),
        sections=Checkpoints(table()),
        leases=Leases(table(), utc_now, kept, lambda tenant: tenants().quotas(tenant).concurrency),
        budgets=budgets(),
        quotas=quotas(),
        usage_stats=UsageStats(table()),
        blobs=blobs(),
        workflow=StepFunctions(client("stepfunctions"), settings().resource("writing_machine_arn")),
        events=events(),
        provider=provider,
        answer=ModelGateway(writer, gates(), settings().answer_seconds),
        price=_price,
        read_pdf=read_confined_pdf,
        forms=formats.every(),
        clock=utc_now,
        settings=settings(),
    )


@cache
def belongings() -> Belongings:
    """Everywhere that a tenant has something."""
    return Belongings(
        tenants=tenants(),
        keys=api_keys(),
        provider_keys=provider_keys(),
        table=table(),
        journal=journal_table(),
        blobs=blobs(),
        services=lambda: (batches(), forecasts()),
        sessions=lambda tenant: leave(tenant, writing()),
        clock=utc_now,
        grace=timedelta(seconds=settings().removal_grace_seconds),
    )


@cache
def _provider_checks() -> ProviderChecks:
    return ProviderChecks(utc_now)


@cache
def _asked(name: str, tenant: str) -> Provider:
    """The provider with the tenant's key, with the patience of somebody who looks."""
    return providers.provider(name, lambda: provider_keys().key(name, tenant), HEALTH_SECONDS)


def _with_keys(tenant: str) -> list[str]:
    """Providers that the tenant has a key for; none if that can't be read, which is a check of its own."""
    try:
        return sorted(provider_keys().named(tenant).intersection(providers.names()))
    except ClientError:
        return []


def health(tenant: str) -> Health:
    """Ask everything that the tenant's jobs stand on."""
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
        "forecasts": lambda: client("stepfunctions").describe_state_machine(
            stateMachineArn=settings().resource("forecast_machine_arn")
        ),
        "provider keys": lambda: provider_keys().named(tenant),
        **_provider_checks().of({name: _asked(name, tenant) for name in _with_keys(tenant)}),
    }
    found = check(checks, settings().version)
    active = {"active_sessions": writing().sessions.count, "active_jobs": writing().leases.active}
    return found.model_copy(update={name: read() for name, read in active.items() if found.checks["table"].ok})
