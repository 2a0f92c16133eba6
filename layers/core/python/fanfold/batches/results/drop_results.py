"""Outbox: what became of a dropped file, put beside it when its batch ends.

`inbox/acme/batches/august/topics.csv` gets `outbox/acme/batches/august/topics.csv.results.jsonl`, and `….rejected.txt`
if something of it was not taken. A later version of the same file takes the place of an earlier one's.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.errors import Flaw
from fanfold.jobs.rejects import rejects_key
from fanfold.ports import is_there

PLACE = re.compile(r"inbox/([^/]+)/batches/(.*[^/])", re.DOTALL)
OPTIONS = ".options.json"
RESULTS, REJECTED = ".results.jsonl", ".rejected.txt"
LONGEST_KEY = 1024
"""Bytes of a key, in S3."""
MOST_LINES = 10_000
"""Rejected lines that are told; the rest is counted."""
LONGEST_LINE = 1024 * 1024


def hand_out(job: BatchJob, backend: BatchBackend) -> None:
    """Put the results of a dropped file beside it, and what was not taken. Other batches are left alone."""
    if name := _name(job):
        backend.blobs.copy(job.ref.folder + "results.jsonl", _beside(job, name, RESULTS))
        if job.rejected:
            told = f"{job.rejected} of the lines of {name} were not taken; the other {job.total} were."
            backend.blobs.put_stream(_beside(job, name, REJECTED), _text(told, job, backend))


def refuse(job: BatchJob, error: str, backend: BatchBackend, *flaws: Flaw) -> None:
    """Put beside a dropped file why nothing came of it."""
    if name := _name(job):
        told = "\n".join([f"The batch of {name} failed: {error}.", *map(_said, flaws)])
        backend.blobs.put_stream(_beside(job, name, REJECTED), _text(told, job, backend))


def forget(job: BatchJob, backend: BatchBackend) -> None:
    """Remove a dropped file with its options, and what was put beside it. If it is another file by now, all is its."""
    if not (name := _name(job)):
        return
    source, blobs = job.sources[0], backend.blobs
    if source.etag and not blobs.remove_if(source.key, source.etag) and is_there(source.key, backend.blobs):
        return
    if source.etag:
        blobs.remove_under(source.key + OPTIONS)
    for ending in (RESULTS, REJECTED):
        blobs.remove_under(_beside(job, name, ending))


def _name(job: BatchJob) -> str | None:
    """The dropped file's name; None if the batch came another way."""
    found = PLACE.fullmatch(job.sources[0].key) if len(job.sources) == 1 else None
    return found[2] if found else None


def _beside(job: BatchJob, name: str, ending: str) -> str:
    folder = f"outbox/{job.tenant}/batches/"
    room = LONGEST_KEY - len(folder) - len(ending)
    return folder + name.encode()[:room].decode(errors="ignore") + ending


def _text(told: str, job: BatchJob, backend: BatchBackend) -> Iterator[bytes]:
    yield f"{told}\nBatch {job.id}, handed in {job.created_at}.\n".encode()
    if job.rejected:
        yield b"\n"
        lines = backend.blobs.lines(rejects_key(job.ref), LONGEST_LINE)
        yield from (f"{_said(Flaw.model_validate(json.loads(line)))}\n".encode() for line in islice(lines, MOST_LINES))
        if job.rejected > MOST_LINES:
            yield f"and {job.rejected - MOST_LINES} more: GET /v1/batches/{job.id}/rejected\n".encode()


def _said(flaw: Flaw) -> str:
    where = [f"line {flaw.line}"] if flaw.line else []
    where += [flaw.field] if flaw.field else []
    return f"{', '.join(where)}: {flaw.detail}" if where else flaw.detail
