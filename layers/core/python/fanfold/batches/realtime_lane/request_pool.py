"""A flight: the calls of some requests, many at a time, until each has its outcome or the time is up.

    waiting ──▶ flying ──▶ held ──▶ flushed
       ▲          │
       └── later ◀┘

A call starts when the gate lets it pass and when, with it, no more than `flush_size` are started and not yet flushed:
a worker that dies has lost that many calls at most, and the repairs that were under way.
"""

import asyncio
import heapq
import math
from collections import deque

from fanfold.batches.realtime_lane.calls import Flush, PendingRequest, Rules, Tries
from fanfold.batches.realtime_lane.repair import together
from fanfold.errors import ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.limits.gate import STRANGE, TIMED_OUT, Gate
from fanfold.limits.retry import pause
from fanfold.providers import QUOTA, DirectApi, Fault, Outcome, Status

EXPIRED = Fault(kind="expired", message="the deadline came before an answer")
THROTTLES = 60
"""How often a request may be told to come back later before it fails."""


class RequestPool:
    """The calls of `asks`. Outcomes are handed to `flush` before more is started than may be lost."""

    def __init__(self, provider: DirectApi, gate: Gate, rules: Rules, flush: Flush) -> None:
        self._provider, self._gate, self._rules, self._flush = provider, gate, rules, flush
        self._waiting = deque[PendingRequest]()
        self._later: list[tuple[float, int, PendingRequest]] = []
        self._flying = set[asyncio.Task[None]]()
        self._moved = asyncio.Event()
        self._broken: BaseException | None = None
        self.tries: dict[int, Tries] = {}
        self.held: dict[int, Outcome] = {}
        self.over: list[int] = []
        """Positions that are for another model now."""
        self.flawed: dict[int, Outcome] = {}
        """First outcomes of positions that are being repaired."""

    async def run(self, asks: list[PendingRequest]) -> float | None:
        """None when each has its outcome, or the seconds after which to go on with those that have none.

        What `flush` and the gate raise is raised here, and calls that are in flight are given up.
        """
        self._waiting.extend(asks)
        try:
            while self._waiting or self._later or self._flying:
                self._fall_due()
                wait = await self._start()
                if self._flush_is_due():
                    await self._flush_held()
                elif not self._flying and (wait := min(wait, self._next_due())) > self._rules.patience:
                    return wait if math.isfinite(wait) else 0.0
                else:
                    await self._move(wait)
        finally:
            for task in self._flying:
                task.cancel()
        return None

    @property
    def left(self) -> list[int]:
        """Positions without an outcome."""
        return sorted(ask.position for ask in (*self._waiting, *(each[2] for each in self._later)))

    async def _start(self) -> float:
        """Start what may start; seconds until more may, infinite if only something in flight can change that."""
        if self._time_is_up():
            return math.inf
        while self._waiting and self._has_room(self._waiting[0]):
            pace = self._rules.pace
            if pace is not None and not pace.ready():
                passed = await pace.ask([1] * min(len(self._waiting), pace.window))
                if self._time_is_up() or not passed.calls:
                    return passed.wait
            if not self._gate.ready():
                passed = await self._gate.ask([self._estimate(ask) for ask in self._waiting], self._rules.tenant)
                if self._time_is_up() or not passed.calls:
                    return passed.wait
                if passed.probe:
                    _step(pace)
                    await self._probe(self._waiting.popleft())
                    continue
            _step(pace)
            self._launch(self._waiting.popleft(), self._gate.take())
        return math.inf

    def _has_room(self, ask: PendingRequest) -> bool:
        """A repair always fits in: what it waits for would else be held for longer."""
        fits = ask.position in self.flawed or self._unflushed() < self._rules.flush_size
        return fits and len(self._flying) < self._gate.window

    def _unflushed(self) -> int:
        return len(self._flying) + len(self.held) + len(self.flawed)

    def _flush_is_due(self) -> bool:
        """If what is left does not fit beside what is held, and half of the room is used up or none is free."""
        left = len(self._waiting) + len(self._later)
        if not self.held or not left or self._time_is_up() or self._unflushed() + left <= self._rules.flush_size:
            return False
        return len(self.held) >= self._rules.flush_size // 2 or self._unflushed() >= self._rules.flush_size

    async def _flush_held(self) -> None:
        """Whatever comes in meanwhile is held for the next time."""
        held, self.held = self.held, {}
        await self._flush(held)

    def _launch(self, ask: PendingRequest, reserved: int) -> None:
        task = asyncio.create_task(self._call(ask, reserved))
        self._flying.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._broken = error
        self._moved.set()

    async def _probe(self, ask: PendingRequest) -> None:
        """One call alone, to see whether the provider is back. If it is not, that counts for nobody: the request goes
        behind the others, so that one which fails by itself does not make every probe."""
        before = self.tries.get(ask.position)
        await self._call(ask, 0)
        failed = self.tries.get(ask.position, Tries()).failed > (before or Tries()).failed
        if failed:
            self._take_back(ask, before)
        await self._gate.probed(well=not failed, tenant=self._rules.tenant)

    def _take_back(self, ask: PendingRequest, before: Tries | None) -> None:
        """As if the request had not been asked."""
        if before is None:
            del self.tries[ask.position]
        else:
            self.tries[ask.position] = before
        self._later = [each for each in self._later if each[1] != ask.position]
        heapq.heapify(self._later)
        self.held.pop(ask.position, None)
        self.over = [each for each in self.over if each != ask.position]
        self._waiting.append(ask)

    async def _call(self, ask: PendingRequest, reserved: int) -> None:
        began, patience = _now(), self._patience_for_one()
        try:
            outcome = await self._provider.answer(str(ask.position), ask.body, patience)
        except ProviderRefused as error:
            self._gate.refused(reserved)
            self._fail(ask, error)
        except ProviderUnavailable as error:
            self._try_later(ask, error)
            if error.kind == TIMED_OUT and patience < self._rules.usual:
                self._gate.hasty(reserved)
            else:
                await self._gate.failed(error, reserved, self._rules.opening, self._rules.tenant)
        except Exception as error:  # a plug-in may raise anything
            strange = ProviderUnavailable(f"{type(error).__name__}: {error}", STRANGE)
            self._try_later(ask, strange)
            await self._gate.failed(strange, reserved, self._rules.opening, self._rules.tenant)
        else:
            self._gate.spent(reserved, outcome.usage.input_tokens, outcome.usage.output_tokens)
            self._answered(ask, self._told(ask, outcome, _now() - began))

    def _answered(self, ask: PendingRequest, outcome: Outcome) -> None:
        if ask.position not in self.flawed and (body := self._rules.repair(ask.body, outcome)) is not None:
            self.flawed[ask.position] = outcome
            more = len(outcome.output or "")
            self._waiting.appendleft(ask._replace(body=body, size=ask.size + more))
            return
        self._hold(ask.position, outcome)

    def _told(self, ask: PendingRequest, outcome: Outcome, seconds: float | None = None) -> Outcome:
        """With the time of its last call and how many there were."""
        tries = self.tries.get(ask.position, Tries())
        calls = sum(tries) + (outcome.status is Status.SUCCEEDED) + (ask.position in self.flawed)
        return outcome.model_copy(update={"seconds": seconds, "tries": max(calls, 1)})

    def _hold(self, position: int, outcome: Outcome) -> None:
        flawed = self.flawed.pop(position, None)
        self.held[position] = together(flawed, outcome) if flawed else outcome

    def _give_up(self, ask: PendingRequest, error: ProviderUnavailable) -> None:
        if self._rules.goes_over(ask.position):
            self.over.append(ask.position)
        else:
            self._fail(ask, error)

    def _fail(self, ask: PendingRequest, error: ProviderRefused | ProviderUnavailable) -> None:
        fault = Fault.of(error)
        self._hold(ask.position, self._told(ask, Outcome(id=str(ask.position), status=Status.FAILED, error=fault)))

    def _try_later(self, ask: PendingRequest, error: ProviderUnavailable) -> None:
        tries = self.tries.get(ask.position, Tries())
        throttled = isinstance(error, ProviderThrottled) and error.kind != QUOTA
        failed = not isinstance(error, ProviderThrottled)  # an account that is used up is waited for by its chunk
        tries = Tries(tries.failed + failed, tries.throttled + throttled)
        self.tries[ask.position] = tries
        if tries.failed >= self._rules.most_tries or tries.throttled >= THROTTLES:
            self._give_up(ask, error)
            return
        due = _now() + pause(error, max(1, sum(tries)), self._rules.random)
        heapq.heappush(self._later, (due, ask.position, ask))

    def _fall_due(self) -> None:
        """What waited long enough is next; past the deadline everything is expired."""
        while self._later and self._later[0][0] <= _now():
            self._waiting.append(heapq.heappop(self._later)[2])
        if self._until_deadline() <= 0:
            for position in self.left:
                self._hold(position, Outcome(id=str(position), status=Status.EXPIRED, error=EXPIRED))
            self._waiting.clear()
            self._later.clear()

    async def _move(self, wait: float) -> None:
        """Wait for an answer, for `wait` seconds, or until something is due."""
        seconds = min(wait, self._next_due(), self._until_deadline() if self.left else math.inf)
        self._moved.clear()
        if self._flying or math.isfinite(seconds):
            try:
                async with asyncio.timeout(None if math.isinf(seconds) else max(0.0, seconds)):
                    await self._moved.wait()
            except TimeoutError:
                pass
        if self._broken:
            raise self._broken

    def _next_due(self) -> float:
        return self._later[0][0] - _now() if self._later and not self._time_is_up() else math.inf

    def _until_deadline(self) -> float:
        if self._rules.deadline is None:
            return math.inf
        return (self._rules.deadline - self._rules.clock()).total_seconds()

    def _patience_for_one(self) -> float:
        return max(0.001, min(self._rules.timeout, self._until_deadline()))

    def _time_is_up(self) -> bool:
        """A call that started now might not end in the worker's time."""
        return self._rules.remaining() < self._rules.timeout + self._rules.margin

    def _estimate(self, ask: PendingRequest) -> int:
        return self._gate.estimate(ask.size, ask.max_tokens)


def _step(pace: Gate | None) -> None:
    if pace is not None:
        pace.take()


def _now() -> float:
    return asyncio.get_running_loop().time()
