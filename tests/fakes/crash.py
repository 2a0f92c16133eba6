"""Dying on the way: ports that let a number of calls through and then take the process down."""

from inspect import iscoroutinefunction
from typing import Any

PURE = frozenset({"knows", "body", "line", "schema", "continued", "most_tokens"})
"""What a provider answers without asking anybody."""


class Crash(BaseException):
    """The process is gone: nothing catches this but what runs processes."""


class Fuse:
    """Burns down with the calls of all ports that share it: it dies after each of the `lengths` in turn."""

    def __init__(self, *lengths: int) -> None:
        self._lengths = list(lengths)
        self.calls = 0
        self.crashes = 0

    def burn(self) -> None:
        self.calls += 1
        if self._lengths:
            self._lengths[0] -= 1
            if self._lengths[0] <= 0:
                self._lengths.pop(0)
                self.crashes += 1
                raise Crash

    def on(self, port: Any) -> Any:
        """The port, mortal: each call is done, and then may have been the last."""
        return _Mortal(port, self)


class _Mortal:
    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name in PURE or not callable(found):
            return found

        async def later(*given: Any, **named: Any) -> Any:
            result = await found(*given, **named)
            self._fuse.burn()
            return result

        def call(*given: Any, **named: Any) -> Any:
            result = found(*given, **named)
            self._fuse.burn()
            return result

        return later if iscoroutinefunction(found) else call
