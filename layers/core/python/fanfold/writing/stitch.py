"""Stitch: the sections as one text, its forms, and the end of the job."""

from fanfold.errors import Incomplete
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import complete
from fanfold.writing import formats, words
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import WritingJob
from fanfold.writing.outline import read_outline
from fanfold.writing.result_cache import cache_result, digest_of
from fanfold.writing.run_guard import RunStep, closed_by, guard_run
from fanfold.writing.session import Session

TEXT = "text.md"
SOURCES = "\n\n## Sources\n\n"


def stitch(step: RunStep, backend: WritingBackend) -> RunStep:
    """Put the sections together. Raises Incomplete if one is missing."""
    job, session = guard_run(step, backend)
    if job.chunks:  # a text that was taken over is whole
        backend.blobs.put(job.ref.folder + TEXT, _stitched(job, session, backend).encode())
    return step


def render(step: RunStep, backend: WritingBackend) -> WritingJob:
    """Make every form of the text, and close the job. A doubled call does again only what comes after the end."""
    if done := closed_by(step, backend):
        return done
    job, session = guard_run(step, backend)
    text = backend.blobs.get(job.ref.folder + TEXT).decode()
    missing = ""
    for name, form in backend.forms.items():
        rendered = form.render(text, job.title)
        backend.blobs.put(result_key(job.ref, name), rendered.body)
        missing = missing or rendered.missing
    written = words.count(text.partition(SOURCES)[0])
    news = {"words": written, "notes": list(_notes(job, written, missing, backend))}
    found = cache_result(job, session, digest_of(job, session, backend))
    return complete(job, backend, found, **news)


def result_key(ref: JobRef, name: str) -> str:
    """The object that holds a form of the job's text."""
    return f"{ref.folder}result.{formats.renderer(name).ending}"


def section_text(section: Checkpoint, backend: WritingBackend) -> str:
    """What was written of a settled section."""
    return backend.blobs.get(section.result or "").decode()


def _stitched(job: WritingJob, session: Session, backend: WritingBackend) -> str:
    plan, sections = read_outline(job.ref, backend), list(backend.sections.all(job.ref))
    written = {section.number: section for section in sections if section.settled and section.number}
    if missing := [number for number in range(1, job.chunks + 1) if number not in written]:
        raise Incomplete(f"sections {missing} of job {job.id} are not written")
    parts = [f"# {plan.title}"]
    for number, part in enumerate(plan.parts, 1):
        parts.append(f"## {part.title}\n\n{section_text(written[number], backend)}")
    return "\n\n".join(parts) + _sources(job, session, backend) + "\n"


def _sources(job: WritingJob, session: Session, backend: WritingBackend) -> str:
    """The documents that the model had, by their numbers."""
    if not job.asked.sources:
        return ""
    listed = [
        f"{number}. {each.title}" + (f" ({each.pages} pages)" if each.pages else "")
        for number, each in enumerate(backend.documents.ready(session), 1)
    ]
    return SOURCES + "\n".join(listed)


def _notes(job: WritingJob, written: int, missing: str, backend: WritingBackend) -> list[str]:
    found = []
    if not words.fits(written, job.asked.words):
        found.append(f"the text has {written:,} words instead of {job.asked.words:,}")
    if repaired := [section.number for section in backend.sections.all(job.ref) if section.repaired]:
        found.append(f"sections written twice for their length: {', '.join(map(str, repaired))}")
    if missing:
        found.append(f"the PDF has no sign for: {missing}")
    return found
