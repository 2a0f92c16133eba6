"""Generators that behave badly, for a process of their own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

from fanfold.errors import Flaw, Invalid


def count(most: int) -> Iterator[int]:
    yield from range(most)


def chatty() -> Iterator[int]:
    print("what is printed is no answer")
    os.write(1, b"nor is this")
    yield 1


def refusing() -> Iterator[int]:
    yield 1
    raise Invalid("not this", Flaw(line=3, detail="bad"))


def broken() -> Iterator[int]:
    yield 1
    raise KeyError("a bug")


def spinning() -> Iterator[int]:
    yield 1
    while True:
        pass


def growing() -> Iterator[bytes]:
    held = [b""]
    while True:
        held.append(bytes(1024 * 1024))
        yield held[-1]


def dying(number: int) -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), number)


def credentials() -> Iterator[dict[str, str]]:
    yield dict(os.environ)


def littering() -> Iterator[str]:
    folder = mkdtemp()
    (Path(folder) / "file").write_text("left behind")
    yield folder
    yield " " * 1_000_000  # the folder's name waits for no more
    os.kill(os.getpid(), signal.SIGKILL)
