"""Finding a text that was written before: the same wish, of the same profile, documents and model, in one session."""

from fanfold.errors import NotFound
from fanfold.jobs.identity import fingerprint_of
from fanfold.jobs.job import JobRef, State
from fanfold.ports import Change
from fanfold.writing.backend import WritingBackend
from fanfold.writing.job import WritingJob
from fanfold.writing.session import Session


def find_result(job: WritingJob, session: Session, backend: WritingBackend) -> WritingJob | None:
    """The finished job whose results are those that this one would have."""
    item = backend.table.get(session.ref.key(_sk(session, digest_of(job, session, backend))))
    if item is None:
        return None
    try:
        found = backend.jobs.get(JobRef(tenant=job.tenant, job=item["job"]))
    except NotFound:
        return None
    return found if found.state is State.COMPLETED and found.session == job.session else None


def cache_result(job: WritingJob, session: Session, digest: str) -> Change:
    """The write that lets the job's results be found."""
    return Change(key=session.ref.key(_sk(session, digest)), set={"job": job.id})


def digest_of(job: WritingJob, session: Session, backend: WritingBackend) -> str:
    """All that decides what is written: profile, wish, model and documents; the form does not."""
    profile = backend.documents.profile(session)
    said = {
        "profile": profile.model_dump(mode="json", include={"style", "summary"}) if profile else None,
        "documents": [document.id for document in backend.documents.ready(session)],
        "wish": job.asked.model_dump(mode="json", exclude={"format"}),
        "language": session.options.language,
        "tone": session.options.tone,
        "model": [job.provider, job.model],
    }
    return fingerprint_of(said)


def _sk(session: Session, digest: str) -> str:
    return f"R#{session.epoch:04d}#{digest}"
