"""Who may do what: the one table of roles, and of services that a key can be limited to.

What a route needs follows from its method: a viewer reads, an editor changes, and exceptions stand in `OWNERS` and
`READS`. A test holds the table against all routes of the handlers.
"""

from enum import StrEnum

from fanfold.errors import Forbidden, NotFound


class Role(StrEnum):
    """What a key may do for its tenant."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    def covers(self, needed: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Service(StrEnum):
    """What a key may be limited to."""

    BATCHES = "batches"
    FORECASTS = "forecasts"
    WRITING = "writing"
    LOGS = "logs"
    STATS = "stats"
    ACCOUNT = "account"


PREFIXES = {
    "batches": Service.BATCHES,
    "uploads": Service.BATCHES,
    "defaults": Service.BATCHES,
    "dlq": Service.BATCHES,
    "templates": Service.BATCHES,
    "providers": Service.BATCHES,
    "forecasts": Service.FORECASTS,
    "schedules": Service.BATCHES,
    "sessions": Service.WRITING,
    "jobs": Service.WRITING,
    "results": Service.WRITING,
    "logs": Service.LOGS,
    "stats": Service.STATS,
    "metrics": Service.STATS,
    "budget": Service.ACCOUNT,
    "keys": Service.ACCOUNT,
    "usage": Service.ACCOUNT,
    "audit": Service.ACCOUNT,
    "webhooks": Service.ACCOUNT,
    "health": Service.ACCOUNT,
    "openai": Service.BATCHES,
    "anthropic": Service.BATCHES,
    "gemini": Service.BATCHES,
}
"""The service of a route, by the first part of its path behind `/v1/`; other SDKs have paths of their own."""
SHARED = {part: frozenset({Service.BATCHES, Service.FORECASTS}) for part in ("uploads", "schedules")}
"""Parts that several services use: a key for one of them is enough."""
OPEN = frozenset(
    {
        "GET /",
        "GET /docs",
        "GET /v1/openapi.json",
        "GET /v1/health",
        "POST /v1/providers/{provider}/events",
        "POST /gemini/upload/{version}/files/{session}",
        "$default",
    }
)
"""Routes without a key: what Fanfold is, events that a provider signs, what is sent to a place that was made for it
with a key, and what is no route at all.
"""
OWNERS = frozenset(
    {
        "PUT /v1/budget",
        "GET /v1/keys",
        "POST /v1/keys",
        "DELETE /v1/keys/{id}",
        "POST /v1/keys/{id}/rotate",
        "GET /v1/audit",
        "GET /v1/webhooks",
        "POST /v1/webhooks",
        "GET /v1/webhooks/{id}",
        "PATCH /v1/webhooks/{id}",
        "DELETE /v1/webhooks/{id}",
        "POST /v1/webhooks/{id}/rotate",
        "POST /v1/webhooks/{id}/test",
        "GET /v1/webhooks/{id}/deliveries",
        "POST /v1/webhooks/{id}/deliveries/{event}/replay",
    }
)
READS = frozenset({"POST /v1/batches/estimate", "POST /v1/logs/exports"})
"""They change nothing, though they are posted."""
DATA = frozenset({"POST /v1/logs", "POST /v1/logs/test"})
"""They only add entries to a log: an audit log of a log would be another."""
WITH_QUERY = frozenset(
    {
        "GET /v1/audit",
        "GET /v1/batches",
        "GET /v1/batches/{job}/requests",
        "GET /v1/batches/{job}/responses",
        "GET /v1/batches/{job}/results",
        "GET /v1/dlq",
        "GET /v1/forecasts",
        "GET /v1/forecasts/{job}/series",
        "GET /v1/forecasts/{job}/series/{name+}",
        "GET /v1/logs",
        "GET /v1/logs/stats",
        "GET /v1/stats",
        "GET /v1/webhooks/{id}/deliveries",
        "GET /v1/stats/money",
        "GET /v1/stats/suggestions",
        "GET /v1/sessions",
        "GET /v1/sessions/{session}/history",
        "GET /v1/jobs",
        "GET /v1/results/{job}",
    }
)
"""Routes that read a query; all others refuse one. A test holds them against the handlers."""


def needed(route: str) -> tuple[Role, frozenset[Service]]:
    """The least role that a route needs, and the services of which a key has to cover one. `route` is `GET /v1/…`.

    Raises NotFound for what is no route.
    """
    method, _, path = route.partition(" ")
    part = path.removeprefix("/v1").removeprefix("/").partition("/")[0]
    if part not in PREFIXES:
        raise NotFound(f"there is no {route}")
    services = SHARED.get(part, frozenset({PREFIXES[part]}))
    if route in OWNERS:
        return Role.OWNER, services
    return (Role.VIEWER if method in ("GET", "HEAD") or route in READS else Role.EDITOR), services


def changes(route: str) -> bool:
    """Whether the route changes something that an audit log has to tell."""
    return not route.startswith(("GET ", "HEAD ")) and route not in READS | DATA | OPEN


def check(route: str, role: Role, scopes: frozenset[Service]) -> None:
    """Raises Forbidden if a key with this role and these scopes (none: all services) may not use the route."""
    least, services = needed(route)
    if scopes and not scopes & services:
        covered = ", ".join(sorted(scopes))
        raise Forbidden(f"this key is for {covered}; {route} needs one for {', '.join(sorted(services))}")
    if not role.covers(least):
        raise Forbidden(f"this key is a {role}'s; {route} needs one of role {least}")
