"""What a tenant sees of their writing jobs, and of the texts as they come."""

from hashlib import sha256
from typing import Any, Literal, cast

from pydantic import BaseModel

from fanfold.errors import Conflict, NotFound
from fanfold.jobs.job import JobRef, State
from fanfold.writing import formats, words
from fanfold.writing.accounting import usage
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import KIND, WritingJob, WritingTask
from fanfold.writing.outline import read_outline
from fanfold.writing.session import SessionRef
from fanfold.writing.session_views import NANO, TokenTotals, token_totals
from fanfold.writing.stitch import result_key, section_text

Shown = Literal["pending", "training", "generating", "completed", "failed", "cancelled"]


class SectionView(BaseModel):
    number: int
    title: str
    state: Literal["waiting", "writing", "written"]
    words: int = 0
    asked: int
    repaired: bool = False
    text: str | None = None
    """Only where the text is asked for."""


class JobView(BaseModel):
    """A job; `percent` is rounded down, `within` says whether the length is within a tenth of what was asked."""

    id: str
    session: str
    task: WritingTask
    state: Shown
    title: str
    provider: str
    model: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    notes: tuple[str, ...]
    words: int
    words_asked: int | None
    within: bool | None = None
    percent: int = 0
    sections: list[SectionView] = []
    tokens: TokenTotals = TokenTotals()
    cost_usd: float | None = None
    cached_from: str | None = None
    format: str | None = None


class JobPage(BaseModel):
    jobs: list[JobView]
    cursor: str | None


class LiveText(BaseModel):
    """What is written so far, in order; a section that is not there yet has no text."""

    id: str
    state: Shown
    title: str
    sections: list[SectionView]


class WritingReceipt(BaseModel):
    """The answer to a new job: only what never changes, so that a replay gets the same."""

    id: str
    state: Shown = "pending"
    created_at: str


def shown(job: WritingJob) -> Shown:
    """The job's state in the words of this service."""
    match job.state:
        case State.COMPLETED | State.FAILED | State.CANCELLED:
            return cast(Shown, job.state.value)
        case State.RUNNING:
            return "training" if job.task is WritingTask.TRAIN else "generating"
        case _:
            return "pending"


def job_view(job: WritingJob) -> JobView:
    """The job as META tells it, without a look at what goes on."""
    fields = {"id", "session", "task", "title", "provider", "model", "created_at", "started_at", "finished_at"}
    known = job.model_dump(include=fields | {"error", "notes", "words", "cached_from"})
    counts, wish = job.counts, job.wish
    return JobView(
        state=shown(job),
        words_asked=wish.words if wish else None,
        format=wish.format if wish else None,
        within=words.fits(job.words, wish.words) if wish and job.state is State.COMPLETED else None,
        percent=100 if job.state is State.COMPLETED else 0,
        tokens=token_totals(counts.input_tokens, counts.output_tokens, counts.cached_tokens),
        cost_usd=None if job.cost is None else job.cost / NANO,
        **known,
    )


def show_job(ref: JobRef, backend: WritingBackend) -> tuple[JobView, str]:
    """The job with its progress by section, and the tag that changes when any of it does. Raises NotFound."""
    job = _find(ref, backend)
    pieces = list(backend.sections.all(ref))
    view = job_view(job)
    if not job.over:
        counts, cost = usage(pieces)
        tokens = token_totals(counts.input_tokens, counts.output_tokens, counts.cached_tokens)
        view = view.model_copy(update={"tokens": tokens, "cost_usd": None if cost is None else cost / NANO})
    sections = _sections(job, pieces, backend)
    if sections and not job.over:
        done = sum(map(_written, sections))
        view = view.model_copy(update={"percent": 100 * done // len(sections)})
    return view.model_copy(update={"sections": sections}), tag(job, pieces)


def live_tag(ref: JobRef, backend: WritingBackend) -> str:
    """The tag of the job as it is now, for a look that reads no text. Raises NotFound."""
    return tag(_find(ref, backend), list(backend.sections.all(ref)))


def live(ref: JobRef, backend: WritingBackend) -> LiveText:
    """The sections that are written so far. Raises NotFound, and Conflict for a job that writes nothing."""
    job = _find(ref, backend)
    if job.task is WritingTask.TRAIN:
        raise Conflict(f"job {job.id} trains its session: it writes no text", field="id")
    pieces = {piece.number: piece for piece in backend.sections.all(ref)}
    sections = [
        each.model_copy(update={"text": section_text(pieces[each.number], backend) if _written(each) else None})
        for each in _sections(job, list(pieces.values()), backend)
    ]
    return LiveText(id=job.id, state=shown(job), title=job.title, sections=sections)


def tag(job: WritingJob, pieces: list[Checkpoint]) -> str:
    """An entity tag: it changes with the job, and with each piece that is begun or done."""
    said: list[Any] = [job.id, job.version, job.state.value]
    said += [(piece.number, piece.attempt, piece.result) for piece in pieces]
    return f'"{sha256(repr(said).encode()).hexdigest()[:24]}"'


def job_page(tenant: str, limit: int, cursor: str | None, backend: WritingBackend) -> JobPage:
    """A page of the tenant's writing jobs, newest first."""
    found, after = backend.jobs.list(tenant, limit, cursor)
    return JobPage(jobs=[job_view(job) for job in found if job.state is not State.DELETING], cursor=after)


def history(ref: SessionRef, limit: int, cursor: str | None, backend: WritingBackend) -> JobPage:
    """A page of the session's jobs, newest first."""
    session = backend.sessions.get(ref)
    lines, after = backend.sessions.history(session, limit, cursor)
    jobs = []
    for id in dict.fromkeys(line.job for line in lines):
        try:
            jobs.append(job_view(_find(JobRef(tenant=ref.tenant, job=id), backend)))
        except NotFound:  # it is just being accepted, or was never
            continue
    return JobPage(jobs=jobs, cursor=after)


def result(ref: JobRef, format: str | None, backend: WritingBackend) -> str:
    """A URL at which the text can be had for a while. Raises NotFound, and Conflict while there is none."""
    job = _find(ref, backend)
    if job.wish is None:
        raise Conflict(f"job {job.id} trains its session: its result is the profile", field="id")
    if job.state is not State.COMPLETED:
        raise Conflict(f"job {job.id} is {shown(job)}: it has no result", field="id")
    name = format or job.wish.format
    return backend.blobs.link(result_key(ref, name), f"{job.id}.{formats.renderer(name).ending}")


def _find(ref: JobRef, backend: WritingBackend) -> WritingJob:
    """The job, if it is not past its time. Raises NotFound."""
    job = backend.jobs.get(ref)
    if job.state is State.DELETING:
        raise NotFound(f"there is no {KIND} {ref.job!r}", field="id")
    return job


def _sections(job: WritingJob, pieces: list[Checkpoint], backend: WritingBackend) -> list[SectionView]:
    if job.task is WritingTask.TRAIN or not job.chunks:
        return []
    begun = {piece.number: piece for piece in pieces}
    found = []
    for number, part in enumerate(read_outline(job.ref, backend).parts, 1):
        piece = begun.get(number, Checkpoint(number=number))
        state = "written" if piece.settled else "writing" if piece.attempt and not job.over else "waiting"
        figures = {"words": piece.words, "asked": part.words, "repaired": piece.repaired}
        found.append(SectionView(number=number, title=part.title, state=state, **figures))
    return found


def _written(section: SectionView) -> bool:
    return section.state == "written"
