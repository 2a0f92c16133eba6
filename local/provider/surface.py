"""What a provider's surface must offer. One module in `surfaces/` is one provider: see `discover`."""

import hashlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from local.provider import surfaces
from local.provider.batches import BatchRunner
from local.provider.model import Prompt
from local.provider.problems import CallError
from local.provider.quotas import Standing
from local.provider.records import StoredFile, Usage
from local.provider.store import Store

Endpoint = Callable[[Request, str], Awaitable[Response]]
Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A direct request as it was read; `detail` is for the conversation that read it."""

    prompt: Prompt
    streams: bool = False
    detail: Any = None


class Conversation(Protocol):
    """How one endpoint reads a direct request, and words the model's answer."""

    def read(self, request: Request, body: Json, owner: str) -> Question:
        """CallError where the provider would refuse the request."""
        ...

    def complete(self, question: Question) -> tuple[Json, Usage]:
        """The whole answer and what it cost; CallError where the model refuses."""
        ...

    def frames(self, question: Question, answer: Json) -> list[bytes]:
        """The same answer as the events of a stream."""
        ...


@dataclass(frozen=True)
class Operation:
    """One route, answered by its `endpoint`, which takes the request and its owner (a digest of the key) and may
    raise CallError, or, if it is a direct call of the model, by a `conversation`.

    Surfaces use the same `name` for what is the same, so that a fault's scope means all of them; after the surface's
    own name and a dot it means that one alone. The fault scope "request" covers all direct calls.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint | None = None
    conversation: Conversation | None = None


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
        """Seconds a direct request takes; one that streams, to its first event."""
        return self.store.setting("request_seconds") or 0.0

    @property
    def stream_seconds(self) -> float:
        """Seconds from a stream's first event to its last."""
        return self.store.setting("stream_seconds") or 0.0


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

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        """What the provider tells about a rate limit with every answer."""
        ...

    @property
    def id_header(self) -> str:
        """The header that gives a call's id."""
        ...


def owner_of(surface: str, key: str) -> str:
    """A digest of a key, not the same on two surfaces."""
    return hashlib.sha256(f"{surface} {key}".encode()).hexdigest()[:16]


def discover(emulator: Emulator) -> Iterator[Surface]:
    """The surfaces found in the folder `surfaces/`: each module there has `surface(emulator)`."""
    for found in pkgutil.iter_modules([str(Path(folder)) for folder in surfaces.__path__]):
        module = import_module(f"{surfaces.__name__}.{found.name}")
        yield module.surface(emulator)
