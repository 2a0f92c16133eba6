"""Addresses outside that somebody else names: which of them may be called, and where a name leads.

A tenant's webhook must reach nothing inside: no private, link-local, metadata or loopback address, however it is
written and whatever a name resolves to. A name is resolved once, what it gives is checked, and the connection is made
to an address that was checked, so a name that changes in between changes nothing.

Source: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import re
import socket
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fanfold.errors import Invalid

LONGEST_URL = 2048
PLAIN = re.compile(r"[!-~]+")
"""Printable ASCII: what two readers of a URL could read in two ways is refused."""
NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
"""A host by name: its last label begins with a letter, so that no number in any form is taken for one."""
PORTS = {"https": 443, "http": 80}
GLOBAL_UNICAST = IPv6Network("2000::/3")
CARRIERS = tuple(map(IPv6Network, ("2001::/23", "2002::/16")))
"""IPv6 addresses that carry an IPv4 one (Teredo, 6to4), and those that protocols have for themselves."""
RELAYS = "192.88.99."
"""IPv4 addresses that led to IPv6 by 6to4."""
Lookup = Callable[..., list[Any]]
"""`socket.getaddrinfo`."""


class NotCallable(Exception):
    """The address may not be called; the message says why."""


class Destination(NamedTuple):
    """Where a URL leads: `host` is a name or an address in its one canonical form."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def default_port(self) -> int:
        """The one that is not named in the header `Host`."""
        return PORTS[self.scheme]


def destination(url: str, allowed: Collection[str] = ()) -> Destination:
    """What the URL says, if it may be called as far as that can be seen in it. Raises NotCallable.

    `allowed` are hosts that the operator trusts: they may be inside, and asked without TLS.
    """
    if len(url) > LONGEST_URL or not PLAIN.fullmatch(url) or "\\" in url:
        raise NotCallable(f"a URL has up to {LONGEST_URL:,} characters of ASCII, without spaces and backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotCallable(f"this is no URL: {error}") from None
    host = _host(parts.hostname or "", parts.netloc)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in allowed):
        raise NotCallable("it has to begin with https://")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme, host, PORTS[parts.scheme] if port is None else port, path)
    if not found.port:
        raise NotCallable("0 is no port")
    if host not in allowed and not NAME.fullmatch(host):
        _require_public(host)
    return found


def check_url(url: str, allowed: Collection[str], field: str) -> None:
    """Refuse a URL that may not be called. Raises Invalid with the field."""
    try:
        destination(url, allowed)
    except NotCallable as error:
        raise Invalid(f"{url[:100]!r} can't be called: {error}", field=field) from None


def addresses(to: Destination, allowed: Collection[str] = (), lookup: Lookup = socket.getaddrinfo) -> list[str]:
    """The addresses of the host, all of which may be called. Raises NotCallable, and OSError if the name has none."""
    found = lookup(to.host, to.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    given = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not given:
        raise OSError(f"{to.host} has no address")
    if to.host not in allowed:
        for each in given:
            _require_public(each)
    return given


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is somebody's on the internet, and nothing of ours or of the cloud's."""
    if isinstance(address, IPv6Address):
        carries = any(address in network for network in CARRIERS)
        return address in GLOBAL_UNICAST and address.is_global and not carries
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not str(address).startswith(RELAYS)


def _host(host: str, netloc: str) -> str:
    """The host in its canonical form. Raises NotCallable for what is none."""
    if "@" in netloc:
        raise NotCallable("a URL with a user or password in it is not taken")
    if "[" in netloc or "]" in netloc:
        if not re.fullmatch(r"\[[0-9a-fA-F:.]+\](:\d*)?", netloc):
            raise NotCallable(f"{netloc!r} is no address")
        return str(_address(host))
    name = host.removesuffix(".")
    if NAME.fullmatch(name):
        return name
    return str(_address(host))


def _address(host: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(host)
    except ValueError:
        raise NotCallable(f"{host!r} is neither a name nor an address as addresses are written") from None


def _require_public(text: str) -> None:
    if not is_public(_address(text)):
        raise NotCallable(f"{text} is not on the public internet")
