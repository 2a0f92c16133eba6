"""Every error Fanfold raises on purpose.

    FanfoldError
    ├── Refused            what the caller sent can't be taken: answered as a problem document
    │   ├── Invalid        400  the body, a field or an option is wrong
    │   ├── Unauthorized   401  no key, or one that nobody was given
    │   ├── Forbidden      403  a key that may not do this
    │   ├── NotFound       404  no such job, request, upload or route for this tenant
    │   ├── MethodNotAllowed 405  the path is there, and does not take that method
    │   ├── Conflict       409  right, but not in this state
    │   ├── TooLarge       413  over a stated limit
    │   ├── KeyReused      422  the Idempotency-Key came before with another body
    │   └── Busy           429  more waits already than can be done soon: come back later
    │       └── QuotaExceeded 429  more than the operator lets this tenant have
    ├── Retryable          the same call may succeed later: the state machine's `Retry` names each
    │   ├── Unsettled           an earlier submit may still be under way at the provider
    │   ├── ProviderUnavailable the provider did not answer, or answered 5xx or 429
    │   │   ├── ProviderThrottled   it asked us to come back later: 429, 503, 529
    │   │   └── BadReply            what it answered is no answer to the request
    │   ├── Contended           somebody else writes the same at this moment, or the table is throttled
    │   └── Incomplete          a step before this one has not finished its part
    ├── Held               a shard that its provider did not take is to be submitted again
    ├── Crowded            as much of the tenant's work is under way as the operator lets them have: a little later
    ├── FailedOver             a shard's batch is stuck: the shard goes on in real time, and is submitted again for it
    ├── Misadopted         the batch that a shard took for its own is another's: the shard is submitted again
    ├── FileMissing        no file came for a run of a schedule: that is told, and the next run looks again
    ├── WrittenLater       a message or item of a later release: it waits until the deployment is that release again
    ├── Misconfigured      the function lacks a variable that it needs: the template has to give it
    └── Final              trying again changes nothing: it ends a shard or the job, with its reason
        ├── JobRefused          nothing in the job's input can be run
        ├── ProviderRefused     the provider turned the whole shard, or this one request, down
        └── Superseded          somebody else has it now: ends a run or an attempt, and not the job

The Lambda runtime reports an exception by its class name; `Retry` and `Catch` in `statemachine/` match on it.
"""

import json
from typing import Self

from pydantic import BaseModel

SOON = 120
"""Seconds, more than any rate by the minute has a caller wait for."""


class Flaw(BaseModel):
    """One thing wrong with an input: where it is, and what."""

    field: str | None = None
    line: int | None = None
    detail: str


class FanfoldError(Exception):
    """The root: catch this to catch whatever Fanfold raises on purpose."""


