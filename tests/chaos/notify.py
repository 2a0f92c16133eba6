"""`make chaos-notify`: jobs end and are told while every process that tells or delivers is killed, again and again.

In memory, on the fakes that hold the contracts of the real adapters: the whole way from the job's mark
`end_unpublished` over a bus that repeats what it carries, to receivers of which some fail. A process dies at a call of
any of its ports, after the call was made. What Lambda does then is played: an event that failed comes again, twice at
most, and then lies among dead letters, from where it is sent again at the end. In the end each receiver must have heard
of each job under one id. Then calls are tampered with, and the library that receivers use must refuse each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from pydantic import BaseModel
from standardwebhooks import Webhook, WebhookVerificationError

from fanfold.aws.table import SORT
from fanfold.batches import rules
from fanfold.clock import stamp
from fanfold.jobs.ending import publish_end
from fanfold.jobs.events import JobEnded
from fanfold.jobs.job import Counts, Job, State
from fanfold.jobs.store import Jobs
from fanfold.notify.endpoint import CALLBACKS
from fanfold.notify.kinds import EventPayload, read
from fanfold.notify.spread import spread
from fanfold.ports import Change, Item, Key, Page, PostResult, Query, Removal
from tests.fakes.crash import Crash, Fuse
from tests.fakes.notify import FakeNotify
from tests.fakes.poster import Call, MemoryPoster
from tests.fakes.table import MemoryTable, _wanted
from tests.fakes.tampering import forged
from tools.measure import Bar, Size

TITLE = "Events and webhooks, killed"
TENANTS = 20
FAILING = 0.2
"""The share of calls that a receiver does not answer with 2xx."""
INVOCATIONS = 3
"""Of an event, before it lies among dead letters."""
CALLS_A_JOB = 12
"""Of ports, about."""


class Scale(NamedTuple):
    events: int
    kills: int
    forgeries: int


class EndedJob(Job):
    """A job that is over, with a callback if it has one."""

    kind: str = "batch"
    calls: str | None = None

    @property
    def callback_url(self) -> str | None:
        return self.calls


class IndexedTable(MemoryTable):
    """The table in memory, which finds a partition without looking at all items."""

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[tuple[str | None, str], set[Key]] = defaultdict(set)

    def together(self, *changes: Change | Removal) -> bool:
        with self._lock:
            before = {change.key: self.items.get(change.key) for change in changes}
            done = super().together(*changes)
            for key in before if done else ():
                self._moved(key, before[key], self.items.get(key))
            return done

    def remove(self, key: Key) -> None:
        with self._lock:
            self._moved(key, self.items.get(key), None)
            super().remove(key)

    def _moved(self, key: Key, before: Item | None, after: Item | None) -> None:
        for item, note in ((before, set.discard), (after, set.add)):
            for index, name in ((None, "pk"), ("open", "open"), ("listing", "listing")):
                if item and name in item:
                    note(self._of[index, item[name]], key)

    def page(self, query: Query) -> Page:
        with self._lock:
            return super().page(query)

    def _places(self, query: Query) -> Iterator[tuple[str, Key]]:
        sort = SORT[query.index]
        for key in self._of[query.index, query.partition]:
            if sort in (item := self.items[key]) and _wanted(query, item[sort]):
                yield item[sort], key


class Bus:
    """Carries each event once, twice or three times, in no order."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.carried: list[str] = []
        self.repeated = 0

    def publish(self, name: str, event: BaseModel) -> None:
        times = self._random.choice([1, 1, 2, 3])
        self.repeated += times - 1
        for _ in range(times):
            self.carried.insert(self._random.randrange(len(self.carried) + 1), event.model_dump_json())


