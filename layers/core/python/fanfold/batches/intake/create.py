"""Accept: take a batch in, durably, with one conditional write; what follows comes from it."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches import hooks
from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.completing import SETTINGS
from fanfold.batches.input.lines import read_requests
from fanfold.batches.intake.backpressure import check_pressure
from fanfold.batches.intake.from_template import with_template
from fanfold.batches.model.batch import KIND, BatchJob, BatchSource, Endpoint, Mode, Options, Surface
from fanfold.batches.model.schema_check import flaw_of
from fanfold.clock import stamp
from fanfold.errors import Flaw, Invalid
from fanfold.jobs.callbacks import check_callbacks
from fanfold.jobs.ending import expiry
from fanfold.jobs.identity import Caller, fingerprint_of
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import accept
from fanfold.jobs.upload import find_upload
from fanfold.providers import Completing, Prompt
from fanfold.quotas.guard import Unit, check_model

ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
TABLES = (".csv", ".tsv")
SPARE_SECONDS = 30
"""What a worker needs beside the longest request."""
SHOWN = 5
"""Bad lines that a refusal names."""
MOST_SAID_BYTES = 320 * 1024
"""Options and names of parts, as JSON: a job's item has 400 KB, of which samples of bad lines take up to 48."""


class Input(BaseModel):
    """What requests come in: themselves, or an upload of them."""

    model_config = ConfigDict(extra="forbid")

    requests: Annotated[list[Any], Field(min_length=1)] | None = None
    upload: str | None = None


class CreateBatch(Options, Input):
    """The body of `POST /v1/batches`. A draft may be without input, and gets more until it is processed."""

    draft: bool = False
    dry_run: bool = False
    """Whether it is only to be planned: read, checked and estimated, and then kept as a draft that can be processed."""


def create_batch(body: CreateBatch, caller: Caller, backend: BatchBackend, surface: Surface | None = None) -> BatchJob:
    """A new batch, or the one that this idempotency key made before; `surface` is how another SDK asked for it.

    Raises Invalid, NotFound, KeyReused, Busy, and Forbidden for a model that the operator does not let the tenant ask.
    """
    if body.draft:
        return accept(drafted(body, caller, backend, surface), backend)
    check_pressure(with_template(body, caller.tenant, backend), caller.ref(KIND), backend)
    with backend.quotas.admitted(caller.ref(KIND), Unit.REQUESTS, len(body.requests or ())):
        return accept(drafted(body, caller, backend, surface), backend)


def drafted(body: CreateBatch, caller: Caller, backend: BatchBackend, surface: Surface | None = None) -> BatchJob:
    """The job that the body asks for, its input in place. Raises Invalid, NotFound, Conflict."""
    asked = fingerprint_of(body.model_dump(mode="json", exclude_none=True))
    body = with_template(body, caller.tenant, backend)
    check_options(body, backend)
    check_allowed(caller.tenant, body, backend)
    check_requests(body, backend)
    if body.draft and body.dry_run:
        raise Invalid("a draft is not planned: create it without one of the two", field="dry_run")
    ref = caller.ref(KIND)
    return BatchJob(
        tenant=ref.tenant,
        id=ref.job,
        state=State.DRAFT if body.draft else State.ACCEPTED,
        created_at=stamp(backend.clock()),
        expires_at=expiry(caller.tenant, backend) if body.draft else None,
        dry_run=body.dry_run,
        fingerprint=asked,
        correlation_id=caller.correlation_id,
        key_id=caller.key_id,
        options=Options.model_validate(body.model_dump(include=set(Options.model_fields))),
        sources=placed(body, ref, backend, draft=body.draft),
        surface=surface,
    )


