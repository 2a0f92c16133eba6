"""Scheduled: a batch that is made again and again, of requests that are kept or of files that come."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import (
    ENDINGS,
    CreateBatch,
    check_allowed,
    check_options,
    check_requests,
    placed,
    source_of,
)
from fanfold.batches.intake.from_template import with_template
from fanfold.batches.model.batch import KIND, BatchJob, BatchSource, Options
from fanfold.errors import Invalid
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import accept
from fanfold.schedules.files import Prefix, files
from fanfold.schedules.job_work import JobWork, copied_input, job_of, read_work
from fanfold.schedules.model import ScheduleRef
from fanfold.schedules.work import Turn

INPUTS = ("requests", "upload", "prefix")


class BatchToCome(Options):
    """The options of a batch, and where its requests will come from."""

    requests: Annotated[list[Any], Field(min_length=1)] | None = None
    upload: str | None = None
    prefix: Prefix | None = None


class KeptBatch(BaseModel):
    """The same, as its schedule keeps it."""

    model_config = ConfigDict(frozen=True)

    options: Options
    key: str | None = None
    """The object that its requests are in."""
    prefix: str | None = None


class BatchWork(JobWork):
    """Batches, as schedules have them made."""

    def __init__(self, backend: BatchBackend) -> None:
        self._backend = backend

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        wanted = read_work(given, BatchToCome, "batch", INPUTS)
        options = Options.model_validate(wanted.model_dump(include=set(Options.model_fields), exclude_unset=True))
        self._check(options, ref.tenant)
        if options.deadline is not None:
            raise Invalid("each run would have the same deadline", field="deadline")
        kept = KeptBatch(options=options, **self._input(wanted, ref))
        return kept.model_dump(mode="json", exclude_defaults=True)

    def start(self, turn: Turn) -> str:
        kept, ref = KeptBatch.model_validate({"options": {}, **turn.work}), turn.job(KIND)
        options = self._check(kept.options, ref.tenant)
        job = BatchJob(
            **job_of(turn, ref, self._backend.clock),
            options=options.model_copy(update={"name": options.name or turn.name}),
            sources=self._sources(kept, turn, ref),
        )
        with self._backend.quotas.admitted(ref):
            return accept(job, self._backend).id

    def _check(self, options: Options, tenant: str) -> Options:
        """The options as a batch has them now. Raises Invalid, Forbidden."""
        found = with_template(options, tenant, self._backend)
        check_options(found, self._backend)
        check_allowed(tenant, found, self._backend)
        return found

    def _input(self, wanted: BatchToCome, ref: ScheduleRef) -> dict[str, str]:
        if wanted.prefix is not None:
            return {"prefix": wanted.prefix}
        body = CreateBatch.model_validate(wanted.model_dump(exclude={"prefix"}, exclude_unset=True))
        check_requests(with_template(body, ref.tenant, self._backend), self._backend)
        (source,) = placed(body, JobRef(tenant=ref.tenant, job=ref.id), self._backend)
        return {"key": self._own(source, ref)}

    def _own(self, source: BatchSource, ref: ScheduleRef) -> str:
        """The object as the schedule's own: an upload goes with the first batch that is made of it."""
        if source.key.startswith(ref.folder):
            return source.key
        key = ref.folder + source.key.rpartition("/")[2]
        self._backend.blobs.copy(source.key, key)
        return key

    def _sources(self, kept: KeptBatch, turn: Turn, ref: JobRef) -> tuple[BatchSource, ...]:
        keys = [kept.key] if kept.key else self._found(kept, turn)
        return tuple(map(source_of, copied_input(keys, ref, self._backend.blobs)))

    def _found(self, kept: KeptBatch, turn: Turn) -> list[str]:
        found = files(turn, kept.prefix or "", ENDINGS, self._backend.blobs)
        most = self._backend.settings.max_upload_bytes
        if large := next((each for each in found if each.size > most), None):
            raise Invalid(f"{large.key} has {large.size:,} bytes, and may have {most:,}", field="prefix")
        return [each.key for each in found]
