"""What a load test may do: to whom, with how many users, for how long."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

MOST_USERS, MOST_SECONDS = 50, 300
USUAL_USERS, USUAL_SECONDS = 10, 60
HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Bounds(NamedTuple):
    """Users at once, and seconds of the whole."""

    users: int
    seconds: int


def bounds(environ: Mapping[str, str]) -> Bounds:
    """What `LOAD_USERS` and `LOAD_SECONDS` say. Raises ValueError for more than is allowed."""
    users = int(environ.get("LOAD_USERS", USUAL_USERS))
    seconds = int(environ.get("LOAD_SECONDS", USUAL_SECONDS))
    if not (1 <= users <= MOST_USERS and 1 <= seconds <= MOST_SECONDS):
        raise ValueError(f"1 to {MOST_USERS} users, for 1 to {MOST_SECONDS} seconds")
    return Bounds(users, seconds)


def checked(host: str | None) -> str:
    """The host, if it is this machine: a load on AWS is paid for. Raises ValueError."""
    if host is None or urlsplit(host).hostname not in HERE:
        raise ValueError(f"{host!r} is not this machine: name http://127.0.0.1:PORT with --host")
    return host
