"""An account at a provider: its key, and the patience of its calls."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fanfold.providers._errors import Sdk, Statuses, as_ours
from fanfold.providers._shapes import digest


class ProviderAccount(ABC):
    """The key is asked for, and the SDK imported, on the first call. `timeout` is in seconds."""

    def __init__(self, key: Callable[[], str], timeout: float) -> None:
        self._key, self._timeout = key, timeout

    @property
    def account(self) -> str:
        return digest(self._key())

    @property
    @abstractmethod
    def _sdk(self) -> Sdk:
        """Whose errors the calls raise."""

    @contextmanager
    def _our_errors(self, statuses: Statuses, timeout: float | None = None) -> Iterator[None]:
        """Errors of calls in here are raised as ours. The SDK's retries are off: they are left to the caller."""
        with as_ours(self._sdk, self._key, timeout or self._timeout, statuses):
            yield
