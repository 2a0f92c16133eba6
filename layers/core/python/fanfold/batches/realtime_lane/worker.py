"""Work: what a worker of the real-time lane does with one message.

The message names a chunk of a shard. The worker takes the claim, asks for what has no outcome yet, flushes parts on
its way, and settles the chunk in one transaction with its claim. What it has no time or leave for, it sends on: the
same message again, delayed, so that nothing is used up by waiting.
"""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any

from pydantic import BaseModel

from fanfold.batches.backend import Backend
from fanfold.batches.input.lines import Stored
from fanfold.batches.model.batch import BatchJob, LaneName, Priority
from fanfold.batches.model.fallback import Answerer
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Reason, Waiting
from fanfold.batches.realtime_lane.fallbacks import Fallbacks
from fanfold.batches.realtime_lane.holding import is_final, noted, used_up, waiting_of
from fanfold.batches.realtime_lane.purse import Purse
from fanfold.batches.realtime_lane.repair import repair, unrepaired
from fanfold.batches.realtime_lane.request_pool import PendingRequest, RequestPool, Rules, Tries, fault_of
from fanfold.batches.results.chunk_results import MISSED, ChunkWork, cache_responses, charged, open_chunk, write_chunk
from fanfold.batches.results.reserve import unaffordable
from fanfold.batches.stores.chunk_leases import Claim, grouped
from fanfold.batches.stores.dead_letters import POISONED, DeadLetter
from fanfold.clock import moment, stamp
from fanfold.errors import NotFound, ProviderRefused, Superseded
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.usage_stats import UsageKey
from fanfold.limits.gate import Gate
from fanfold.limits.route import Route, paced
from fanfold.providers import Outcome, Provider, Status

MARGIN_SECONDS = 3.0
"""What the end of a chunk takes: its results, its transaction, a message."""
PATIENCE_SECONDS = 3.0
BUDGET_WAIT_SECONDS = 15.0
LONGEST_DELAY = 900
LONGEST_PATIENCE_SECONDS = 30.0
"""What was sent on before waits longer before it is sent on again: else others would always be before it."""
SET_ASIDE = "money is set aside for requests that are under way, and may come back"


class WorkChunk(JobRef):
    """The message for a chunk: the shard it belongs to, and of how many chunks that is."""

    correlation_id: str
    shard: int
    chunk: int
    of: int
    round: int
    provider: str
    model: str
    priority: Priority
    sent: int = 0
    """How often it was sent on."""


class Worked(BaseModel):
    """What became of a message: the requests asked, whether the chunk is settled, and after how long it comes again."""

    asked: int = 0
    settled: bool = False
    again_after: float | None = None


async def work(command: WorkChunk, backend: Backend, remaining: Callable[[], float]) -> Worked:
    """Do what can be done for the chunk in `remaining` seconds. A message that is late, or doubled, does nothing."""
    try:
        job = backend.jobs.get(JobRef(tenant=command.tenant, job=command.job))
    except NotFound:
        return Worked()
    shard = _shard(command, job)
    if job.state is not State.RUNNING or command.round != job.round:
        return Worked()
    claim = backend.claims.take(shard, command.chunk, stamp(backend.clock()))
    if claim is None:
        return _held(command, shard, backend)
    try:
        return await _Worker(command, job, shard, claim, backend, remaining).run()
    except Superseded:
        return Worked()
    except Exception:
        with suppress(Exception):  # the message comes back by itself, and so does the claim when it is old enough
            backend.claims.note(claim, held_at=None)
        raise


def send_on(command: WorkChunk, backend: Backend, delay: float = 0.0) -> Worked:
    """The same message again, after so many seconds."""
    seconds = min(LONGEST_DELAY, math.ceil(delay))
    backend.work(command.priority).send(command.model_copy(update={"sent": command.sent + 1}), seconds)
    return Worked(again_after=seconds)


def is_dead(claim: Claim, backend: Backend) -> bool:
    """Whether the worker that holds the claim can't be running any more."""
    longest = timedelta(seconds=backend.settings.worker_seconds + MARGIN_SECONDS)
    return claim.held_at is not None and backend.clock() > moment(claim.held_at) + longest


