"""Learn: train a session on a document: read it, give it to the provider once, make the profile of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fanfold.clock import stamp
from fanfold.errors import Incomplete, JobRefused, Superseded
from fanfold.jobs.life_cycle import complete, fail
from fanfold.providers import Material, documents
from fanfold.writing import words
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.documents import Document, DocumentState, noted, profiled
from fanfold.writing.job import WritingJob
from fanfold.writing.model_call import ModelReply, WritingRequest, ask_model
from fanfold.writing.profile import ROLE, SCHEMA, merged, read, request
from fanfold.writing.reading import MOST_NAMED, DocumentReading, read_text
from fanfold.writing.run_guard import RunStep, closed_by, guard_run
from fanfold.writing.run_once import run_once
from fanfold.writing.session import Session
from fanfold.writing.sessions import trained

MOST_TOKENS = 8192
TRIES = 10
MOST_TEXT = 300_000
"""Letters of a document that go into a prompt as text."""


def run_training(step: RunStep, backend: WritingBackend) -> WritingJob:
    """Train. A document that can't be used fails the job with the reason. Raises Superseded, ProviderUnavailable."""
    if done := closed_by(step, backend):
        return done
    job, session = guard_run(step, backend)
    document = backend.documents.get(session.ref, session.epoch, job.id)
    try:
        document = _kept(_read(document, session, backend), session, backend)
    except JobRefused as error:
        return fail(job, str(error), backend)
    piece = run_once(job.ref, 0, lambda section: _ask(job, document, section, backend), backend)
    return _learnt(step, document, piece, backend)


def _read(document: Document, session: Session, backend: WritingBackend) -> Document:
    """The document with its text in place. Raises JobRefused."""
    if document.text is not None:
        return document
    try:
        body = backend.blobs.get(document.source)
    except KeyError:
        raise JobRefused("the uploaded file is gone") from None
    if len(body) > backend.settings.max_document_bytes:
        most = backend.settings.max_document_bytes
        raise JobRefused(f"the document has {len(body):,} bytes, and may have {most:,}")
    reading: DocumentReading = backend.read_pdf(body) if document.kind == "pdf" else read_text(body)
    text = f"{session.folder}{document.id}.txt"
    found = {
        "bytes": len(body),
        "pages": len(reading.pages) if document.kind == "pdf" else 0,
        "without_text": list(reading.blank[:MOST_NAMED]),
        "words": words.count(reading.text),
        "text": text,
    }
    backend.blobs.put(text, reading.text.encode())
    return _noted(document, session, backend, **found)


def _kept(document: Document, session: Session, backend: WritingBackend) -> Document:
    """The document among the provider's files, once: one that an earlier try left there is found by its name."""
    provider = documents(backend.provider(document.provider, session.tenant))
    if provider is None or document.kind != "pdf" or document.file is not None:
        return document
    if document.bytes > provider.most_document_bytes or document.pages > provider.most_document_pages:
        return document
    name = f"{session.ref.marker(session.epoch)}{document.id}.pdf"
    found = next(iter(provider.kept_documents(name)), None)
    if found is None:
        with TemporaryDirectory(prefix="fanfold-") as folder:
            file = Path(folder) / "document.pdf"
            file.write_bytes(backend.blobs.get(document.source))
            found = provider.keep_document(file, name)
    try:
        return _noted(document, session, backend, file=found)
    except Superseded:
        provider.drop_document(found)
        raise


def _noted(document: Document, session: Session, backend: WritingBackend, **news: object) -> Document:
    if not backend.documents.note(session.ref, session.epoch, document.id, **news):
        raise Superseded(f"document {document.id} is gone")
    return document.model_copy(update={name: tuple(v) if isinstance(v, list) else v for name, v in news.items()})


def _ask(job: WritingJob, document: Document, section: Checkpoint, backend: WritingBackend) -> tuple[bytes, Checkpoint]:
    said = ask_model(
        WritingRequest(
            tenant=job.tenant,
            id=f"{job.id}-0-{section.attempt}",
            provider=job.provider,
            model=job.model,
            system=ROLE,
            material=[material(document, job.provider, backend)],
            request=request(document),
            max_tokens=MOST_TOKENS,
            schema=SCHEMA,
        ),
        backend,
    )
    read(said.text)
    return said.text.encode(), counted(section, said)


def material(document: Document, provider: str, backend: WritingBackend) -> Material:
    """The document as a part of a prompt: the provider's file of it, or its text."""
    if document.file and document.provider == provider:
        return Material(title=document.title, file=document.file)
    text = backend.blobs.get(document.text or "").decode()
    return Material(text[:MOST_TEXT], title=document.title)


def counted(section: Checkpoint, said: ModelReply) -> Checkpoint:
    """The piece with what it took."""
    taken = {"calls": said.calls, "tokens": said.tokens, "cost": said.cost, "words": words.count(said.text)}
    return section.model_copy(update=taken)


def _learnt(step: RunStep, document: Document, piece: Checkpoint, backend: WritingBackend) -> WritingJob:
    """Close the job, with its document ready and its profile in place. Raises Superseded, Incomplete."""
    style, summary = read(backend.blobs.get(piece.result or "").decode())
    for _ in range(TRIES):
        job, session = guard_run(step, backend)
        before = backend.documents.profile(session)
        profile = merged(before, style, summary, document, stamp(backend.clock()))
        ready = noted(session.ref, session.epoch, document.id, state=DocumentState.READY)
        news = {"pages": document.pages, "words": document.words, "notes": list(_notes(document))}
        try:
            return complete(job, backend, ready, profiled(session, profile, before), trained(session), **news)
        except Superseded:  # another document was learnt from, or the profile edited, at the same moment
            continue
    raise Incomplete(f"the profile of session {document.id} changes all the time")


def _notes(document: Document) -> tuple[str, ...]:
    blank = document.without_text
    if not blank:
        return ()
    more = " …" if len(blank) == MOST_NAMED else ""
    return (f"pages without text, such as scans: {', '.join(map(str, blank))}{more}",)
