"""Compose: one section of a text, once more if its length is wrong, kept as a checkpoint."""

import re

from pydantic import BaseModel

from fanfold.writing import words
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import WritingJob
from fanfold.writing.model_call import ModelReply, ask_model
from fanfold.writing.outline import Outline, OutlinePart, read_outline
from fanfold.writing.prompt import described, wanted
from fanfold.writing.quoted import fenced
from fanfold.writing.run_guard import RunStep, guard_run
from fanfold.writing.run_once import run_once
from fanfold.writing.session import Session
from fanfold.writing.train import counted

TITLE = re.compile(r"\A\s*#{1,6}[^\n]*\n+")


class ComposeSection(RunStep):
    """A section of a run, by its number from 1."""

    section: int


class Composed(BaseModel):
    section: int
    words: int


def compose(step: ComposeSection, backend: WritingBackend) -> Composed:
    """Write the section, unless it is written. Raises Superseded, ProviderUnavailable, ProviderRefused."""
    job, session = guard_run(step, backend)
    plan = read_outline(job.ref, backend)
    done = run_once(job.ref, step.section, lambda section: _write(job, session, plan, section, backend), backend)
    return Composed(section=done.number, words=done.words)


def _write(
    job: WritingJob, session: Session, plan: Outline, section: Checkpoint, backend: WritingBackend
) -> tuple[bytes, Checkpoint]:
    part = plan.parts[section.number - 1]
    said = _asked(job, session, section, _request(job, plan, section.number, part), backend)
    written, repaired = words.count(_clean(said.text)), False
    if not words.fits(written, part.words):
        better = _asked(job, session, section, _repair(said.text, written, part), backend)
        closer = min(said.text, better.text, key=lambda text: abs(words.count(_clean(text)) - part.words))
        said, repaired = (said + better)._replace(text=closer), True
    said = said._replace(text=_clean(said.text))
    return said.text.encode(errors="replace"), counted(section, said).model_copy(update={"repaired": repaired})


def _asked(job: WritingJob, session: Session, section: Checkpoint, request: str, backend: WritingBackend) -> ModelReply:
    most = backend.settings.section_tokens
    return ask_model(wanted(job, session, section, request, most, backend), backend)


def _request(job: WritingJob, plan: Outline, number: int, part: OutlinePart) -> str:
    listed = "\n".join(f"{at}. {each.title}: {each.about}" for at, each in enumerate(plan.parts, 1))
    return (
        f"{described(job.asked)}\n\nIts outline, of {len(plan.parts)} sections:\n"
        f"{fenced(f'{plan.title}{chr(10)}{listed}', 'outline')}\n\n"
        f"Write section {number}, and only this one, without its heading, so that it fits between its neighbours. "
        f"Write about {part.words} words."
    )


def _repair(text: str, written: int, part: OutlinePart) -> str:
    """The same once more; whoever wrote too much is asked for as much less, for they will do it again."""
    how = "shorter" if written > part.words else "longer"
    wish = min(max(part.words * part.words // max(written, 1), part.words // 2), part.words * 2)
    return (
        f"This section has the wrong length:\n{fenced(text, 'section')}\n\n"
        f"Write it again, {how}, saying the same, without a heading. Write about {wish} words."
    )


def _clean(text: str) -> str:
    """The section without a heading that nobody asked for."""
    return TITLE.sub("", text).strip() or text.strip()
