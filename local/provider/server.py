"""The ASGI application: every surface's routes, guarded by authentication, counting and faults."""

import re
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.provider import effects
from local.provider.admin import Admin
from local.provider.batches import BatchRunner
from local.provider.call_log import CallLog
from local.provider.direct import DirectCalls
from local.provider.faults import Faults, Rule, Sighting
from local.provider.problems import CallError
from local.provider.quotas import Quotas
from local.provider.store import Store
from local.provider.surface import Emulator, Limits, Operation, Surface, discover

IDENTIFIER = re.compile(r"\b(?:file[-_]|gfile-|batch_|msgbatch_|gbatch-)[0-9a-f]{24}\b")
USUAL_SECONDS = {"batch_seconds": 2.0, "request_seconds": 0.0, "stream_seconds": 0.0}
FILE = re.compile(r"\bg?file[-_][0-9a-f]{24}\b")


def create_app(state: Path, limits: Limits, batch_seconds: float | None, request_seconds: float | None) -> Starlette:
    """The emulator over the state in the folder `state`.

    Latencies (seconds) that are None stay as the state has them, at first 2 and 0.
    """
    store = Store(state)
    given_seconds = {"batch_seconds": batch_seconds, "request_seconds": request_seconds, "stream_seconds": None}
    for name, given in given_seconds.items():
        if given is not None or store.setting(name) is None:
            store.set(name, USUAL_SECONDS[name] if given is None else given)
    emulator = Emulator(store, BatchRunner(store), limits)
    offered = [(surface, operation) for surface in discover(emulator) for operation in surface.operations()]
    faults = Faults(store, frozenset(f"{surface.name}.{operation.name}" for surface, operation in offered))
    quotas, log = Quotas(store), CallLog(store)
    server = _Server(store, faults, DirectCalls(emulator, faults, quotas, log))
    # Routes are tried in order: direct requests, which are many, come first.
    offered.sort(key=lambda pair: pair[1].conversation is None)
    routes = [server.route(surface, operation) for surface, operation in offered]
    routes += Admin(emulator, faults, quotas, log).routes()
    app = Starlette(routes=routes, exception_handlers={HTTPException: _unknown, CallError: _misused})
    app.state.faults = faults
    return app


class _Server:
    def __init__(self, store: Store, faults: Faults, direct: DirectCalls) -> None:
        self._store = store
        self._faults = faults
        self._direct = direct

    def route(self, surface: Surface, operation: Operation) -> Route:
        name = f"{surface.name}.{operation.name}"

        async def endpoint(request: Request) -> Response:
            try:
                response = await self._answer(surface, operation, request)
            except CallError as problem:
                response = surface.refuse(problem)
            except ClientDisconnect:
                response = effects.NoResponse()
            response.headers[surface.id_header] = f"req_{uuid4().hex}"
            return response

        return Route(surface.prefix + operation.path, endpoint, methods=[operation.method], name=name)

    async def _answer(self, surface: Surface, operation: Operation, request: Request) -> Response:
        name = f"{surface.name}.{operation.name}"
        if operation.conversation is not None:
            return await self._direct.answer(surface, name, operation.conversation, request)
        assert operation.endpoint is not None
        self._store.count_call(name)
        owner = surface.owner(request)
        rule = await self._fault(name, request)
        if rule and (instead := await effects.before(rule, request)):
            return instead
        response = await operation.endpoint(request, owner)
        return await effects.after(rule, request, response) if rule else response

    async def _fault(self, name: str, request: Request) -> Rule | None:
        if not self._faults.watches(name, is_request=False):
            return None
        content = request.headers.get("content-length", "")
        if request.headers.get("content-type", "").startswith("application/json"):
            content = (await request.body()).decode("utf-8", "replace")
        told = f"{name.partition('.')[2]} {request.url.path} {request.url.query} {content}"
        hashed = self._store.content_hash
        fingerprint = IDENTIFIER.sub(lambda found: hashed(found.group()) or found.group(), told)
        read = FILE.search(told)
        sighting = Sighting(name, fingerprint, told, file=read.group() if read else None)
        return self._faults.strike(sighting, is_request=False)


async def _unknown(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = f"Invalid URL ({request.method} {request.url.path})"
    error_body = {"message": message, "type": "invalid_request_error", "param": None, "code": "unknown_url"}
    return JSONResponse({"error": error_body}, status)


async def _misused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, CallError):
        raise error
    return JSONResponse({"error": error.message, "param": error.param}, error.status)
