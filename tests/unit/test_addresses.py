"""Addresses that tenants name: nothing inside is connected to, however it is written, whatever a name resolves to."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from fanfold.addresses import Destination, NotCallable, addresses, destination, is_public
from fanfold.aws.poster import OutsidePoster

INSIDE = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
    "100.127.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.169.253", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd00:ec2::23", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "2001::7f00:1", "2001:0:a9fe:a9fe::1", "2001:db8::1", "100::1", "5f00::1",
)  # fmt: skip
"""Loopback, private, shared, link-local, metadata, documentation, multicast, reserved; and IPv6 that carries IPv4."""
WRITTEN = (
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://127.1/", "https://127.0.1/", "https://0/", "https://127.0.0.1./", "https://127.0.0.1:443/",
    "https://2852039166/latest/meta-data/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/",
    "https://169.254.43518/", "https://127.0.0.01/", "https://[::1]/", "https://[::1]:8443/", "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/",
    "https://[::ffff:169.254.169.254]/", "https://user@127.0.0.1/", "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/", "https://hooks.example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/",
    "https://127.0.0.1%2eexample.com/", "https://127\u30020\u30020\u30021/", "https://\uff11\uff12\uff17.0.0.1/", "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "https://hooks.example.com /", "https://hooks.example.com\r\nHost: x/", "https://hooks.example.com\t/", "https:///",
    "https://", "https://:443/", "https://[/", "https://[::1/", "https://hooks.example.com:99999/",
    "https://hooks.example.com:0/", "https://hooks.example.com:x/", "http://hooks.example.com/", "ftp://hooks.example.com/",
    "file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "javascript:alert(1)", "https://-/",
    "https://a..example.com/", "https://.example.com/", "HTTPS://127.0.0.1/", "https://[::1]@hooks.example.com/",
    "https://[::]/", "https://[64:ff9b::127.0.0.1]/", "https://%31%32%37.0.0.1/", "https://127.0.0.1,8.8.8.8/",
)  # fmt: skip
"""The same in other words, and what is no address."""
NAMES = {
    "localtest.example.com": ["127.0.0.1"],
    "metadata.example.com": ["169.254.169.254"],
    "six.example.com": ["::1"],
    "mapped.example.com": ["::ffff:10.0.0.1"],
    "mixed.example.com": ["93.184.215.14", "10.0.0.7"],
    "mixed-six.example.com": ["2606:2800:220:1:248:1893:25c8:1946", "fd00:ec2::254"],
    "scoped.example.com": ["fe80::1%eth0"],
    "localhost": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data": ["169.254.169.254"],
}
"""Names that lead inside."""


class Connects:
    """Counts what anybody tries to connect to, and refuses it."""

    def __init__(self) -> None:
        self.to: list[Any] = []

    def __call__(self, _: socket.socket, address: Any) -> None:
        self.to.append(address)
        raise ConnectionRefusedError


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> Connects:
    counting = Connects()
    monkeypatch.setattr(socket.socket, "connect", lambda it, address: counting(it, address))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda it, address: counting(it, address))
    return counting


def resolved(*found: str) -> list[Any]:
    """As `getaddrinfo` answers."""
    return [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found
    ]


class Resolver:
    """`answers` are given in turn, the last one for ever: what a name server does that wants to be let in."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        return resolved(*(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]))


def posted(url: str, lookup: Any = None, allowed: tuple[str, ...] = ()) -> str:
    """Why nothing was answered."""
    status, said = OutsidePoster(allowed, lookup or Resolver(["127.0.0.1"])).post(url, {}, b"{}")
    assert status is None
    return said


def literal(address: str) -> str:
    return f"https://[{address}]/" if ":" in address else f"https://{address}/"


@pytest.mark.parametrize("url", [*map(literal, INSIDE), *WRITTEN])
def test_no_hostile_url_is_connected_to(connects: Connects, url: str) -> None:
    assert posted(url).startswith("not called: ")
    assert connects.to == []


@pytest.mark.parametrize("name", NAMES)
def test_no_name_that_leads_inside_is_connected_to(connects: Connects, name: str) -> None:
    assert posted(f"https://{name}/", Resolver(NAMES[name])).startswith("not called: ")
    assert connects.to == []


def test_there_are_at_least_sixty_hostile_urls() -> None:
    assert len({*map(literal, INSIDE), *WRITTEN, *NAMES}) >= 60


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(connects: Connects) -> None:
    """A name that resolves to another address the second time is not asked a second time."""
    rebinding = Resolver(["93.184.215.14"], ["127.0.0.1"])
    assert "ConnectionRefusedError" in posted("https://rebind.example.com/", rebinding)
    assert (rebinding.asked, connects.to) == (1, [("93.184.215.14", 443)])


def test_of_several_addresses_each_is_tried_that_was_checked_ipv4_first(connects: Connects) -> None:
    several = Resolver(["2606:4700::1111", "93.184.215.14", "93.184.215.15", "93.184.215.16"])
    assert "ConnectionRefusedError" in posted("https://several.example.com/", several)
    assert [address for address, *_ in connects.to] == ["93.184.215.14", "93.184.215.15", "93.184.215.16"]


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("https://hooks.example.com", Destination("https", "hooks.example.com", 443, "/")),
        ("https://Hooks.Example.com:8443/a?b=c#d", Destination("https", "hooks.example.com", 8443, "/a?b=c")),
        ("https://hooks.example.com./x", Destination("https", "hooks.example.com", 443, "/x")),
        ("https://xn--bcher-kva.example/", Destination("https", "xn--bcher-kva.example", 443, "/")),
        ("https://8.8.8.8/", Destination("https", "8.8.8.8", 443, "/")),
        ("https://[2606:4700::1111]:444/", Destination("https", "2606:4700::1111", 444, "/")),
    ],
)
def test_what_is_on_the_internet_can_be_called(url: str, to: Destination) -> None:
    assert destination(url) == to
    assert to.default_port == 443


def test_hosts_that_the_operator_trusts_may_be_inside_and_without_tls(connects: Connects) -> None:
    assert "ConnectionRefusedError" in posted("http://127.0.0.1:9/", Resolver(["127.0.0.1"]), ("127.0.0.1",))
    assert "ConnectionRefusedError" in posted("https://hooks.internal/", Resolver(["10.0.0.7"]), ("hooks.internal",))
    assert connects.to == [("127.0.0.1", 9), ("10.0.0.7", 443)]
    assert posted("http://127.0.0.2:9/", allowed=("127.0.0.1",)).startswith("not called: ")


def test_a_name_without_an_address_is_told(connects: Connects) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "not known" in posted("https://nowhere.example.com/", unknown)
    assert "no address" in posted("https://nowhere.example.com/", lambda *_, **__: [])


def test_a_special_address_is_not_public() -> None:
    assert [each for each in INSIDE if is_public(ip_address(each))] == []
    assert all(is_public(ip_address(each)) for each in ("8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450::1"))


def test_every_address_of_a_name_is_checked() -> None:
    to = destination("https://mixed.example.com/")
    assert addresses(to, (), Resolver(["8.8.8.8", "8.8.4.4"])) == ["8.8.8.8", "8.8.4.4"]
    with pytest.raises(NotCallable):
        addresses(to, (), Resolver(["8.8.8.8", "127.0.0.1"]))


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers in odd forms must not even be looked up by the machine."""

    def asked(*given: Any, **_: Any) -> Any:
        if given[0] in ("127.0.0.1", "10.0.0.7") or given[0].startswith("93.184.215."):
            return resolved_for(*given)
        raise AssertionError(f"{given[0]} was looked up")

    def resolved_for(host: str, port: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", asked)
