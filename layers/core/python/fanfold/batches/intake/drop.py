"""Drop: a file put under `inbox/<tenant>/batches/` is a batch.

Its options are in `<file>.options.json`, which has to be there first, or else they are the tenant's defaults.
"""

from pydantic import BaseModel, ConfigDict

from fanfold.accounts.audit import DROP
from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import check_allowed, check_options, source_of
from fanfold.batches.intake.defaults import defaults
from fanfold.batches.intake.from_template import with_template
from fanfold.batches.model.batch import KIND, BatchJob, Options
from fanfold.batches.results.drop_results import OPTIONS, PLACE, refuse
from fanfold.clock import stamp
from fanfold.errors import Forbidden, Invalid, QuotaExceeded
from fanfold.jobs.dropped import dropped_options
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.identity import fingerprint_of, job_id
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import accept


class Drop(BaseModel):
    """An object that arrived: its key, which of its versions, how large it is, and the event's id."""

    model_config = ConfigDict(frozen=True)

    key: str
    version: str
    event: str
    size: int = 0
    etag: str = ""


def take_drop(drop: Drop, backend: BatchBackend) -> BatchJob | None:
    """The batch made of the object, once a version. Raises NotFound for no tenant, Forbidden for one
    that is suspended.

    None for what is no drop: an options file, a folder's marker, an object elsewhere in the inbox.
    """
    found = PLACE.fullmatch(drop.key)
    if found is None or drop.key.endswith(OPTIONS):
        return None
    tenant, name = found.groups()
    backend.tenants.admit(tenant)
    job = BatchJob(
        tenant=tenant,
        id=job_id(KIND, tenant, drop.key, drop.version),
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"key": drop.key, "version": drop.version}),
        correlation_id=drop.event,
        key_id=DROP,
        options=_named(Options(), name),
        sources=(source_of(drop.key).model_copy(update={"etag": drop.etag or None}),),
    )
    try:
        _check_size(drop, backend)
        options = _named(with_template(_options(tenant, drop.key, backend), tenant, backend), name)
        check_options(options, backend)
        check_allowed(tenant, options, backend)
        with backend.quotas.admitted(job.ref):
            return accept(job.model_copy(update={"options": options}), backend)
    except (Invalid, Forbidden, QuotaExceeded) as error:
        refused = {"state": State.FAILED, "error": error.detail, **ending_times(job, backend)}
        refuse(job, error.detail, backend, *error.flaws)
        return publish_end(accept(job.model_copy(update=refused), backend), backend)


def _check_size(drop: Drop, backend: BatchBackend) -> None:
    if drop.size > (most := backend.settings.max_upload_bytes):
        raise Invalid(f"the file has {drop.size:,} bytes, and may have {most:,}: drop it in parts")


def _options(tenant: str, key: str, backend: BatchBackend) -> Options:
    found = dropped_options(key + OPTIONS, Options, key + OPTIONS, backend.blobs)
    return defaults(tenant, backend) if found is None else found


def _named(options: Options, name: str) -> Options:
    return options.model_copy(update={"name": options.name or name[:256]})
