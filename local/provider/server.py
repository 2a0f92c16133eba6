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
from local.provider.faults import Faults, Rule
from local.provider.problems import CallError
from local.provider.store import Store
from local.provider.surface import Emulator, Limits, Operation, Surface, discover

IDENTIFIER = re.compile(r"\b(?:file[-_]|gfile-|batch_|msgbatch_|gbatch-)[0-9a-f]{24}\b")
FILE = re.compile(r"\bg?file[-_][0-9a-f]{24}\b")


def create_app(state: Path, limits: Limits, batch_seconds: float | None, request_seconds: float | None) -> Starlette:
    """The emulator over the state in the folder `state`.

    Latencies (seconds) that are None stay as the state has them, at first 2 and 0.
    """
    store = Store(state)
    for name, given, usual in (("batch_seconds", batch_seconds, 2.0), ("request_seconds", request_seconds, 0.0)):
        if given is not None or store.setting(name) is None:
            store.set(name, usual if given is None else given)
    emulator = Emulator(store, BatchRunner(store), limits)
    offered = [(surface, operation) for surface in discover(emulator) for operation in surface.operations()]
    faults = Faults(store, frozenset(f"{surface.name}.{operation.name}" for surface, operation in offered))
    routes = Admin(emulator, faults).routes()
    routes += [_route(surface, operation, store, faults) for surface, operation in offered]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _unknown, CallError: _misused})
    app.state.faults = faults
    return app


def _route(surface: Surface, operation: Operation, store: Store, faults: Faults) -> Route:
    async def endpoint(request: Request) -> Response:
        store.count_call(f"{surface.name}.{operation.name}")
        try:
            response = await _answer(surface, operation, request, store, faults)
        except CallError as problem:
            response = surface.refuse(problem)
        except ClientDisconnect:
            response = effects.NoResponse()
        response.headers["x-request-id"] = f"req_{uuid4().hex}"
        return response

    name = f"{surface.name}.{operation.name}"
    return Route(surface.prefix + operation.path, endpoint, methods=[operation.method], name=name)


async def _answer(surface: Surface, operation: Operation, request: Request, store: Store, faults: Faults) -> Response:
    owner = surface.owner(request)
    rule = await _fault(surface, operation, request, store, faults)
    if rule and (instead := await effects.before(rule, request)):
        return instead
    response = await operation.endpoint(request, owner)
    return await effects.after(rule, request, response) if rule else response


async def _fault(surface: Surface, operation: Operation, request: Request, store: Store, faults: Faults) -> Rule | None:
    name = f"{surface.name}.{operation.name}"
    if not faults.watches(name, is_request=operation.is_request):
        return None
    content = request.headers.get("content-length", "")
    if request.headers.get("content-type", "").startswith("application/json"):
        content = (await request.body()).decode("utf-8", "replace")
    told = f"{operation.name} {request.url.path} {request.url.query} {content}"
    fingerprint = IDENTIFIER.sub(lambda found: store.content_hash(found.group()) or found.group(), told)
    read = FILE.search(told)
    return faults.strike(name, fingerprint, read.group() if read else None, is_request=operation.is_request)


async def _unknown(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = f"Invalid URL ({request.method} {request.url.path})"
    error_body = {"message": message, "type": "invalid_request_error", "param": None, "code": "unknown_url"}
    return JSONResponse({"error": error_body}, status)


async def _misused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, CallError):
        raise error
    return JSONResponse({"error": error.message, "param": error.param}, error.status)
