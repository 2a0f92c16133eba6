"""The way in, and the way out: every error is lines on stderr and an exit code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from os import environ as os_environ
from traceback import format_exc
from typing import Any

import click

from fanfold_client import FanfoldError, Unconfigured, Unreachable
from fanfold_command.root import fanfold
from fanfold_command.session import CliContext, OpenClient, connect


class Exit(IntEnum):
    OK = 0
    ENDED_BADLY = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


def main(
    arguments: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] = os_environ,
    open_client: OpenClient = connect,
) -> int:
    """Run a command line; the exit code."""
    session = CliContext(environ, open_client)
    with session.open:
        options: dict[str, Any] = {"prog_name": "fanfold", "obj": session, "standalone_mode": False}
        return _guarded(session, lambda: fanfold.main(arguments, **options))


def _guarded(session: CliContext, run: Callable[[], object]) -> int:
    try:
        with _told(session):
            code = run()
    except click.Abort:
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except Unconfigured as error:
        click.UsageError(error.problem["detail"]).show()
        return Exit.USAGE
    except FanfoldError as error:
        _complain(lines(error))
        return Exit.UNREACHABLE if isinstance(error, Unreachable) else Exit.REFUSED
    except OSError as error:
        _complain([f"{error.filename}: {error.strerror}" if error.filename else str(error)])
        return Exit.USAGE
    return code if isinstance(code, int) else Exit.OK


@contextmanager
def _told(session: CliContext) -> Iterator[None]:
    """Whatever is raised in here is told with where it comes from, if that is asked for."""
    try:
        yield
    except Exception:
        if session.debug:
            click.echo(format_exc(), err=True)
        raise


def lines(error: FanfoldError) -> Iterator[str]:
    """What is wrong, and under it a line for each field or line of the input that is."""
    flaws = error.flaws
    if [flaw.get("detail") for flaw in flaws] != [error.problem.get("detail")]:
        yield str(error)
    for flaw in flaws:
        where = [f"{name} {flaw[name]}" for name in ("line", "field") if flaw.get(name) is not None]
        yield ": ".join([*where, str(flaw.get("detail"))])


def _complain(said: Iterator[str] | list[str]) -> None:
    for line in said:
        click.echo(f"fanfold: {line}", err=True)
