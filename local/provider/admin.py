"""`/_emulator`: switching faults and latency, and asking what was called."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.provider.call_log import CallLog
from local.provider.faults import Faults
from local.provider.problems import bad_request
from local.provider.quotas import Quotas
from local.provider.records import Batch
from local.provider.surface import Emulator

LATENCIES = ("batch_seconds", "request_seconds", "stream_seconds")
USUAL_CALLS = 100_000


class Admin:
    """The routes that stand outside every provider's surface; they need no key."""

    def __init__(self, emulator: Emulator, faults: Faults, quotas: Quotas, log: CallLog) -> None:
        self._quotas = quotas
        self._log = log
        self._store = emulator.store
        self._faults = faults

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/health", self.health, methods=["GET"]),
            Route("/_emulator/stats", self.stats, methods=["GET"]),
            Route("/_emulator/latency", self.latency, methods=["GET", "POST"]),
            Route("/_emulator/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_emulator/faults/{rule_id:int}", self.drop_fault, methods=["DELETE"]),
            Route("/_emulator/quotas", self.quotas, methods=["GET", "POST", "DELETE"]),
            Route("/_emulator/calls", self.calls, methods=["GET", "DELETE"]),
            Route("/_emulator/calls/summary", self.call_summary, methods=["GET"]),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def faults(self, request: Request) -> Response:
        if request.method == "POST":
            return JSONResponse(asdict(self._faults.add(await _object(request))), 201)
        if request.method == "DELETE":
            self._faults.clear()
        return JSONResponse({"faults": [asdict(rule) for rule in self._faults.listed()]})

    async def drop_fault(self, request: Request) -> Response:
        self._faults.clear(request.path_params["rule_id"])
        return JSONResponse({"faults": [asdict(rule) for rule in self._faults.listed()]})

    async def quotas(self, request: Request) -> Response:
        """Rate limits: `quotas.Quota` has the fields."""
        if request.method == "POST":
            return JSONResponse(asdict(self._quotas.add(await _object(request))), 201)
        if request.method == "DELETE":
            self._quotas.clear()
        return JSONResponse({"quotas": [asdict(quota) for quota in self._quotas.listed()]})

    async def calls(self, request: Request) -> Response:
        """Direct requests, one by one; the query may name `call_log.FILTERS`, `after` and `limit`."""
        if request.method == "DELETE":
            self._log.clear()
        query = dict(request.query_params)
        for name in ("after", "limit"):
            if not query.get(name, "0").isdigit():
                raise bad_request(f"{name} must be a whole number", name)
        return JSONResponse({"calls": self._log.listed(query, int(query.get("limit", USUAL_CALLS)))})

    async def call_summary(self, _request: Request) -> Response:
        return JSONResponse(self._log.summary())

    async def latency(self, request: Request) -> Response:
        """Seconds: of batches created from now on, of direct requests, and of streams from first event to last."""
        if request.method == "POST":
            given = await _object(request)
            for name, seconds in given.items():
                if name not in LATENCIES or not isinstance(seconds, int | float) or seconds < 0:
                    raise bad_request(f"expected seconds for {' and '.join(LATENCIES)}", name)
                self._store.set(name, seconds)
        return JSONResponse({name: self._store.setting(name) for name in LATENCIES})

    async def stats(self, _request: Request) -> Response:
        batches = self._store.all_batches()
        creates = Counter(f"{k}={v}" for batch in batches for k, v in (batch.metadata or {}).items())
        return JSONResponse(
            {
                "calls": self._store.calls(),
                "batches": [_summary(batch) for batch in batches],
                "creates": dict(sorted(creates.items())),
                "faults": [asdict(rule) for rule in self._faults.listed()],
            }
        )


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    return body


def _summary(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "surface": batch.surface,
        "owner": batch.owner,
        "metadata": batch.metadata,
        "input_file_id": batch.input_file_id,
        "input_sha256": batch.input_sha256,
        "requests": batch.lines,
        "created_at": batch.created_at,
        "is_cancelled": batch.cancelling_at is not None,
        "faults": batch.faults,
        "outcome": asdict(batch.outcome) if batch.outcome else None,
    }
