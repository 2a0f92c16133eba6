"""Which origins' pages may call: the one that the stack was given, with its key, and no other."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from local.pages import Pages
from local.stack import LocalStack
from tests.fakes.issuer_pages import IssuerPages

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
ALLOWED = "access-control-allow-origin"


def test_the_pages_origin_may_call_the_api(stack: LocalStack, pages: Pages, key: str) -> None:
    asked = httpx.options(f"{stack.url}/v1/batches", headers=PREFLIGHT | {"Origin": pages.origin})
    assert asked.headers[ALLOWED] == pages.origin
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    got = httpx.get(f"{stack.url}/v1/batches", headers={"Origin": pages.origin, "Authorization": f"Bearer {key}"})
    assert (got.status_code, got.headers[ALLOWED]) == (200, pages.origin)
    assert "ETag" in got.headers["access-control-expose-headers"]


def test_the_pages_origin_may_send_files(stack: LocalStack, pages: Pages) -> None:
    bucket = f"{stack.cloud.url}/{stack.cloud.outputs['BucketName']}"
    asked = httpx.options(bucket, headers=PREFLIGHT | {"Origin": pages.origin})
    assert asked.headers[ALLOWED] == pages.origin
    assert httpx.options(bucket, headers=PREFLIGHT | {"Origin": "https://elsewhere.example"}).status_code == 403


def test_no_other_origin_may_call(stack: LocalStack, key: str) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert ALLOWED not in httpx.options(f"{stack.url}/v1/batches", headers=PREFLIGHT | elsewhere).headers
    got = httpx.get(f"{stack.url}/v1/batches", headers=elsewhere | {"Authorization": f"Bearer {key}"})
    assert ALLOWED not in got.headers


@pytest.mark.parametrize("path", ["/../conftest.py", "/%2e%2e/package.json", "/assets", "/nothing.js"])
def test_only_built_files_are_served(pages: Pages, path: str) -> None:
    assert httpx.get(pages.origin + path).status_code == 404


def test_pages_run_their_own_scripts_only(pages: Pages, stack: LocalStack, issuer: IssuerPages) -> None:
    served = httpx.get(pages.origin)
    policy = served.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"connect-src 'self' {stack.cloud.url} {issuer.url};" in policy
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["cache-control"] == "no-cache"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """The origin of a page of somebody else."""
    (tmp_path / "index.html").write_text("hello")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


SECRETS = """([url, name]) => fetch(url, {method: "POST", body: JSON.stringify({SecretId: name}), headers: {
    "X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1",
    Authorization: "AWS4-HMAC-SHA256 Credential=000000000000/20261130/us-east-1/secretsmanager/aws4_request"}})
    .then(got => got.text(), error => "refused")"""
READ = """url => fetch(url).then(got => got.text(), error => "refused")"""


def test_a_page_of_somebody_else_reads_nothing(browser: Browser, stack: LocalStack, elsewhere: str) -> None:
    secret = stack.cloud.client("secretsmanager").list_secrets()["SecretList"][0]["Name"]
    page = browser.new_page()
    page.goto(elsewhere)
    assert page.evaluate(SECRETS, [stack.cloud.url, secret]) == "refused"
    assert stack.provider
    for url in (
        f"{stack.provider.url}/_emulator/calls",
        f"{stack.cloud.url}/_ministack/health",
        f"{stack.url}/v1/health",
    ):
        assert page.evaluate(READ, url) == "refused"
    page.close()
