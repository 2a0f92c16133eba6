"""Generators in processes of their own: what they give comes through, and what they take ends."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanfold.confined import Limits, ReaderDied, confined
from fanfold.errors import Invalid, TooLarge
from tests.fakes import greedy

LIMITS = Limits(seconds=1, memory=128 * 1024 * 1024)


def run(function: Callable[..., Iterator[Any]], *arguments: Any) -> Iterator[Any]:
    return confined(function, arguments, LIMITS)


def test_what_it_gives_comes_through() -> None:
    assert list(run(greedy.count, 1000)) == list(range(1000))


def test_what_it_prints_does_not() -> None:
    assert list(run(greedy.chatty)) == [1]


def test_a_refusal_comes_through_whole() -> None:
    with pytest.raises(Invalid, match="not this") as caught:
        list(run(greedy.refusing))
    assert [(flaw.line, flaw.detail) for flaw in caught.value.flaws] == [(3, "bad")]


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (greedy.spinning, (), "over 1 seconds of computing"),
        (greedy.growing, (), "over 128 MB of memory"),
        (greedy.dying, (signal.SIGKILL,), "over 128 MB of memory"),
    ],
)
def test_what_takes_too_much_is_refused(function: Any, arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(TooLarge, match=said):
        list(run(function, *arguments))


@pytest.mark.parametrize(("function", "arguments"), [(greedy.broken, ()), (greedy.dying, (signal.SIGTERM,))])
def test_a_bug_is_no_refusal(function: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ReaderDied):
        list(run(function, *arguments))


def test_it_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    (environment,) = run(greedy.credentials)
    assert not [name for name, value in environment.items() if name.startswith("AWS") or value == "secret"]


def test_nothing_is_left_behind() -> None:
    found = run(greedy.littering)
    folder = Path(next(found))
    assert folder.is_dir()
    with pytest.raises(TooLarge):
        list(found)
    assert not folder.exists()


def test_it_ends_when_nobody_wants_more() -> None:
    found = run(greedy.growing)
    assert len(next(found)) == 1024 * 1024
    found.close()  # type: ignore[attr-defined]