class Refused(FanfoldError):
    """The caller's input can't be taken. `status` is the HTTP status, `flaws` name the fields or lines."""

    status = 400
    title = "Refused"

    def __init__(self, detail: str, *flaws: Flaw, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.flaws = flaws or ((Flaw(field=field, detail=detail),) if field else ())

    def __reduce__(self) -> tuple[type[Self], tuple[str | Flaw, ...]]:
        """What it is made of, for another process; another constructor has to say its own."""
        return type(self), (self.detail, *self.flaws)


class Invalid(Refused):
    title = "Invalid input"


class Unauthorized(Refused):
    status = 401
    title = "Unauthorized"
    known: tuple[str, str] | None = None
    """Tenant and id of a key that somebody has, and that does not open now."""

    @classmethod
    def of_key(cls, detail: str, tenant: str, key_id: str) -> Self:
        """The refusal of a key that is known."""
        error = cls(detail, field="Authorization")
        error.known = tenant, key_id
        return error


class Forbidden(Refused):
    """The caller is known, and may not do this."""

    status = 403
    title = "Forbidden"


class NotFound(Refused):
    status = 404
    title = "Not found"


class MethodNotAllowed(Refused):
    """The path is there; `allowed` are the methods that it takes."""

    status = 405
    title = "Method not allowed"

    def __init__(self, detail: str, allowed: tuple[str, ...] = (), *, field: str | None = None) -> None:
        super().__init__(detail, field=field)
        self.allowed = allowed


class Conflict(Refused):
    status = 409
    title = "Not in this state"


class TooLarge(Refused):
    status = 413
    title = "Too large"


class KeyReused(Refused):
    status = 422
    title = "Idempotency key reused"


class Busy(Refused):
    """More waits already than can be done soon: worth asking again after `retry_after` seconds."""

    status = 429
    title = "Too much at once"

    def __init__(self, detail: str, retry_after: int = 1, *, field: str | None = None) -> None:
        super().__init__(detail, field=field)
        self.retry_after = retry_after

    @property
    def passes_soon(self) -> bool:
        """Whether a client that waits by itself is right to."""
        return self.retry_after <= SOON


class QuotaExceeded(Busy):
    """More than the operator lets the tenant have; `field` names the quota."""

    title = "Quota exceeded"


class Retryable(FanfoldError):
    """The same call may succeed later."""


class Unsettled(Retryable):
    """An earlier submit of this shard may still be under way: wait until it can't be."""


class Received:
    """An error with what came from the provider: its HTTP status and the beginning of its reply."""

    status: int | None = None
    received: str | None = None

    def having(self, status: int | None, received: str | None) -> Self:
        """The error, with what came."""
        self.status, self.received = status, received
        return self


class ProviderUnavailable(Received, Retryable):
    """The provider did not answer, or asked us to come back.

    `kind` is the fault that a request has if this was its last try; `code` is the provider's own.
    """

    kind = "provider_error"

    def __init__(self, detail: str, kind: str | None = None, code: str | None = None) -> None:
        super().__init__(detail)
        self.kind, self.code = kind or self.kind, code


class ProviderThrottled(ProviderUnavailable):
    """The provider asked us to come back, after `retry_after` seconds if it said when."""

    kind = "rate_limited"

    def __init__(
        self, detail: str, kind: str | None = None, code: str | None = None, *, retry_after: float | None = None
    ) -> None:
        super().__init__(detail, kind, code)
        self.retry_after = retry_after


class BadReply(ProviderUnavailable):
    """The provider's answer is cut, too long, no JSON, or not what was asked for."""

    kind = "bad_reply"


class Contended(Retryable):
    """Somebody else writes the same at this moment, or the table takes no more just now: nothing was changed."""


class Incomplete(Retryable):
    """Something this step builds on is not there yet."""


class Crowded(FanfoldError):
    """As much of the tenant's work is under way as the operator lets them have: this comes a little later."""


class FailedOver(FanfoldError):
    """A shard's batch was given up for the real-time lane: the shard has to be submitted again."""


class Held(FanfoldError):
    """A shard waited for its provider to take it, and that is to be tried again: it has to be submitted."""


class Misadopted(FanfoldError):
    """The batch that a shard took for its own is another's: the shard has to be submitted again."""


class FileMissing(FanfoldError):
    """No file came under the `prefix` that a schedule takes its input from."""

    def __init__(self, detail: str, prefix: str = "") -> None:
        super().__init__(detail)
        self.prefix = prefix


class WrittenLater(FanfoldError):
    """A later release wrote this, and this one would misread it."""


class Misconfigured(FanfoldError):
    """The function was not given the name of a resource that it needs."""


class Final(FanfoldError):
    """Trying again changes nothing."""


class JobRefused(Final):
    """The job's input holds nothing that can be run."""


class ProviderRefused(Received, Final):
    """The provider turned the whole shard, or this one request, down; `kind` and `code` as in ProviderUnavailable."""

    def __init__(self, detail: str, kind: str = "refused", code: str | None = None) -> None:
        super().__init__(detail)
        self.kind, self.code = kind, code


class Superseded(Final):
    """Somebody else has it now: a newer attempt the shard, another run the job."""


def reason(error: str, cause: str) -> str:
    """What a failed execution or task says, in words: the message of the exception if a function raised one."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return f"{error}: {cause}" if cause else error
