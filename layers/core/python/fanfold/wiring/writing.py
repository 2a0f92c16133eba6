"""Writing sessions."""

from functools import cache

from fanfold.clock import utc_now
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.wiring.models import gates, price, provider, writer
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, budgets, events, machine, quotas, table, tenants
from fanfold.wiring.shared import settings as settings
from fanfold.writing import formats, rules
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoints
from fanfold.writing.documents import Documents
from fanfold.writing.job import KIND, WritingJob
from fanfold.writing.leases import Leases, WritingLimits
from fanfold.writing.model_gateway import ModelGateway
from fanfold.writing.reading import read_confined_pdf
from fanfold.writing.sessions import Sessions


@cache
def writing() -> WritingBackend:
    kept = WritingLimits(settings().writing_jobs, settings().writing_jobs_per_tenant, settings().lease_seconds)
    return WritingBackend(
        table=table(),
        tenants=tenants(),
        sessions=Sessions(table(), utc_now, settings().session_idle_days),
        documents=Documents(table()),
        jobs=Jobs(table(), WritingJob, KIND),
        sections=Checkpoints(table()),
        leases=Leases(table(), utc_now, kept, lambda tenant: tenants().quotas(tenant).concurrency),
        budgets=budgets(),
        quotas=quotas(),
        usage_stats=UsageStats(table()),
        blobs=blobs(),
        workflow=machine("writing_machine_arn"),
        events=events(),
        provider=provider,
        answer=ModelGateway(writer, gates(), settings().answer_seconds),
        price=price,
        read_pdf=read_confined_pdf,
        forms=formats.every(),
        clock=utc_now,
        settings=settings(),
        rules=rules,
    )