class Receivers(MemoryPoster):
    """Receivers that fail now and then; what they took, by address and job."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.taken: set[tuple[str, str]] = set()
        self.last: Call | None = None

    def post(self, url: str, headers: Any, body: bytes) -> PostResult:
        message = EventPayload.model_validate_json(body)
        heard = (url, str(message.data["job"]))
        self.ids[heard].add(headers["webhook-id"])
        self.last = Call(url, dict(headers), body.decode())
        if self._random.random() < FAILING:
            return PostResult(self._random.choice([500, 429, 302, None]), "no")
        self.taken.add(heard)
        return PostResult(204, "")


@dataclass
class World:
    """Everything that outlives a process."""

    random: Random
    fuse: Fuse
    cloud: FakeNotify = field(init=False)
    bus: Bus = field(init=False)
    receivers: Receivers = field(init=False)
    dead_letters: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bus, self.receivers = Bus(self.random), Receivers(self.random)
        self.cloud = FakeNotify(table=IndexedTable(), poster=self.receivers, now=datetime.now(UTC))

    @property
    def jobs(self) -> Jobs[EndedJob]:
        return Jobs(self.cloud.through(self.cloud.table), EndedJob, "batch")

    @property
    def events(self) -> Any:
        return self.cloud.through(self.bus)

    @property
    def rules(self) -> Any:
        return rules

    def survived(self, process: Callable[..., object], *given: object) -> bool:
        """Whether a process got to its end."""
        try:
            process(*given)
        except Crash:
            return False
        return True


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    scale = size.of(smoke=Scale(100, 10, 50), small=Scale(1_000, 100, 1_000), full=Scale(10_000, 500, 1_000))
    random = Random(seed)
    apart = scale.events * CALLS_A_JOB // scale.kills
    world = World(random, Fuse(*(random.randint(1, apart) for _ in range(scale.kills))))
    wanted = _played(world, scale)
    lost, ids = wanted - world.receivers.taken, world.receivers.ids
    yield Bar("jobs that ended", f"{scale.events:,}")
    yield Bar("records that came again", f"{world.bus.repeated:,}", "≥ 50 %", world.bus.repeated * 2 >= scale.events)
    kills = world.fuse.crashes
    yield Bar("processes killed", str(kills), f"≥ {scale.kills}", kills >= scale.kills)
    yield Bar("events lost", f"{len(lost):,} of {len(wanted):,}", "0", not lost)
    several = [heard for heard in wanted if len(ids[heard]) > 1]
    yield Bar("heard under several ids", f"{len(several):,}", "0", not several)
    shared = len(set().union(*ids.values())) != scale.events
    yield Bar("ids of several events", str(int(shared)), "0", not shared)
    strange = len(ids.keys() - wanted)
    yield Bar("heard by somebody else", str(strange), "0", not strange)
    taken, refused = _refused(world, scale, random)
    yield Bar("tampered or late ones refused", f"{refused:,}", f"{scale.forgeries:,}", refused == scale.forgeries)
    yield Bar("genuine one taken", str(taken), "True", taken)


def _played(world: World, scale: Scale) -> set[tuple[str, str]]:
    """Jobs end, and are told; what each receiver has to hear."""
    hooks = {f"t{number}": f"https://hooks.example.com/t{number}" for number in range(TENANTS)}
    for tenant, url in hooks.items():
        world.cloud.endpoint(url, tenant)
    wanted = {heard for number in range(scale.events) for heard in _ended(world, number, hooks)}
    ended = list(world.jobs.open())
    world.cloud.through = world.fuse.on
    for job in ended:
        world.survived(publish_end, job, world)
        if world.random.random() < 0.5:
            _delivered(world)
        if world.random.random() < 0.01:
            world.cloud.wait(60)
            world.survived(world.cloud.tick)
    _to_the_end(world)
    return wanted


def _ended(world: World, number: int, hooks: dict[str, str]) -> Iterator[tuple[str, str]]:
    tenant = f"t{number % TENANTS}"
    calls = f"https://calls.example.com/{number}" if number % 10 == 0 else None
    now = stamp(world.cloud.now + timedelta(milliseconds=number))
    job = EndedJob(
        tenant=tenant,
        id=f"job-{number}",
        state=State.COMPLETED,
        created_at=now,
        finished_at=now,
        fingerprint="",
        correlation_id="",
        counts=Counts(succeeded=1),
        end_unpublished=True,
        calls=calls,
    )
    world.jobs.accept(job)
    yield hooks[tenant], job.id
    if calls:
        yield calls, job.id


def _delivered(world: World, most: int = 5) -> None:
    """Lambda invokes the worker with events from the bus."""
    for _ in range(min(most, len(world.bus.carried))):
        detail = world.bus.carried.pop()
        if not any(world.survived(_invoked, world, detail) for _ in range(INVOCATIONS)):
            world.dead_letters.append(detail)


def _invoked(world: World, detail: str) -> None:
    event = read(JobEnded.NAME, JobEnded.model_validate_json(detail).model_dump())
    spread(event, world.cloud.backend, lambda: True)


def _to_the_end(world: World) -> None:
    """The sweeper sends what was not told, dead letters are sent again, time passes until nothing is due."""
    while unpublished := list(Jobs(world.cloud.table, EndedJob, "batch").open()):
        for job in unpublished:
            world.survived(publish_end, job, world)
    while world.bus.carried or world.dead_letters:
        world.bus.carried += world.dead_letters
        world.dead_letters.clear()
        _delivered(world, len(world.bus.carried))
    while _is_pending(world):
        world.cloud.wait(60)
        world.survived(world.cloud.tick)


def _is_pending(world: World) -> bool:
    return bool(world.cloud.table.page(Query(partition="delivery", index="open", limit=1)).items)


def _refused(world: World, scale: Scale, random: Random) -> tuple[bool, int]:
    """Whether a genuine call is taken, and how many forgeries of it are not."""
    call = world.receivers.last
    assert call is not None
    message = EventPayload.model_validate_json(call.body)
    hooks = {endpoint.url: endpoint.id for endpoint in world.cloud.backend.endpoints.all(message.tenant)}
    secret = world.cloud.backend.endpoints.secrets(message.tenant, hooks.get(call.url, CALLBACKS))[0]
    now = datetime.now(UTC)
    fresh = {
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.id, now, call.body),
    }
    genuine = call._replace(headers=call.headers | fresh)
    forgeries = islice(forged(genuine, secret, random), scale.forgeries)
    return _verified(genuine, secret), sum(not _verified(each, secret) for each in forgeries)


def _verified(call: Call, secret: str) -> bool:
    try:
        Webhook(secret).verify(call.body, call.headers)
    except WebhookVerificationError:
        return False
    return True
