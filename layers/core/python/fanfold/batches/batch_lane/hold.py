"""Holding: a shard that its provider does not take now waits, with its reason, until it is worth trying again.

Submit notes why and leaves its token with the shard. The poller answers the token when the time has come; Collect
sees that there is nothing to collect, and the state machine goes back to Submit. So a wait may be as long as the
shard's own time, and uses up no retries.
"""

from datetime import timedelta

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Reason, Waiting
from fanfold.clock import moment, stamp
from fanfold.errors import ProviderRefused, ProviderThrottled
from fanfold.providers import QUOTA

FIRST_SECONDS, LONGEST_SECONDS = 60, 900
"""The pause before the next try, twice as long each time."""
ROOM_SECONDS = 60


def is_held(shard: Shard) -> bool:
    """Whether the shard waits for its provider to take it."""
    return shard.waiting is not None and shard.batch is None and shard.state is ShardState.PLANNED


def is_early(shard: Shard, backend: BatchBackend) -> bool:
    """Whether it is not yet worth trying again."""
    waiting = shard.waiting
    return is_held(shard) and bool(waiting and waiting.next_try and stamp(backend.clock()) < waiting.next_try)


def throttled(shard: Shard, error: ProviderThrottled, backend: BatchBackend) -> Waiting:
    """What a shard waits for that the provider told to come back. Raises ProviderRefused if that was told for long."""
    reason = Reason.QUOTA if error.kind == QUOTA else Reason.RATE_LIMIT
    before = shard.waiting if shard.waiting and shard.waiting.reason is reason else None
    now = backend.clock()
    since = moment(before.since) if before else now
    patience = timedelta(seconds=backend.settings.quota_patience_seconds)
    if reason is Reason.QUOTA and now - since >= patience:
        raise ProviderRefused(f"{error}; it was tried for {patience}", QUOTA, error.code)
    tries = before.tries + 1 if before else 1
    pause = error.retry_after or min(FIRST_SECONDS * 2 ** (tries - 1), LONGEST_SECONDS)
    next_try = stamp(now + timedelta(seconds=pause))
    return Waiting(reason=reason, since=stamp(since), next_try=next_try, said=str(error), tries=tries)


def no_room(shard: Shard, backend: BatchBackend) -> Waiting | None:
    """What a shard waits for that would put more tokens into the provider's queue than it takes; None if none would."""
    limit = _limit(shard, backend)
    if limit is None:
        return None
    used = sum(each.tokens for each in _others(shard, backend))
    if not used or used + shard.tokens <= limit:
        return None
    said = f"{used:,} tokens are enqueued for {shard.model}, this needs {shard.tokens:,}, and {limit:,} are taken"
    return _for_room(shard, said, backend)


def learn(shard: Shard, said: str, limit: int | None, backend: BatchBackend) -> Waiting:
    """What a shard waits for whose batch was turned down for the tokens that are enqueued: the limit is learnt."""
    used = sum(each.tokens for each in _others(shard, backend))
    backend.submit_locks.learn(_route(shard, backend), limit or max(used, shard.tokens))
    return _for_room(shard, said, backend)


def _for_room(shard: Shard, said: str, backend: BatchBackend) -> Waiting:
    before = shard.waiting if shard.waiting and shard.waiting.reason is Reason.TOKEN_LIMIT else None
    now = backend.clock()
    next_try = stamp(now + timedelta(seconds=ROOM_SECONDS))
    since, tries = (before.since, before.tries + 1) if before else (stamp(now), 1)
    return Waiting(reason=Reason.TOKEN_LIMIT, since=since, next_try=next_try, said=said, tries=tries)


def _limit(shard: Shard, backend: BatchBackend) -> int | None:
    """What is set for the model or its provider, or what its refusals have told."""
    told = backend.settings.enqueued_tokens
    own = told.get(f"{shard.provider}/{shard.model}", told.get(shard.provider))
    return own if own is not None else backend.submit_locks.learnt(_route(shard, backend))


def _others(shard: Shard, backend: BatchBackend) -> list[Shard]:
    """The shards that are at the provider for the same model and account."""
    account = backend.provider(shard.provider, shard.tenant).account
    return [
        each
        for each in backend.shards.open()
        if (each.provider, each.model, each.lane) == (shard.provider, shard.model, LaneName.BATCH)
        and each.state is ShardState.SUBMITTED
        and backend.provider(each.provider, each.tenant).account == account
    ]


def _route(shard: Shard, backend: BatchBackend) -> str:
    return f"P#{shard.provider}#{backend.provider(shard.provider, shard.tenant).account}#{shard.model}"
