"""What a provider's surface must offer. One module in `surfaces/` is one provider: see `discover`."""

import hashlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from local.provider import surfaces
from local.provider.batches import BatchRunner
from local.provider.problems import CallError
from local.provider.records import StoredFile
from local.provider.store import Store

Endpoint = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """One route. `endpoint` takes the request and its owner (a digest of the key); it may raise CallError.

    Surfaces use the same `name` for what is the same, so that a fault's scope means all of them; after the surface's
    own name and a dot it means that one alone.

    `is_request` marks a direct call of the model, which the fault scope "request" covers.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint
    is_request: bool = False


@dataclass(frozen=True)
class Limits:
    """What a batch may hold, and whether its requests must all name one model."""

    requests: int = 50_000
    file_bytes: int = 200_000_000
    single_model: bool = True


@dataclass(frozen=True)
class Emulator:
    """What every surface shares."""

    store: Store
    runner: BatchRunner
    limits: Limits

    def file(self, file_id: str, owner: str) -> StoredFile | None:
        """The file, if it is the owner's and has not expired."""
        file = self.store.file(file_id, owner)
        expired = file is not None and file.expires_at is not None and file.expires_at <= self.runner.clock()
        return None if expired else file

    @property
    def batch_latency(self) -> float:
        """Seconds from a batch's creation to its end."""
        return self.store.setting("batch_seconds") or 0.0

    @property
    def request_latency(self) -> float:
        """Seconds a direct request takes."""
        return self.store.setting("request_seconds") or 0.0


class Surface(Protocol):
    """A provider's HTTP face. `prefix` sets it apart from surfaces with the same paths."""

    name: str
    prefix: str

    def operations(self) -> list[Operation]: ...

    def owner(self, request: Request) -> str:
        """A digest of the caller's key; CallError (401) without a good one."""
        ...

    def refuse(self, problem: CallError) -> Response:
        """The problem in the provider's error shape."""
        ...


def owner_of(surface: str, key: str) -> str:
    """A digest of a key, not the same on two surfaces."""
    return hashlib.sha256(f"{surface} {key}".encode()).hexdigest()[:16]


def discover(emulator: Emulator) -> Iterator[Surface]:
    """The surfaces found in the folder `surfaces/`: each module there has `surface(emulator)`."""
    for found in pkgutil.iter_modules([str(Path(folder)) for folder in surfaces.__path__]):
        module = import_module(f"{surfaces.__name__}.{found.name}")
        yield module.surface(emulator)
