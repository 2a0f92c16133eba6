"""Submit: one batch at the provider for each shard, whatever dies on the way.

The intent is written first, and again right before the batch is made. An attempt that finds an intent of another
waits until that one can't be under way any more, then looks for its batch at the provider before making one.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from fanfold.batches.backend import Backend
from fanfold.batches.job import Shard, ShardState
from fanfold.clock import moment, stamp
from fanfold.errors import Unsettled
from fanfold.jobs.job import JobRef
from fanfold.providers import Provider


class SubmitShard(JobRef):
    """Which shard, and the task token that waits for its batch to end."""

    shard: int
    token: str


def submit(command: SubmitShard, backend: Backend) -> Shard:
    """Have the shard's batch made, and the token woken when it ends. Raises Unsettled and provider errors."""
    shard = backend.shards.get(command, command.shard)
    if shard.state in (ShardState.ENDED, ShardState.COLLECTED):
        backend.workflow.wake(command.token)
        return shard
    _settled(shard, backend)
    claimed = backend.shards.claim(shard, command.token, stamp(backend.clock()))
    return claimed if claimed.batch else _submit(claimed, backend)


def _settled(shard: Shard, backend: Backend) -> None:
    if shard.state is not ShardState.SUBMITTING or shard.tried_at is None:
        return
    patience = timedelta(seconds=backend.settings.provider_timeout_seconds)
    if backend.clock() < moment(shard.tried_at) + patience:
        raise Unsettled(f"attempt {shard.attempt} on shard {shard.number} of {shard.job} may still be under way")


def _submit(shard: Shard, backend: Backend) -> Shard:
    provider = backend.provider(shard.provider)
    batch = provider.adopt(shard.marker, moment(shard.intent_at or "")) if shard.attempt > 1 else None
    if batch is None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / f"{shard.marker}.jsonl"
            _write(file, _lines(shard, provider, backend))
            staged = provider.stage(file, shard.marker)
            shard = backend.shards.staged(shard, staged, stamp(backend.clock()))
            batch = provider.create(file, staged, shard.marker)
    return backend.shards.submitted(shard, batch, stamp(backend.clock()))


def _write(file: Path, lines: Iterator[bytes]) -> None:
    with file.open("wb") as out:
        out.writelines(line + b"\n" for line in lines)


def _lines(shard: Shard, provider: Provider, backend: Backend) -> Iterator[bytes]:
    """The shard's requests as the provider's lines. Their ids are ours: chunk and position."""
    for chunk in shard.chunks:
        for position, line in enumerate(backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()):
            yield provider.line(f"{chunk}-{position}", json.loads(line)["body"])