def placed(body: Input, ref: JobRef, backend: BatchBackend, *, draft: bool = False) -> tuple[BatchSource, ...]:
    """The input as a source in its place. Raises Invalid unless there is exactly one; a draft may have none."""
    given = [name for name in ("requests", "upload") if getattr(body, name) is not None]
    if not given and draft:
        return ()
    if len(given) != 1:
        raise Invalid("give either requests or upload", field="requests")
    if body.upload is not None:
        return (uploaded(ref.tenant, body.upload, backend),)
    name = fingerprint_of(body.model_dump(mode="json", include={"requests"}))[:16]
    source = BatchSource(key=f"{ref.folder}input-{name}.jsonl")
    write_requests(body.requests or [], source, backend)
    return (source,)


def check_options(options: Options, backend: BatchBackend) -> None:
    """Refuse a provider or a model that there is not. Raises Invalid."""
    check_room(options)
    check_enabled(options, backend)
    check_operations(options, backend)
    check_callbacks(options.callbacks, backend.settings.webhook_hosts)
    provider = backend.provider(options.provider)
    if options.model is not None and not provider.knows(options.model):
        raise Invalid(f"{options.model!r} is no model of {options.provider}", field="model")
    _check_endpoint(options, backend)
    _check_lanes(options, backend)
    check_prompt(options, backend)
    if options.response_schema is not None:
        check_schema(options.response_schema, options.provider, backend)


def check_requests(body: CreateBatch, backend: BatchBackend) -> None:
    """Refuse inline requests of which none can be run. Raises Invalid with the first of them."""
    if body.requests is None or body.draft:
        return
    flaws: list[Flaw] = []
    lines = (json.dumps(request, ensure_ascii=False).encode(errors="replace") for request in body.requests)
    for found in read_requests(lines, BatchSource(key=""), body, backend.provider(body.provider)):
        if not isinstance(found, Flaw):
            return
        if len(flaws) < SHOWN:
            flaws.append(found)
    raise Invalid(f"none of its {len(body.requests):,} requests can be run: {flaws[0].detail}", *flaws)


def check_enabled(options: Options, backend: BatchBackend) -> None:
    """Refuse a provider that the operator has switched off. Raises Invalid."""
    asked = (("provider", options.provider), *(("fallbacks", each.provider) for each in options.fallbacks))
    for field, name in asked:
        if name in backend.settings.disabled_providers:
            raise Invalid(f"{name} is switched off in this deployment", field=field)


def check_allowed(tenant: str, options: Options, backend: BatchBackend) -> None:
    """Refuse providers and models that the operator does not let the tenant ask. Raises Forbidden."""
    quotas = backend.quotas.of(tenant)
    check_model(quotas, options.provider, options.model)
    for number, fallback in enumerate(options.fallbacks):
        name = fallback.provider or options.provider
        check_model(quotas, name, fallback.model, f"fallbacks.{number}.model")


def check_operations(options: Options, backend: BatchBackend) -> None:
    """Refuse hooks that there are not, and a time that no worker has. Raises Invalid."""
    if unknown := [name for name in options.hooks if name not in hooks.names()]:
        there = ", ".join(hooks.names()) or "none"
        raise Invalid(f"there is no hook {unknown[0]!r}; there are: {there}", field="hooks")
    longest = backend.settings.worker_seconds - SPARE_SECONDS
    if options.timeout is not None and options.timeout > longest:
        raise Invalid(f"a request may take {longest:g} s in this deployment", field="timeout")


def check_prompt(options: Options, backend: BatchBackend) -> None:
    """Refuse options that the provider has no place for. Raises Invalid with the field."""
    provider = backend.provider(options.provider)
    if not isinstance(provider, Completing):
        return
    set_ = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    provider.body(Prompt(provider.default_model, (), **set_, endpoint=options.endpoint.value))


