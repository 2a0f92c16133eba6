"""Scheduled: a batch that is made again and again, of requests that are kept or of files that come."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanfold.batches.backend import Backend
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
from fanfold.clock import stamp
from fanfold.errors import Invalid
from fanfold.jobs.identity import Caller, fingerprint_of, job_id
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import accept
from fanfold.problems import invalid
from fanfold.schedules.files import Prefix, files
from fanfold.schedules.model import Schedule, ScheduleRef
from fanfold.schedules.work import SCHEDULE, Turn


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


class BatchWork:
    """Batches, as schedules have them made."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def place(self, given: Any, caller: Caller) -> ScheduleRef:
        return ScheduleRef(caller.tenant, job_id("schedule", caller.tenant, caller.idempotency_key))

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        try:
            wanted = BatchToCome.model_validate(given)
        except ValidationError as error:
            raise invalid(error, "the batch is not as it should be") from None
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
            tenant=ref.tenant,
            id=ref.job,
            created_at=stamp(self._backend.clock()),
            fingerprint=fingerprint_of(turn.fingerprint),
            correlation_id=turn.correlation_id,
            key_id=SCHEDULE,
            options=options.model_copy(update={"name": options.name or turn.name}),
            sources=self._sources(kept, turn, ref),
        )
        with self._backend.quotas.admitted(ref):
            return accept(job, self._backend).id

    def noted(self, schedule: Schedule, *, gone: bool = False) -> None:
        """Nobody has to know."""

    def _check(self, options: Options, tenant: str) -> Options:
        """The options as a batch has them now. Raises Invalid, Forbidden."""
        found = with_template(options, tenant, self._backend)
        check_options(found, self._backend)
        check_allowed(tenant, found, self._backend)
        return found

    def _input(self, wanted: BatchToCome, ref: ScheduleRef) -> dict[str, str]:
        given = [name for name in ("requests", "upload", "prefix") if getattr(wanted, name) is not None]
        if len(given) != 1:
            raise Invalid("give one of requests, upload and prefix", field="requests")
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
        """Its input, copied: the batch is of what was there, and its removal takes nobody's file."""
        keys = [kept.key] if kept.key else self._found(kept, turn)
        copies = [f"{ref.folder}input-{number:03d}-{key.rpartition('/')[2]}" for number, key in enumerate(keys)]
        for key, copy in zip(keys, copies, strict=True):
            self._backend.blobs.copy(key, copy)
        return tuple(map(source_of, copies))

    def _found(self, kept: KeptBatch, turn: Turn) -> list[str]:
        found = files(turn, kept.prefix or "", ENDINGS, self._backend.blobs)
        most = self._backend.settings.max_upload_bytes
        if large := next((each for each in found if each.size > most), None):
            raise Invalid(f"{large.key} has {large.size:,} bytes, and may have {most:,}", field="prefix")
        return [each.key for each in found]
