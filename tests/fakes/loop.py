"""An event loop whose time does not pass by itself: what waits is woken at once, and the clock says it was time."""

import asyncio
from collections.abc import Callable, Coroutine
from selectors import SelectorKey, SelectSelector
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(SelectSelector):
    """Instead of waiting it lets the loop's time pass."""

    passed: Callable[[float], None]

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everything waits for something that never comes")
        if not ready and timeout:
            self.passed(timeout)
        return ready


class QuietLoop(asyncio.SelectorEventLoop):
    """`passed` is told of every stretch of time, in seconds. Threads are not started: their work is done at once."""

    def __init__(self, passed: Callable[[float], None]) -> None:
        selector = _Selector()
        super().__init__(selector)
        self._seconds = 0.0

        def pass_by(seconds: float) -> None:
            self._seconds += seconds
            passed(seconds)

        selector.passed = pass_by

    def time(self) -> float:
        return self._seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


def run_quietly(work: Coroutine[Any, Any, T], passed: Callable[[float], None] = lambda seconds: None) -> T:
    """Run the work to its end, in no time."""
    with asyncio.Runner(loop_factory=lambda: QuietLoop(passed)) as runner:
        return runner.run(work)