def _check_endpoint(options: Options, backend: BatchBackend) -> None:
    """Refuse what the provider can't be asked, and what means nothing there. Raises Invalid."""
    if options.endpoint.value not in backend.provider(options.provider).capabilities.endpoints:
        raise Invalid(f"{options.provider} has no {options.endpoint}", field="endpoint")
    if options.endpoint is not Endpoint.CHAT and options.fallbacks:
        raise Invalid(f"{options.endpoint} have no fallbacks: other providers have none", field="fallbacks")
    if options.endpoint is Endpoint.EMBEDDINGS and options.system is not None:
        raise Invalid("an embedding is of a text alone", field="system")


def _check_lanes(options: Options, backend: BatchBackend) -> None:
    """Refuse what holds in real time only, where nothing is ever asked in real time. Raises Invalid."""
    lanes = backend.provider(options.provider).capabilities.lanes
    if options.sample is not None and "realtime" not in lanes:
        raise Invalid(f"{options.provider} can't be asked in real time, which a sample is", field="sample")
    if options.mode is not Mode.AUTO and options.mode not in lanes:
        raise Invalid(f"{options.provider} can't be asked in real time", field="mode")
    if "realtime" in lanes and (options.mode is not Mode.BATCH or options.fails_over or options.sample):
        _check_fallbacks(options, backend)
        return
    why = "without failover" if "realtime" in lanes else f"and {options.provider} can't be asked so"
    for field in ("deadline", "failover", "fallbacks", "timeout", "retry_attempts", "requests_per_minute"):
        if getattr(options, field):
            raise Invalid(f"it holds in real time only, {why}", field=field)


def _check_fallbacks(options: Options, backend: BatchBackend) -> None:
    for number, fallback in enumerate(options.fallbacks):
        name = fallback.provider or options.provider
        provider = backend.provider(name)
        if "realtime" not in provider.capabilities.lanes:
            raise Invalid(f"{name} can't be asked in real time", field=f"fallbacks.{number}.provider")
        if fallback.model is not None and not provider.knows(fallback.model):
            raise Invalid(f"{fallback.model!r} is no model of {name}", field=f"fallbacks.{number}.model")


def check_room(options: Options, sources: tuple[BatchSource, ...] = ()) -> None:
    """Refuse what would not fit into the job's item. Raises Invalid."""
    texts = (options.model_dump_json(include=set(Options.model_fields)), *map(BatchSource.model_dump_json, sources))
    if (size := sum(len(text.encode()) for text in texts)) > MOST_SAID_BYTES:
        said = "the options and the names of the parts" if sources else "the options"
        raise Invalid(f"{said} have {size:,} bytes together, and may have {MOST_SAID_BYTES:,}", field="system")


def check_schema(schema: dict[str, Any], provider: str, backend: BatchBackend) -> None:
    """Refuse what is no schema, is too large for the job's item, or would be ignored. Raises Invalid."""
    if not backend.provider(provider).capabilities.structured_output:
        raise Invalid(f"{provider} has no structured output", field="response_schema")
    if flaw := flaw_of(schema):
        raise Invalid(flaw, field="response_schema")


def write_requests(requests: list[Any], source: BatchSource, backend: BatchBackend) -> None:
    """Inline requests as an input object, one line each, so that they go the way of every file."""
    lines = (json.dumps(request, ensure_ascii=False).encode() for request in requests)
    backend.blobs.put(source.key, b"\n".join(lines) + b"\n")


def uploaded(tenant: str, upload: str, backend: BatchBackend) -> BatchSource:
    """An upload as a source. Raises Invalid for no format of ours, NotFound for no such upload, Conflict if empty."""
    if not upload.lower().endswith(ENDINGS):
        raise Invalid(f"{upload!r} holds no requests: its name ends in one of {', '.join(ENDINGS)}", field="upload")
    key, version = find_upload(tenant, upload, backend.blobs)
    return source_of(key).model_copy(update={"version": version})


def source_of(key: str) -> BatchSource:
    """The object as a source, its format by its name."""
    return BatchSource(key=key, format="csv" if key.lower().endswith(TABLES) else "jsonl")