def _held(command: WorkChunk, shard: Shard, backend: Backend) -> Worked:
    """Another has the chunk, or had it: if that worker is dead, the message is sent on and counts as new."""
    claim = backend.claims.get(shard.ref, shard.number, command.chunk)
    if claim is None or not is_dead(claim, backend):
        return Worked()
    try:
        backend.claims.give_up(claim)
    except Superseded:
        return Worked()
    return send_on(command, backend)


def _shard(command: WorkChunk, job: BatchJob) -> Shard:
    """As much of the shard as its chunks' results need."""
    return Shard(
        tenant=command.tenant,
        job=command.job,
        number=command.shard,
        chunks=[command.chunk],
        requests=0,
        provider=command.provider,
        model=command.model,
        round=command.round,
        only=job.only,
        again=job.again,
        lane=LaneName.REALTIME,
        state=ShardState.SUBMITTED,
    )


class _Worker:
    """One attempt on a chunk."""

    def __init__(
        self,
        command: WorkChunk,
        job: BatchJob,
        shard: Shard,
        claim: Claim,
        backend: Backend,
        remaining: Callable[[], float],
    ) -> None:
        self._command, self._job, self._shard, self._claim = command, job, shard, claim
        self._backend, self._remaining = backend, remaining
        self._turns = Fallbacks(shard, job, backend, claim.answerers)
        self._tries = {int(each): Tries(*tries) for each, tries in claim.tries.items()}
        self._outcomes: dict[int, Outcome] = {}
        self._held: dict[int, Outcome] = {}
        """Outcomes that are not flushed."""
        self._flawed: dict[int, Outcome] = {}
        self._purse = Purse(shard, job, command.chunk, backend)
        self._asked = 0
        self._gate: Gate | None = None
        """The gate that the last calls went through."""

    async def run(self) -> Worked:
        before = self._backend.chunks.get(self._shard.ref, self._command.chunk) if self._command.round > 1 else None
        chunk, attempt = self._command.chunk, self._claim.attempt
        work = open_chunk(self._shard, self._job, chunk, attempt, before, self._backend)
        found = outcomes_of(self._claim, self._backend)
        self._outcomes = {each: outcome for each, outcome in found.items() if not outcome.unrepaired}
        self._flawed = {each: outcome for each, outcome in found.items() if outcome.unrepaired}
        while True:
            wanted = {ask.position: ask for ask in self._asks(work)}
            asks = self._affordable(wanted)
            if asks is None:
                return send_on(self._command, self._backend, BUDGET_WAIT_SECONDS)
            delay = await self._fly(asks) if asks else None
            if delay is not None:
                return send_on(self._command, self._backend, delay)
            if wanted.keys() <= self._outcomes.keys():
                return self._settle(work)
            self._claim = self._purse.pay(self._claim, charged(work, self._outcomes, self._backend))

    def _asks(self, work: ChunkWork) -> Iterator[PendingRequest]:
        most_tokens = self._backend.provider(self._shard.provider, self._shard.tenant).most_tokens
        for position in work.open:
            if position not in self._outcomes:
                line = work.requests[position]
                body = Stored.model_validate_json(line).body
                yield PendingRequest(position, body, len(line), most_tokens(body))

    def _affordable(self, asks: dict[int, PendingRequest]) -> dict[int, PendingRequest] | None:
        """Those that there is money for now; None to wait for money that others may give back.

        One fails only if nothing is set aside any more and what is left does not cover it.
        """
        if not self._job.budgeted or not asks:
            return asks
        if covered := self._purse.cover(asks):
            return covered
        if self._purse.waits():
            waiting = Waiting(reason=Reason.BUDGET, since=stamp(self._backend.clock()), said=SET_ASIDE)
            self._backend.claims.note(self._claim, held_at=None, waiting=noted(waiting))
            return None
        over, fault = self._purse.beyond(asks), unaffordable(self._job, self._shard.model)
        self._outcomes |= {each: Outcome(id=str(each), status=Status.FAILED, error=fault) for each in over}
        return self._purse.cover({position: ask for position, ask in asks.items() if position not in over})

    async def _fly(self, asks: Mapping[int, PendingRequest]) -> float | None:
        """Ask them all, each of whoever's turn it is; the seconds to wait if not all could be asked."""
        delays = []
        for number, answerer in enumerate(self._turns.answerers):
            ours = {each: ask for each, ask in asks.items() if self._turns.of(each) == number}
            left = {each: ask for each, ask in ours.items() if each not in self._held}
            if left:
                delays.append(await self._fly_to(answerer, left))
        known = [delay for delay in delays if delay is not None]
        waiting = waiting_of(self._claim, self._gate, min(known), self._backend) if known else None
        if waiting and is_final(waiting, self._backend):
            self._held |= {each: used_up(each, waiting) for each in asks if each not in self._held}
            known = []
        if known:
            tries = {str(each): tuple(tries) for each, tries in self._tries.items() if each not in self._held}
            news = {"tries": tries, "answerers": self._turns.noted(), "held_at": None, "waiting": noted(waiting)}
            await self._flush(self._held | self._flawed, **news)
        self._outcomes |= self._held
        return min(known, default=None)

    async def _fly_to(self, answerer: Answerer, asks: Mapping[int, PendingRequest]) -> float | None:
        """Ask them all of one model, in groups if a worker has died of one."""
        provider = self._backend.provider(answerer.provider, self._shard.tenant)
        provider.prepare()  # before anything is leased: grants and the breaker are of the moment
        try:
            gate = self._gate = self._backend.gate(Route(*answerer, provider.account))
        except ProviderRefused as refused:  # there is no key to ask with
            fault = fault_of(refused)
            self._held |= {each: Outcome(id=str(each), status=Status.FAILED, error=fault) for each in asks}
            return None
        flight = RequestPool(provider, gate, self._rules(provider, answerer), partial(self._flush_by, answerer))
        flight.tries = {each: tries for each, tries in self._tries.items() if each in asks}
        flight.flawed = {each: flawed for each, flawed in self._flawed.items() if each in asks}
        groups = grouped(self._claim, list(asks)) if self._claim.deaths else (tuple(asks),)
        delay = None
        for number, group in enumerate(groups):
            if self._claim.deaths:
                held, flight.held = flight.held, {}
                await self._flush_by(answerer, held, groups=groups[number:])
            self._asked += len(group)
            delay = await flight.run([self._put(asks[position], answerer, provider) for position in group])
            if delay is not None:
                break
        await gate.settle()
        if (pace := self._pace()) is not None:
            await pace.settle()
        return self._landed(answerer, flight, delay, gate.down)

    def _put(self, ask: PendingRequest, answerer: Answerer, provider: Provider) -> PendingRequest:
        """The request as that model takes it, with what was wrong with its output if that is to be repaired."""
        put, flawed = self._turns.put(ask, answerer), self._flawed.get(ask.position)
        body = repair(put.body, flawed, provider) if flawed else None
        return put._replace(body=body or put.body)

    def _landed(self, answerer: Answerer, flight: RequestPool, delay: float | None, down: float) -> float | None:
        """Keep what came of a flight, and see whose turn it is for the rest."""
        self._held |= _by(answerer, self._shard, flight.held)
        self._flawed |= {each: flawed.model_copy(update={"unrepaired": True}) for each, flawed in flight.flawed.items()}
        over = [*flight.over, *(flight.left if self._is_down(down) else ())]
        moved = [position for position in over if self._turns.pass_on(position)]
        self._tries |= flight.tries
        for position in moved:
            self._tries.pop(position, None)
        return delay if set(flight.left) - set(moved) else None

    def _is_down(self, seconds: float) -> bool:
        """Whether a model that has been down for so long has been waited for long enough."""
        deadline, patience = self._job.options.deadline, self._backend.settings.fallback_after_seconds
        if deadline is not None:
            patience = min(patience, (deadline - self._backend.clock()).total_seconds() / 2)
        return 0 < seconds >= patience

    async def _flush_by(self, answerer: Answerer, outcomes: Mapping[int, Outcome], **news: Any) -> None:
        await self._flush(_by(answerer, self._shard, outcomes), **news)

    async def _flush(self, outcomes: Mapping[int, Outcome], **news: Any) -> None:
        """Put outcomes where the next attempt finds them. Raises Superseded."""
        parts = self._claim.parts
        if outcomes:
            key = self._claim.part_key()
            body = b"".join(outcome.model_dump_json().encode() + b"\n" for outcome in outcomes.values())
            await asyncio.to_thread(self._backend.blobs.put, key, body)
            parts = (*parts, key)
        self._outcomes |= {each: outcome for each, outcome in outcomes.items() if not outcome.unrepaired}
        news = {"waiting": None} | news | {"parts": parts, "answered": len(self._outcomes)}
        self._claim = await asyncio.to_thread(partial(self._backend.claims.note, self._claim, **news))

    def _settle(self, work: ChunkWork) -> Worked:
        settled = write_chunk(work, self._outcomes, lambda position: MISSED, self._backend)
        for position in self._claim.poisoned:
            self._bury(position, Stored.model_validate_json(work.requests[position]))
        also = self._backend.claims.done(self._claim, len(work.requests) - len(work.answered))
        done = self._backend.chunks.settle(work.shard.ref, settled, work.before, also, shard=work.shard.number)
        if self._job.budgeted:
            self._purse.settle(settled.charged - self._claim.paid)
        if done:
            cache_responses(work, settled, self._backend)
        if done and self._backend.chunks.counted(work.shard.ref, work.shard.number) >= self._command.of:
            wake(work.shard, self._backend)
        return Worked(asked=self._asked, settled=done)

    def _bury(self, position: int, request: Stored) -> None:
        place = {"job": self._shard.job, "chunk": self._command.chunk, "position": position}
        told = request.model_dump(include={"custom_id", "line"}) | {"died_at": stamp(self._backend.clock())}
        self._backend.dead_letters.put(self._shard.tenant, DeadLetter.model_validate(place | told))

    def _pace(self) -> Gate | None:
        """What lets calls of the batch pass, if it has a pace of its own."""
        per_minute = self._job.options.requests_per_minute
        return self._backend.gate(paced(self._job.id, per_minute)) if per_minute else None

    def _rules(self, provider: Provider, answerer: Answerer) -> Rules:
        settings = self._backend.settings
        usage_key = UsageKey(answerer.provider, answerer.model, "realtime")
        opening = self._backend.usage_stats.opening(self._shard.tenant, usage_key, stamp(self._backend.clock()))
        return Rules(
            timeout=self._job.options.timeout or settings.provider_timeout_seconds,
            usual=settings.provider_timeout_seconds,
            flush_size=settings.flush_requests,
            most_tries=self._job.options.retry_attempts or settings.most_tries,
            patience=min(PATIENCE_SECONDS * (1 + self._command.sent), LONGEST_PATIENCE_SECONDS),
            margin=MARGIN_SECONDS,
            deadline=self._job.options.deadline,
            remaining=self._remaining,
            clock=self._backend.clock,
            random=SystemRandom(),
            goes_over=self._turns.goes_on,
            repair=partial(repair, provider=provider) if self._job.options.repair else unrepaired,
            opening=tuple(opening),
            pace=self._pace(),
        )


def outcomes_of(claim: Claim, backend: Backend) -> dict[int, Outcome]:
    """What earlier attempts flushed, and what is poisoned, by position."""
    found = {each: Outcome(id=str(each), status=Status.FAILED, error=POISONED) for each in claim.poisoned}
    for part in claim.parts:
        for line in backend.blobs.get(part).splitlines():
            outcome = Outcome.model_validate_json(line)
            found[int(outcome.id)] = outcome
    return found


def _by(answerer: Answerer, shard: Shard, outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
    """The outcomes, with who answered if that is not whom they were made for."""
    if answerer == (shard.provider, shard.model):
        return dict(outcomes)
    return {each: outcome.model_copy(update={"answered_by": answerer.name}) for each, outcome in outcomes.items()}


def wake(shard: Shard, backend: Backend) -> None:
    """Let the execution go on that waits for the shard."""
    token = backend.shards.get(shard.ref, shard.number).token
    if token:
        backend.workflow.wake(token)
