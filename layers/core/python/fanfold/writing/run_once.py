"""A piece of paid work: claimed, done, and recorded once. A crash repeats this one piece and nothing else."""

from collections.abc import Callable

from fanfold.errors import Superseded
from fanfold.jobs.job import JobRef
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoint

Work = Callable[[Checkpoint], tuple[bytes, Checkpoint]]
"""Does a claimed piece: the body of its result, and the piece with its words, tokens and cost."""


def run_once(ref: JobRef, number: int, work: Work, backend: WritingBackend) -> Checkpoint:
    """The piece, done now or before. Raises Superseded if a later attempt has it."""
    section = backend.sections.get(ref, number)
    if section.settled:
        return section
    claimed = backend.sections.claim(ref, section)
    if claimed is None:
        raise Superseded(f"somebody else is at piece {number} of {ref.job}")
    body, done = work(claimed)
    key = f"{ref.folder}pieces/{number:02d}-{claimed.attempt}"
    backend.blobs.put(key, body)
    done = done.model_copy(update={"result": key})
    if not backend.sections.settle(ref, done):
        backend.blobs.remove_under(key)
        raise Superseded(f"a later attempt has piece {number} of {ref.job}")
    return done
