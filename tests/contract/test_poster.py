"""Calls to receivers, over real sockets: certificates, redirects, answers that never end."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fanfold.aws import poster
from fanfold.aws.poster import MOST_SAID, OutsidePoster

NAME = "hooks.example.com"
HERE = ("127.0.0.1", NAME)


class Receiver(BaseHTTPRequestHandler):
    """Answers by the path, and remembers what came."""

    seen: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, str(self.headers["Host"]), body))
        status = int(self.path.split("/")[1].partition("?")[0])
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(b"x" * 10_000)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Receiver.seen.clear()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def to_here(host: str, port: int, **_: Any) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def certified(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a certificate of that name, which `folder/cert.pem` is."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_the_body_arrives_and_the_beginning_of_the_answer_comes_back() -> None:
    with serving() as port:
        answer = OutsidePoster(HERE).post(f"http://127.0.0.1:{port}/200?a=b", {"webhook-id": "evt_1"}, b'{"a": 1}')
        assert Receiver.seen == [("/200?a=b", f"127.0.0.1:{port}", b'{"a": 1}')]
    assert (answer.status, answer.said) == (200, "x" * MOST_SAID)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with serving() as port:
        assert OutsidePoster(HERE).post(f"http://127.0.0.1:{port}/{status}", {}, b"{}").status == status
        assert len(Receiver.seen) == 1


def test_a_certificate_is_that_of_the_name_though_an_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(certified(tmp_path, NAME)) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        trusting = OutsidePoster((*HERE, "other.example.com"), to_here)
        assert trusting.post(f"https://{NAME}:{port}/204", {}, b"{}").status == 204
        assert Receiver.seen[0][1] == f"{NAME}:{port}"
        wrong = trusting.post(f"https://other.example.com:{port}/204", {}, b"{}")
        assert (wrong.status, "match" in wrong.said or "SSL" in wrong.said) == (None, True)
        monkeypatch.delenv("SSL_CERT_FILE")
        unknown = trusting.post(f"https://{NAME}:{port}/204", {}, b"{}")
        assert (unknown.status, "certificate" in unknown.said.lower()) == (None, True)
        assert len(Receiver.seen) == 1


def test_a_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster, "SECONDS", 0.3)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        answer = OutsidePoster(HERE).post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}")
        over.set()
        dripping.join()
    assert answer.status is None


def test_a_receiver_that_hangs_up_or_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        hanging = threading.Thread(target=lambda: server.accept()[0].close())
        hanging.start()
        assert OutsidePoster(HERE).post(url, {}, b"{}").status is None
        hanging.join()
    assert OutsidePoster(HERE).post(url, {}, b"{}").status is None
