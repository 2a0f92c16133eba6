"""`make chaos-submit`: workers killed between intent, submit and record, at every provider.

The product's own steps and provider plug-ins run against the provider emulator, through the official SDKs; only
the table is in memory. A kill comes after a call of the table or of the provider (done, but not acted upon), or in
the middle of a create, which then takes effect behind the dead client's back. Jobs of one key are submitted in
turns, so that orphans of several lie about at a time.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from fanfold import providers
from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.plan import plan
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.clock import utc_now
from fanfold.errors import Incomplete, Misadopted, ProviderUnavailable, Unsettled
from fanfold.jobs.identity import Caller, begin
from local.provider.process import ProviderEmulator
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Crash, Fuse
from tools.measure import Bar, Size

TITLE = "Killed between intent, submit and record"
NAMES = ("openai", "anthropic", "gemini")
ADDRESSES = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL")
AT_A_TIME = 4
PATIENCE, SKEW = 1.0, timedelta(seconds=0.2)
MOST_CALLS = 14
"""About as many calls of ports as a submit makes."""
MIDWAY = 0.3
"""The share of kills that come in the middle of a create."""
ROUNDS = 10_000


class Tally(NamedTuple):
    """What was found at the provider after the dust had settled."""

    provider: str
    kills: int
    midway: int
    """Kills in the middle of a create, which then took effect."""
    jobs: int
    batches: int
    adopted: int
    """Batches that a later submit found."""
    orphans: int
    """Batches that no shard has."""
    doubles: int
    """Batches beyond one a shard."""
    requests: int
    answered: int


@dataclass
class Trial:
    """One provider, jobs of a few requests each under one key, a few of them open at a time, and a number of kills."""

    name: str
    emulator: ProviderEmulator
    kills: int
    chance: random.Random
    cloud: FakeCloud = field(default_factory=FakeCloud)
    jobs: list[BatchJob] = field(default_factory=list)
    midway: int = 0
    adopted: set[str] = field(default_factory=set)

    def run(self) -> Tally:
        waiting = [self._planned() for _ in range(AT_A_TIME)]
        left = self.kills
        for _ in range(ROUNDS):
            if not waiting:
                break
            job = self.chance.choice(waiting)
            end = self._attempt(job, mortal=left > 0)
            left -= end == "killed"
            if end == "submitted":
                waiting.remove(job)
                waiting += [self._planned()] if left else []
        for job in self.jobs:
            self._finish(job)
        return self._tally()

    def _backend(self, through: Any = lambda port: port, timeout: float = 10) -> BatchBackend:
        """The product on real time, with ports that a fuse may be on."""
        provider: Any = providers.provider(self.name, lambda: f"sk-chaos-{self.name}", timeout)
        look = provider.adopt
        provider.adopt = lambda draft: self._noted(look(draft))
        cloud = replace(self.cloud, through=through, plugins={self.name: through(provider)})
        cloud.configure(provider_timeout_seconds=PATIENCE)
        return replace(
            cloud.backend, clock=utc_now, submit_locks=SubmitLocks(through(cloud.table), utc_now, PATIENCE, SKEW)
        )

    def _noted(self, batch: str | None) -> str | None:
        self.adopted |= {batch} if batch else set()
        return batch

    def _planned(self) -> BatchJob:
        number = len(self.jobs)
        caller = Caller(tenant="acme", correlation_id="c", idempotency_key=f"{self.name}-{number}")
        requests = [{"input": f"question {n} of {number}"} for n in range(3 + number % 2)]
        body = CreateBatch.model_validate({"requests": requests, "provider": self.name})
        job = create_batch(body, caller, self._backend())
        plan(BatchExecution(id=f"arn:{job.id}", input=begin(job).model_dump()), self._backend())
        self.jobs.append(job)
        return job

    def _attempt(self, job: BatchJob, *, mortal: bool) -> str:
        """One submit: `killed`, `submitted`, or `turned away` until an earlier one can't be under way any more."""
        try:
            if mortal and self.chance.random() < MIDWAY:
                self._die_midway(job)
            else:
                fuse = Fuse(self.chance.randint(1, MOST_CALLS)) if mortal else Fuse()
                submit(_command(job), self._backend(fuse.on))
        except Crash:
            return "killed"
        except Unsettled:
            time.sleep(0.05)
            return "turned away"
        return "submitted"

    def _die_midway(self, job: BatchJob) -> None:
        fault = self.emulator.fault("late_response", where=f"{self.name}.batches.create", count=1)
        try:
            submit(_command(job), self._backend(timeout=0.4))
        except ProviderUnavailable:
            self.midway += 1
            raise Crash from None
        finally:
            self.emulator.admin("DELETE", f"faults/{fault}")

    def _finish(self, job: BatchJob) -> None:
        for _ in range(ROUNDS):
            try:
                collect(CollectShard(tenant=job.tenant, job=job.id, shard=0), self._backend())
            except Incomplete:
                time.sleep(0.05)
            except Misadopted:
                while self._attempt(job, mortal=False) != "submitted":
                    pass
            else:
                return

    def _tally(self) -> Tally:
        backend, stats = self._backend(), self.emulator.stats()
        made = {batch["id"] for batch in stats["batches"] if batch["surface"] == self.name}
        shards = [backend.shards.get(job.ref, 0) for job in self.jobs]
        return Tally(
            provider=self.name,
            kills=self.kills,
            midway=self.midway,
            jobs=len(self.jobs),
            batches=len(made),
            adopted=len(self.adopted),
            orphans=len(made - {(shard.batch or "").removeprefix("batches/") for shard in shards}),
            doubles=len(made) - len(self.jobs),
            requests=sum(shard.requests for shard in shards),
            answered=sum(backend.jobs.counts(job.ref).succeeded for job in self.jobs),
        )


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """What is left over, made twice or lost at each provider."""
    for tally in _trials(size.of(smoke=2, small=8, full=50), seed):
        found = ", ".join(f"{value} {name}" for name, value in tally._asdict().items() if name != "provider")
        ok = (tally.orphans, tally.doubles) == (0, 0) and tally.answered == tally.requests > 0
        yield Bar(tally.provider, found, "0 orphans, 0 doubles, all answered", ok)


def _trials(kills: int, seed: int) -> Iterator[Tally]:
    """A trial of each provider; the same seed kills at the same calls."""
    with tempfile.TemporaryDirectory() as folder, ProviderEmulator(Path(folder), latency=0.2) as emulator:
        addresses = (emulator.openai_base_url, emulator.anthropic_base_url, emulator.gemini_base_url)
        os.environ.update(zip(ADDRESSES, addresses, strict=True))
        try:
            for name in NAMES:
                yield Trial(name, emulator, kills, random.Random(seed)).run()
        finally:
            for address in ADDRESSES:
                del os.environ[address]


def _command(job: BatchJob) -> SubmitShard:
    return SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="t")
