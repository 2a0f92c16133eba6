"""A service that is not there, and a client of it that never sleeps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

from fanfold_client import Fanfold
from fanfold_command import main
from tests.unit.client.service import API, KEY, Service, Wire


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def fanfold(service: Service) -> Iterator[Fanfold]:
    with Fanfold(API, KEY, transport=Wire(service), pause=service.pauses.append) as client:
        yield client


class Ran(NamedTuple):
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Everything that the command reads of the environment."""
    folders = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    return folders | {"FANFOLD_URL": API, "FANFOLD_KEY": KEY}


@pytest.fixture
def run(
    service: Service,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """`fanfold`, with the service behind it."""

    def client(url: str, key: str) -> Fanfold:
        return Fanfold(url, key, transport=Wire(service), pause=service.pauses.append)

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        code = main(arguments, environ=environ, open_client=client)
        return Ran(code, *capsys.readouterr())

    return run


class Terminal(StringIO):
    """A terminal, 80 wide and without colours; `shown` runs with both outputs on it."""

    def isatty(self) -> bool:
        return True

    @contextmanager
    def shown(self) -> Iterator[None]:
        with redirect_stdout(self), redirect_stderr(self):
            yield

    @property
    def text(self) -> str:
        """What was written, without what moves the cursor."""
        return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", self.getvalue())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name, value in {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    return Terminal()
