"""An account at a provider: its key, the clients that are made of it, and the patience of its calls."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from fanfold.providers._errors import Sdk, Statuses, as_ours
from fanfold.providers._keyed import Keyed
from fanfold.providers._shapes import digest

if TYPE_CHECKING:
    import httpx2

C = TypeVar("C")
A = TypeVar("A")


class ProviderAccount(ABC, Generic[C, A]):
    """The key is asked for, and the SDK imported, on the first call. `timeout` is in seconds. Without a `url` the SDK
    calls the provider where it looks by itself.

    `C` and `A` are the SDK's clients for calls that block and for calls that don't.
    """

    def __init__(self, key: Callable[[], str], timeout: float, url: str | None = None) -> None:
        self._key, self._timeout, self._url = key, timeout, url
        self._client, self._async_client = Keyed(key, self._made), Keyed(key, self._async_made)

    @property
    def account(self) -> str:
        return digest(self._key())

    def prepare(self) -> None:
        self._async_client()

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    @cached_property
    def _http(self) -> "httpx2.AsyncClient":
        """The connections of all clients that don't block, whatever their keys."""
        from fanfold.providers._http import http_client

        return http_client(self._timeout)

    @abstractmethod
    def _made(self, key: str) -> C: ...

    @abstractmethod
    def _async_made(self, key: str) -> A: ...

    @property
    @abstractmethod
    def _sdk(self) -> Sdk:
        """Whose errors the calls raise."""

    @contextmanager
    def _our_errors(self, statuses: Statuses, timeout: float | None = None) -> Iterator[None]:
        """Errors of calls in here are raised as ours. The SDK's retries are off: they are left to the caller."""
        with as_ours(self._sdk, self._key, timeout or self._timeout, statuses):
            yield
