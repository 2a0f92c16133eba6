"""Accept: take a document to learn from, or a wish for a text, as a job that waits for its turn.

One transaction writes the job into its session's history, with its document; the job itself is the next write.
Its id is made of the tenant, the session and the idempotency key, so the same question twice is the same job.
"""

import re
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.jobs.identity import Caller, fingerprint_of, job_id
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import accept
from fanfold.ports import Change, UploadForm
from fanfold.writing.backend import WritingBackend
from fanfold.writing.documents import Document, added
from fanfold.writing.job import KIND, Wish, WritingJob, WritingTask
from fanfold.writing.reading import MAGIC_WITHIN, is_pdf, what
from fanfold.writing.result_cache import find_result
from fanfold.writing.session import Session, SessionRef, Text
from fanfold.writing.session_commands import check_model
from fanfold.writing.sessions import remember

UPLOAD = re.compile(r"[0-9a-f]{32}/[\w. -]{1,124}")
MOST_DOCUMENTS = 20
"""Documents of a session: all of them go into every prompt."""


class CreateDocumentUpload(BaseModel):
    """The body of `POST /v1/sessions/{session}/uploads`."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[str, StringConstraints(max_length=124, pattern=r"^[\w. -]+\.(?i:pdf)$")]


class DocumentUpload(BaseModel):
    """Send the PDF with the form, then train on this `upload`."""

    upload: str
    form: UploadForm
    max_bytes: int


class Train(BaseModel):
    """The body of `POST /v1/sessions/{session}/train`: an uploaded PDF, or a text (Markdown too)."""

    model_config = ConfigDict(extra="forbid")

    upload: str | None = None
    text: Annotated[str, Field(min_length=1)] | None = None
    title: Text | None = None


class Generate(Wish):
    """The body of `POST /v1/sessions/{session}/generate`. `fresh` asks for a new text where there is one already."""

    fresh: bool = False


def create_upload(ref: SessionRef, body: CreateDocumentUpload, backend: WritingBackend) -> DocumentUpload:
    """A form for one PDF. Raises NotFound."""
    session = backend.sessions.get(ref)
    name, most = f"{uuid4().hex}/{body.filename}", backend.settings.max_document_bytes
    return DocumentUpload(upload=name, form=backend.blobs.form(ref.uploads(session.epoch) + name, most), max_bytes=most)


def train(ref: SessionRef, body: Train, caller: Caller, backend: WritingBackend) -> WritingJob:
    """A job that trains the session on the document. Raises Invalid, NotFound, Conflict, KeyReused."""
    session = backend.sessions.get(ref)
    if (body.upload is None) == (body.text is None):
        raise Invalid("give either upload or text", field="upload")
    job = _job(session, WritingTask.TRAIN, body, caller, backend)
    job = job.model_copy(update={"title": body.title or _named(body)})
    document = _document(job, body, session, backend)
    return _accept(job, session, backend, added(session, document))


def generate(ref: SessionRef, body: Generate, caller: Caller, backend: WritingBackend) -> WritingJob:
    """A job that writes a text. Raises Conflict until the session is trained, Invalid, NotFound, KeyReused."""
    session = backend.sessions.get(ref)
    provider = body.provider or session.options.provider
    check_model(ref.tenant, provider, body.model, backend)
    if not session.trained:
        raise Conflict(f"session {session.id} is not trained yet: train it on a document first", field="session")
    job = _job(session, WritingTask.WRITE, body, caller, backend)
    wish = Wish.model_validate(body.model_dump(exclude={"fresh"}))
    job = job.model_copy(update={"wish": wish, "title": wish.topic.splitlines()[0][:120]})
    if not body.fresh and (known := find_result(job, session, backend)):
        job = job.model_copy(update={"cached_from": known.id})
    return _accept(job, session, backend)


def _job(session: Session, task: WritingTask, body: BaseModel, caller: Caller, backend: WritingBackend) -> WritingJob:
    given = body.model_dump(mode="json", exclude_none=True)
    provider = given.get("provider") or session.options.provider
    own = session.options.model if provider == session.options.provider else None
    return WritingJob(
        tenant=session.tenant,
        id=job_id(KIND, task.value, session.tenant, session.id, str(session.epoch), caller.idempotency_key),
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of(given),
        correlation_id=caller.correlation_id,
        key_id=caller.key_id,
        session=session.id,
        epoch=session.epoch,
        task=task,
        provider=provider,
        model=given.get("model") or own or backend.provider(provider).default_model,
    )


def _document(job: WritingJob, body: Train, session: Session, backend: WritingBackend) -> Document:
    """The document in its place. Raises NotFound for an upload that is not there, Invalid for what is no PDF."""
    if sum(document.id != job.id for document in backend.documents.all(session)) >= MOST_DOCUMENTS:
        raise Conflict(f"a session learns from {MOST_DOCUMENTS} documents at most", field="session")
    source = session.ref.uploads(session.epoch) + (body.upload or "")
    if body.text is not None:
        source = f"{session.folder}{job.id}.md"
        backend.blobs.put(source, body.text.encode(errors="replace"))
    else:
        _check_upload(source, body.upload or "", backend)
    return Document(
        id=job.id,
        title=job.title,
        kind="pdf" if body.text is None else "text",
        source=source,
        provider=job.provider,
        created_at=job.created_at,
    )


def _check_upload(key: str, upload: str, backend: WritingBackend) -> None:
    """Look at the first bytes: a file is a PDF by what it holds, whatever its name is."""
    missing = NotFound(f"there is no upload {upload!r} in this session; was the file sent?", field="upload")
    if not UPLOAD.fullmatch(upload) or ".." in upload:
        raise missing
    try:
        start = backend.blobs.get_range(key, 0, MAGIC_WITHIN)
    except KeyError:
        raise missing from None
    if not is_pdf(start):
        raise Invalid(f"{upload.partition('/')[2]} is no PDF: it is {what(start)}", field="upload")


def _accept(job: WritingJob, session: Session, backend: WritingBackend, *also: Change) -> WritingJob:
    """Take the job in, if it is not there already. Raises KeyReused."""
    with backend.quotas.admitted(job.ref):
        if not _is_known(job.ref, backend):
            backend.sessions.touch(session, remember(job), *also)  # False: it was cut short before
        return accept(job, backend)


def _is_known(ref: JobRef, backend: WritingBackend) -> bool:
    try:
        backend.jobs.get(ref)
    except NotFound:
        return False
    return True


def _named(body: Train) -> str:
    if body.upload:
        return body.upload.partition("/")[2].rpartition(".")[0][:120] or "document"
    first = next((line for line in (body.text or "").splitlines() if line.strip()), "text")
    return first.strip("# \t")[:120] or "text"
