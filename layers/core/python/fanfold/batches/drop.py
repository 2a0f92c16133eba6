"""Drop: a file put under `inbox/<tenant>/batches/` is a batch. Its options are in `<file>.options.json`, if any."""

import re

from pydantic import BaseModel, ConfigDict, ValidationError

from fanfold.batches.accept import accept, check_options, fingerprint_of, job_id, source_of
from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob, Options
from fanfold.clock import stamp
from fanfold.errors import Invalid
from fanfold.jobs.job import State
from fanfold.problems import invalid

OPTIONS = ".options.json"
PLACE = re.compile(r"inbox/([^/]+)/batches/(.*[^/])", re.DOTALL)


class Drop(BaseModel):
    """An object that arrived: its key, which of its versions, and the event's id."""

    model_config = ConfigDict(frozen=True)

    key: str
    version: str
    event: str


def take_drop(drop: Drop, backend: Backend) -> BatchJob | None:
    """The batch made of the object, once a version. Raises NotFound for no tenant.

    None for what is no drop: an options file, a folder's marker, an object elsewhere in the inbox.
    """
    found = PLACE.fullmatch(drop.key)
    if found is None or drop.key.endswith(OPTIONS):
        return None
    tenant, name = found.groups()
    backend.tenants.get(tenant)
    job = BatchJob(
        tenant=tenant,
        id=job_id(tenant, drop.key, drop.version),
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"key": drop.key, "version": drop.version}),
        correlation_id=drop.event,
        options=Options(name=name[:256]),
        sources=(source_of(drop.key),),
    )
    try:
        options = _options(drop.key, job.options, backend)
    except Invalid as error:
        refused = {"state": State.FAILED, "error": error.detail, "finished_at": job.created_at}
        return accept(job.model_copy(update=refused), backend)
    return accept(job.model_copy(update={"options": options}), backend)


def _options(key: str, defaults: Options, backend: Backend) -> Options:
    try:
        text = backend.blobs.get(key + OPTIONS)
    except KeyError:
        return defaults
    try:
        given = Options.model_validate_json(text)
    except ValidationError as error:
        raise invalid(error, key + OPTIONS) from error
    check_options(given, backend)
    return given.model_copy(update={"name": given.name or defaults.name})
