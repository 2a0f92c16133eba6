"""A generator run in a process of its own, within limits of computing time and memory, and without any credentials.

For what reads files that anybody may have made: what such a file does to its reader ends the reader, and not the
worker that asked. Where a limit is met, `TooLarge` says which.
"""

import os
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple, cast

from fanfold.errors import FanfoldError, TooLarge

MEBI = 1024 * 1024
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "TZ")
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""Each thread reserves memory, and so do allocators of Arrow's own."""
STATUS_OUT_OF_MEMORY = 77


class Limits(NamedTuple):
    """What a process may take: seconds of computing, and bytes of memory beside its code."""

    seconds: int
    memory: int = 448 * MEBI


class ReaderDied(Exception):
    """The process ended for a reason of its own; the message is its traceback, or how it ended."""


class _Asked(NamedTuple):
    function: str
    arguments: tuple[Any, ...]
    limits: Limits


class _Ended(NamedTuple):
    """The generator is through, or raised."""

    error: FanfoldError | None = None
    broken: str | None = None


def confined(function: Callable[..., Iterator[Any]], arguments: tuple[Any, ...], limits: Limits) -> Iterator[Any]:
    """What the function gives, which has to be one of a module. Raises what it raises, TooLarge, and ReaderDied."""
    with TemporaryDirectory(prefix="fanfold-confined-") as folder:  # a process that is killed leaves its files
        name = f"{function.__module__}:{function.__qualname__}"
        process, stdin, stdout = _started(folder)
        try:
            with stdin:
                pickle.dump(_Asked(name, arguments, limits), stdin)
            yield from _given(process, stdout, limits)
        finally:
            process.kill()
            process.wait()
            stdout.close()


def _started(folder: str) -> tuple["subprocess.Popen[bytes]", BinaryIO, BinaryIO]:
    """A process, its input and its output."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= ONE_THREAD | {"TMPDIR": folder, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-S", "-P", "-m", __name__]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
    return process, cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)


def _given(process: "subprocess.Popen[bytes]", stdout: BinaryIO, limits: Limits) -> Iterator[Any]:
    while True:
        try:
            found = pickle.load(stdout)  # noqa: S301  (what we wrote ourselves)
        except (EOFError, pickle.UnpicklingError):
            raise _death(process.wait(), limits) from None
        if not isinstance(found, _Ended):
            yield found
            continue
        if found.error is not None:
            raise found.error
        if found.broken is not None:
            raise ReaderDied(found.broken)
        return


def _death(status: int, limits: Limits) -> Exception:
    if status == -signal.SIGXCPU:
        return TooLarge(f"reading it takes over {limits.seconds:,} seconds of computing", field="input")
    if status in (STATUS_OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV):
        return TooLarge(f"reading it takes over {limits.memory // MEBI:,} MB of memory", field="input")
    return ReaderDied(f"the reader ended with status {status}")


def main() -> None:
    """The process: asked by standard input, answers to what was standard output when it began."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        asked: _Asked = pickle.load(sys.stdin.buffer)  # noqa: S301  (our own parent's)
        function = resolve_name(asked.function)
        _limit(asked.limits)
        try:
            pickle.dump(_ended(function, asked.arguments, out), out)
            out.flush()
        except MemoryError:
            os._exit(STATUS_OUT_OF_MEMORY)


def _limit(limits: Limits) -> None:
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds + int(used), limits.seconds + int(used) + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))


def _ended(function: Callable[..., Iterator[Any]], arguments: tuple[Any, ...], out: BinaryIO) -> _Ended:
    """Give what the generator gives, and say how it ended. Raises MemoryError."""
    try:
        for each in function(*arguments):
            pickle.dump(each, out)
    except FanfoldError as error:
        return _Ended(error)
    except MemoryError:
        raise
    except Exception:
        return _Ended(broken=traceback.format_exc())
    return _Ended()


def weighed(size: int, seconds: int, per_mebi: int, most: int) -> Limits:
    """Limits that grow with the bytes that are read, up to `most` seconds."""
    return Limits(min(most, seconds + per_mebi * size // MEBI))


if __name__ == "__main__":
    # Not as `__main__`: what is written by one process has to be known to the other by its module.
    from fanfold import confined as own

    own.main()
