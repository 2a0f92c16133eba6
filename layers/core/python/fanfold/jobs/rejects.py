"""Rejects: the flaws of an input, all of them in a file and the first few at hand."""

from pathlib import Path
from typing import Any

from fanfold.errors import Flaw, NotFound
from fanfold.jobs.job import JobRef
from fanfold.jobs.store import J, Jobs
from fanfold.ports import Blobs

SAMPLES = 20
"""Flaws that the job itself shows."""
QUOTED = 300


class Rejects:
    """The flaws of an input: all in a file, the first few at hand."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self.count = 0
        self.samples: list[dict[str, Any]] = []

    def add(self, flaw: Flaw) -> None:
        self._file.write(flaw.model_dump_json(exclude_none=True).encode() + b"\n")
        self.count += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(_short(flaw).model_dump(exclude_none=True))

    def publish(self, blobs: Blobs, key: str) -> None:
        """Write the object, if there is anything to say."""
        self._file.seek(0)
        if self.count:
            blobs.put(key, self._file)

    def close(self) -> None:
        self._file.close()


def rejects_key(ref: JobRef) -> str:
    """The object that holds all flaws of a job's input."""
    return f"{ref.folder}rejected.jsonl"


def rejects_link(ref: JobRef, jobs: Jobs[J], blobs: Blobs) -> str:
    """A URL at which the list of flaws can be had for a while. Raises NotFound if there are none."""
    job = jobs.get(ref)
    if not job.rejected:
        raise NotFound(f"nothing in {job.kind} {job.id} was rejected", field="id")
    return blobs.link(rejects_key(ref), f"{job.id}-rejected.jsonl")


def _short(flaw: Flaw) -> Flaw:
    """A flaw may quote the input at any length; the job's item has room for a few hundred characters."""
    return flaw.model_copy(update={"field": flaw.field and flaw.field[:QUOTED], "detail": flaw.detail[:QUOTED]})
