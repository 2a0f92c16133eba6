"""Outline: what sections a text has, of how many words each; the user's own, or one that the model makes."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanfold.errors import BadReply, NotFound
from fanfold.jobs.job import JobRef, State
from fanfold.lines import parse_json
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import Heading, Wish, WritingJob
from fanfold.writing.model_call import ask_model
from fanfold.writing.prompt import described, wanted
from fanfold.writing.run_guard import RunStep, guard_run
from fanfold.writing.run_once import run_once
from fanfold.writing.session import Session
from fanfold.writing.train import counted

WORDS_A_SECTION = 250
LEAST_SECTION = 150
"""Words that a section has at least, if the text is long enough for several."""
MOST_SECTIONS = 40
MOST_TOKENS = 8192
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "sections": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"title": {"type": "string"}, "about": {"type": "string"}},
                "required": ["title", "about"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["title", "sections"],
    "additionalProperties": False,
}


class OutlinePart(Heading):
    """A section of the outline and its words."""

    words: int


class Outline(BaseModel):
    """The whole plan of a text."""

    model_config = ConfigDict(frozen=True)

    title: str
    parts: Annotated[tuple[OutlinePart, ...], Field(min_length=1)]


class PlannedText(BaseModel):
    """What an execution needs to know: sections by number; the first is written before the others, so that the
    provider has the material in its cache when they come."""

    tenant: str
    job: str
    run: int
    first: list[int]
    rest: list[int]


def outline(step: RunStep, backend: WritingBackend) -> PlannedText:
    """Plan the text. A text that was written before is taken over: then there is nothing to write."""
    job, session = guard_run(step, backend)
    if job.cached_from and _taken_over(job, backend):
        return _planned(step, 0)
    if not job.chunks:
        job = _plan(job, session, backend)
    return _planned(step, job.chunks)


def read_outline(ref: JobRef, backend: WritingBackend) -> Outline:
    """The job's outline. Raises KeyError before there is one."""
    return Outline.model_validate_json(backend.blobs.get(ref.folder + "outline.json"))


def shares(words: int, parts: int) -> list[int]:
    """The words of each of `parts` sections; they add up to `words`."""
    return [words * (at + 1) // parts - words * at // parts for at in range(parts)]


def sections_for(words: int) -> int:
    """How many sections a text of so many words has."""
    return max(1, min(round(words / WORDS_A_SECTION), MOST_SECTIONS))


def _plan(job: WritingJob, session: Session, backend: WritingBackend) -> WritingJob:
    wish = job.asked
    if wish.outline:
        made = _shared(job.title, wish.outline, wish.words)
    else:
        piece = run_once(job.ref, 0, lambda section: _ask(job, session, section, backend), backend)
        title, headings = _read(backend.blobs.get(piece.result or "").decode())
        made = _shared(title or job.title, headings[: _most(wish.words)], wish.words)
    backend.blobs.put(job.ref.folder + "outline.json", made.model_dump_json().encode())
    return backend.jobs.move(job, chunks=len(made.parts), title=made.title)


def _most(words: int) -> int:
    return max(1, min(MOST_SECTIONS, words // LEAST_SECTION))


def _shared(title: str, headings: tuple[Heading, ...], words: int) -> Outline:
    lengths = shares(words, len(headings))
    parts = [
        OutlinePart(**heading.model_dump(), words=length) for heading, length in zip(headings, lengths, strict=True)
    ]
    return Outline(title=title, parts=tuple(parts))


def _ask(job: WritingJob, session: Session, section: Checkpoint, backend: WritingBackend) -> tuple[bytes, Checkpoint]:
    said = ask_model(wanted(job, session, section, _request(job.asked), MOST_TOKENS, backend, schema=SCHEMA), backend)
    _read(said.text)
    return said.text.encode(), counted(section, said)


def _request(wish: Wish) -> str:
    return (
        f"{described(wish)}\n\nMake the outline of this text: its title, and about {sections_for(wish.words)} sections "
        "in order, each with a title and a note on what it covers, so that no two say the same. "
        "Do not write the text itself."
    )


def _read(text: str) -> tuple[str, tuple[Heading, ...]]:
    """The title and the sections that a model answered with. Raises BadReply if there are none."""
    try:
        said = parse_json(text.encode())
        found = tuple(Heading(title=_line(each["title"]), about=str(each["about"])[:2000]) for each in said["sections"])
        if not found:
            raise ValueError("no section")  # noqa: TRY301
        return _line(said["title"]), found[:MOST_SECTIONS]
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise BadReply(f"the model's outline can't be read: {type(error).__name__}") from None


def _line(text: Any) -> str:
    """A title: one line, without the marks of a heading."""
    return (" ".join(str(text).split()).lstrip("#* ").rstrip("* ") or "Untitled")[:200]


def _planned(step: RunStep, parts: int) -> PlannedText:
    numbers = list(range(1, parts + 1))
    return PlannedText(**step.model_dump(), first=numbers[:1], rest=numbers[1:])


def _taken_over(job: WritingJob, backend: WritingBackend) -> bool:
    """Whether the text of the job that is named is still there; it is this one's then."""
    before = JobRef(tenant=job.tenant, job=job.cached_from or "")
    try:
        found = backend.jobs.get(before)
        if found.state is not State.COMPLETED:
            return False
        for name in ("outline.json", "text.md"):
            backend.blobs.copy(before.folder + name, job.ref.folder + name)
    except (NotFound, KeyError):
        return False
    return True
