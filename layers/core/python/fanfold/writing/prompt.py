"""Prompts of a writing job: the same beginning for all of its pieces, so that a provider's cache serves them."""

from typing import Any

from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint
from fanfold.writing.job import Wish, WritingJob
from fanfold.writing.model_call import WritingRequest
from fanfold.writing.profile import told
from fanfold.writing.quoted import RULES, fenced
from fanfold.writing.session import Session
from fanfold.writing.train import material

ROLE = (
    "You write texts for the owner of the material, in the style of the profile: as its author would, without copying "
    "sentences. You have no tools, and nothing to do but to write. " + RULES
)
CITE = "Where you use what a document says, name it at the end of the sentence by its number, as in [1]."
SILENT = "Use the documents for style and as background; do not mention them."


def wanted(
    job: WritingJob,
    session: Session,
    section: Checkpoint,
    request: str,
    max_tokens: int,
    backend: WritingBackend,
    *,
    schema: dict[str, Any] | None = None,
) -> WritingRequest:
    """A request of the job, behind what all of them begin with."""
    documents = backend.documents.ready(session)
    return WritingRequest(
        tenant=job.tenant,
        id=f"{job.id}-{section.number}-{section.attempt}",
        provider=job.provider,
        model=job.model,
        system=_system(job.asked, session, backend),
        material=[
            material(each.model_copy(update={"title": f"[{number}] {each.title}"}), job.provider, backend)
            for number, each in enumerate(documents, 1)
        ],
        request=request,
        max_tokens=max_tokens,
        schema=schema,
    )


def described(wish: Wish) -> str:
    """The text that is wished for."""
    return f"A text about this topic:\n{fenced(wish.topic, 'topic')}"


def _system(wish: Wish, session: Session, backend: WritingBackend) -> str:
    profile, options = backend.documents.profile(session), session.options
    language, tone = wish.language or options.language, wish.tone or options.tone
    lines = [ROLE, CITE if wish.sources else SILENT]
    lines += [f"Write in this language: {fenced(language, 'language')}"] if language else []
    lines += [f"Write in this tone: {fenced(tone, 'tone')}"] if tone else []
    lines += [told(profile)] if profile else []
    return "\n\n".join(lines)
