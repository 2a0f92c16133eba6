"""The service: does it answer, is the key good, does all it stands on answer?"""

from collections.abc import Iterator
from importlib.metadata import version

from fanfold_client import Fanfold, FanfoldError, Unauthorized
from fanfold_client.profiles import Profile
from fanfold_command.doctor.finding import Finding, ill, well
from fanfold_command.printing import waiting_line

TODO = {
    "table": "look at the DynamoDB table in the stack's resources; `fanfold doctor --aws`",
    "bucket": "look at the bucket in the stack's resources; `fanfold doctor --aws`",
    "queue": "look at the queue HighWorkQueue; `fanfold doctor --aws`",
    "workflow": "look at the state machine; `fanfold doctor --aws`",
    "writing": "look at the state machine of writing; `fanfold doctor --aws`",
    "forecasts": "look at the state machine of forecasts; `fanfold doctor --aws`",
    "provider keys": "look at the secret ProviderKeys; `fanfold doctor --aws`",
}


PROVIDER = "look at its status page, and whether its key still holds; `fanfold admin set-provider-key` gives another"


WAITS = {
    "provider_quota": "pay into the account at the provider, or give another key; after an hour its requests fail",
    "rate_limit": "it goes on by itself; the setting `rate_limits` says what the provider takes",
    "token_limit": "it goes on when other batches end; the setting `enqueued_tokens` says what the provider takes",
    "breaker": "the provider does not answer: look at its status page; it goes on by itself",
    "budget": "it goes on when money comes back; `fanfold batch edit JOB --budget USD` gives more",
}


def findings(fanfold: Fanfold, profile: Profile) -> Iterator[Finding]:
    """What the service says of itself."""
    try:
        alive = fanfold.alive()
    except FanfoldError as error:
        yield ill("service", str(error), f"is {profile.url} the stack's output ApiUrl, and is it reachable from here?")
        return
    yield _version(alive.version)
    try:
        health = fanfold.health()
    except Unauthorized as error:
        yield ill(
            "access",
            str(error),
            "have the operator issue a key (`fanfold admin issue-key`), then `fanfold login`",
        )
        return
    except FanfoldError as error:
        yield ill("health", str(error), "look at the logs of HealthApiFunction")
        return
    yield well("access", "the key is good")
    for name, check in health.checks.items():
        todo = PROVIDER if name.startswith("provider ") else "`fanfold doctor --aws` looks closer"
        todo = TODO.get(name, todo)
        yield well(name, "answers") if check.ok else ill(name, check.error or "does not answer", todo)
    yield from _waiting(fanfold)


def _waiting(fanfold: Fanfold) -> Iterator[Finding]:
    """Batches that are under way and wait for something."""
    try:
        jobs = fanfold.stats.live().jobs
    except FanfoldError as error:
        yield ill("batches", str(error), "look at the logs of StatsApiFunction")
        return
    for job in jobs:
        for waiting in job.waiting_for:
            todo = WAITS.get(waiting.reason, "it goes on by itself")
            yield ill(f"batch {job.id}", f"waits: {waiting_line(waiting)}", todo)


def _version(theirs: str) -> Finding:
    ours = version("fanfold")
    if theirs.split(".")[:1] != ours.split(".")[:1]:
        return ill("service", f"version {theirs}, while this command is {ours}", "install the same version")
    return well("service", f"version {theirs}")
