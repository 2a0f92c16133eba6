"""Bringing batches up to date: validated and answered when somebody looks and the time has come."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from local.provider.contents import measure
from local.provider.lifecycle import Phase, needs_verdict, phase_of
from local.provider.records import Batch, LineError, Outcome, StoredFile, Verdict
from local.provider.results import Renderers, Tally, write_results
from local.provider.store import Store

INPUT_GONE = LineError("input_file_not_found", "The batch input file was deleted before the batch was processed.")


class Dialect(Protocol):
    """How one provider reads and writes batch lines."""

    @property
    def file_prefix(self) -> str:
        """What the ids of its files begin with."""
        ...

    @property
    def output_purpose(self) -> str:
        """The purpose of the files that a batch produces."""
        ...

    def check(self, batch: Batch, source: Path) -> Verdict:
        """Validates the whole input."""
        ...

    def renderers(self, batch: Batch, phase: Phase) -> Renderers:
        """How result lines read; `phase` tells why some may be unfinished."""
        ...


class BatchRunner:
    """Keeps stored batches in step with the clock. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._locks: dict[str, threading.Lock] = {}
        self.clock = clock

    def refresh(self, batch: Batch, dialect: Dialect) -> tuple[Batch, Phase]:
        """The batch as of now. Long work is done by the first who looks; others are not kept waiting:
        until it is done they see the step before.
        """
        lock = self._lock(batch)
        if not lock.acquire(blocking=False):
            return batch, _one_step_back(batch, phase_of(batch, self.clock()))
        try:
            return self._current(batch, dialect)
        finally:
            lock.release()

    def cancel(self, batch: Batch, dialect: Dialect) -> tuple[Batch, Phase]:
        """Starts cancelling, where the batch is still open; the phase is the one before."""
        with self._lock(batch):
            batch, phase = self._current(batch, dialect)
            if not phase.is_ended and batch.cancelling_at is None:
                batch = replace(batch, cancelling_at=self.clock())
                self._store.save_batch(batch)
            return batch, phase

    def _lock(self, batch: Batch) -> threading.Lock:
        return self._locks.setdefault(batch.id, threading.Lock())

    def _current(self, batch: Batch, dialect: Dialect) -> tuple[Batch, Phase]:
        """Call with the batch's lock held: what was read before may be old by now."""
        now = self.clock()
        batch = self._validated(self._store.batch(batch.id, batch.owner) or batch, dialect, now)
        phase = phase_of(batch, now)
        return self._answered(batch, dialect, phase), phase

    def _validated(self, batch: Batch, dialect: Dialect, now: float) -> Batch:
        if batch.verdict is not None or not needs_verdict(batch, now):
            return batch
        source = self._store.content(batch.input_file_id)
        verdict = dialect.check(batch, source) if source.exists() else Verdict(0, 0, None, [INPUT_GONE])
        batch = replace(batch, verdict=verdict)
        self._store.save_batch(batch)
        return batch

    def _answered(self, batch: Batch, dialect: Dialect, phase: Phase) -> Batch:
        if batch.outcome is not None or not phase.is_ended or phase.status == "failed":
            return batch
        source = self._store.content(batch.input_file_id)
        if not source.exists():
            return batch
        output, errors = (self._store.content(f"{dialect.file_prefix}{uuid4().hex[:24]}") for _ in range(2))
        render = dialect.renderers(batch, phase)
        tally = write_results(source, batch.input_sha256, phase.done, batch.faults, render, output, errors)
        return self._published(batch, dialect, tally, output, errors)

    def _published(self, batch: Batch, dialect: Dialect, tally: Tally, output: Path, errors: Path) -> Batch:
        """Makes the files and the batch's end known together, so that a kill leaves all or nothing."""
        with self._store.transaction():
            outcome = Outcome(
                self._publish(batch, dialect, output, f"{batch.id}_output.jsonl"),
                self._publish(batch, dialect, errors, f"{batch.id}_error.jsonl"),
                tally.completed,
                tally.failed,
                tally.usage,
            )
            batch = replace(batch, outcome=outcome)
            self._store.save_batch(batch)
        return batch

    def _publish(self, batch: Batch, dialect: Dialect, path: Path, filename: str) -> str | None:
        size, digest, lines = measure(path)
        if size == 0:
            path.unlink()
            return None
        now = self.clock()
        expires = None if batch.output_ttl is None else now + batch.output_ttl
        purpose = dialect.output_purpose
        self._store.add_file(StoredFile(path.name, batch.owner, filename, purpose, size, digest, lines, now, expires))
        return path.name


def _one_step_back(batch: Batch, phase: Phase) -> Phase:
    if batch.verdict is None:
        return Phase("validating", 0.0)
    if phase.is_ended and batch.outcome is None and phase.status != "failed":
        return replace(phase, status="cancelling" if batch.cancelling_at else "finalizing")
    return phase
