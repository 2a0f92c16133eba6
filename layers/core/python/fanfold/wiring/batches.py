"""Batches."""

from functools import cache

from fanfold.aws.queue import SqsQueue
from fanfold.batches import rules
from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import KIND, BatchJob, Priority
from fanfold.batches.stores.chunk_claims import Claims
from fanfold.batches.stores.dead_letters import DeadLetters
from fanfold.batches.stores.response_cache import Cache
from fanfold.batches.stores.shards import Shards
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.batches.stores.templates import TemplateStore
from fanfold.clock import utc_now
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.wiring.models import gates, prices, provider
from fanfold.wiring.models import run as run
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs as blobs
from fanfold.wiring.shared import budgets, errands, events, machine, queue, table, tenants
from fanfold.wiring.shared import provider_keys as provider_keys
from fanfold.wiring.shared import quotas as quotas
from fanfold.wiring.shared import settings as settings


@cache
def batches() -> BatchBackend:
    return BatchBackend(
        tenants=tenants(),
        jobs=Jobs(table(), BatchJob, KIND),
        chunks=ChunkResults(table()),
        shards=Shards(table()),
        submit_locks=SubmitLocks(table(), utc_now, settings().provider_timeout_seconds),
        claims=Claims(table()),
        dead_letters=DeadLetters(table()),
        cache=Cache(table(), blobs(), utc_now),
        templates=TemplateStore(table()),
        gate=gates(),
        budgets=budgets(),
        quotas=quotas(),
        usage_stats=UsageStats(table()),
        prices=prices(),
        blobs=blobs(),
        starts=errands("start_function"),
        removals=errands("removal_function"),
        exports=errands("export_function"),
        work=_work_queue,
        workflow=machine("batch_machine_arn"),
        events=events(),
        provider=provider,
        clock=utc_now,
        settings=settings(),
        rules=rules,
    )


@cache
def _work_queue(priority: Priority) -> SqsQueue:
    return queue(f"{priority}_work_queue_url")
