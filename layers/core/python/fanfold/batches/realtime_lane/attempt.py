"""One attempt on a chunk in real time: ask for what has no outcome yet, flush parts on the way, settle the chunk.

The chunk is settled in one transaction with its claim. What there is no time or leave for is sent on: the same message
again, delayed, so that nothing is used up by waiting.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import SystemRandom
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import Stored
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.fallback import Answerer
from fanfold.batches.model.shard import Shard
from fanfold.batches.model.waiting import Reason, Waiting
from fanfold.batches.realtime_lane.calls import PendingRequest, Rules, Tries
from fanfold.batches.realtime_lane.chunk_message import WorkChunk, Worked, send_on
from fanfold.batches.realtime_lane.fallbacks import Fallbacks
from fanfold.batches.realtime_lane.holding import is_final, noted, used_up, waiting_of
from fanfold.batches.realtime_lane.purse import Purse
from fanfold.batches.realtime_lane.repair import repair, unrepaired
from fanfold.batches.realtime_lane.request_pool import RequestPool
from fanfold.batches.results.chunk_results import MISSED, ChunkWork, cache_responses, charged, open_chunk, write_chunk
from fanfold.batches.results.reserve import unaffordable
from fanfold.batches.stores.chunk_claims import Claim, grouped
from fanfold.batches.stores.dead_letters import POISONED, DeadLetter
from fanfold.clock import stamp
from fanfold.errors import ProviderRefused
from fanfold.jobs.usage_stats import UsageKey
from fanfold.limits.gate import Gate
from fanfold.limits.route import Route, paced
from fanfold.providers import Dialect, Fault, Outcome, Status

MARGIN_SECONDS = 3.0
"""What the end of a chunk takes: its results, its transaction, a message."""
PATIENCE_SECONDS = 3.0
BUDGET_WAIT_SECONDS = 15.0
LONGEST_PATIENCE_SECONDS = 30.0
"""What was sent on before waits longer before it is sent on again: else others would always be before it."""
SET_ASIDE = "money is set aside for requests that are under way, and may come back"


class ChunkAttempt:
    """One attempt on a chunk."""

    def __init__(
        self,
        command: WorkChunk,
        job: BatchJob,
        shard: Shard,
        claim: Claim,
        backend: BatchBackend,
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
            asks = await self._affordable(work, wanted)
            if asks is None:
                return send_on(self._command, self._backend, BUDGET_WAIT_SECONDS)
            delay = await self._fly(asks) if asks else None
            if delay is not None:
                return send_on(self._command, self._backend, delay)
            if wanted.keys() <= self._outcomes.keys():
                return self._settle(work)
            self._pay(work)

    def _asks(self, work: ChunkWork) -> Iterator[PendingRequest]:
        most_tokens = self._backend.provider(self._shard.provider, self._shard.tenant).most_tokens
        for position in work.open:
            if position not in self._outcomes:
                line = work.requests[position]
                body = Stored.model_validate_json(line).body
                yield PendingRequest(position, body, len(line), most_tokens(body))

    async def _affordable(self, work: ChunkWork, asks: dict[int, PendingRequest]) -> dict[int, PendingRequest] | None:
        """Those that there is money for now; None to wait for money that others may give back.

        One fails only if nothing is set aside any more and what is left does not cover it.
        """
        if not self._job.budgeted or not asks:
            return asks
        if covered := self._covered(work, asks):
            return covered
        if self._purse.waits():
            waiting = Waiting(reason=Reason.BUDGET, since=stamp(self._backend.clock()), said=SET_ASIDE)
            await self._flush(self._held | self._flawed, held_at=None, waiting=noted(waiting))
            return None
        over, fault = self._purse.beyond(asks), unaffordable(self._job, self._shard.model)
        await self._flush({each: Outcome(id=str(each), status=Status.FAILED, error=fault) for each in over})
        return self._covered(work, {position: ask for position, ask in asks.items() if position not in over})

    def _covered(self, work: ChunkWork, asks: dict[int, PendingRequest]) -> dict[int, PendingRequest]:
        """Those that money is set aside for. If what there was is used up, it is paid, and more is set aside."""
        if not asks or (covered := self._purse.cover(asks)):
            return asks and covered
        self._pay(work)
        covered = self._purse.cover(asks)
        if not covered:
            self._pay(work)
        return covered

    def _pay(self, work: ChunkWork) -> None:
        self._claim = self._purse.pay(self._claim, charged(work, self._outcomes, self._backend))

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
            fault = Fault.of(refused)
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

    def _put(self, ask: PendingRequest, answerer: Answerer, dialect: Dialect) -> PendingRequest:
        """The request as that model takes it, with what was wrong with its output if that is to be repaired."""
        put, flawed = self._turns.put(ask, answerer), self._flawed.get(ask.position)
        body = repair(put.body, flawed, dialect) if flawed else None
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
        also = [self._backend.claims.done(self._claim, len(work.requests) - len(work.answered))]
        also += self._purse.settling(settled.charged - self._claim.paid)
        done = self._backend.chunks.settle(work.shard.ref, settled, work.before, *also, shard=work.shard.number)
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

    def _rules(self, dialect: Dialect, answerer: Answerer) -> Rules:
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
            repair=partial(repair, dialect=dialect) if self._job.options.repair else unrepaired,
            opening=tuple(opening),
            pace=self._pace(),
            tenant=self._shard.tenant,
        )


def outcomes_of(claim: Claim, backend: BatchBackend) -> dict[int, Outcome]:
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


def wake(shard: Shard, backend: BatchBackend) -> None:
    """Let the execution go on that waits for the shard."""
    token = backend.shards.get(shard.ref, shard.number).token
    if token:
        backend.workflow.wake(token)
