"""A real browser on the built pages, and a stack that knows their origin."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from fanfold_client import Fanfold
from local.page_build import build_page
from local.pages import Pages
from local.stack import LocalStack
from tests.fakes.issuer import AUDIENCE
from tests.fakes.issuer_pages import IssuerPages, issuer_pages
from tools.page import SignIn

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
"""What Chromium itself says of a test that cuts the network."""
REFUSED = "status of 400"
PATIENCE_MS = 120_000
SIGNED_IN = "sessionStorage.setItem('fanfold.key', %s);"
HURRY = 8
HURRIED = f"""
const wait = window.setTimeout;
window.setTimeout = (act, ms, ...more) => wait(act, ms >= 1000 ? ms / {HURRY} : ms, ...more);
"""
"""A page looks again eight times as soon: how long it waits is tested by the clock, in `test_tabs`."""

Open = Callable[..., Page]


def chromium() -> str | None:
    """The machine's own browser: Playwright's is not for every machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def lacking(what: str) -> None:
    """Skip with the reason; under CI a browser that nobody asked is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def built() -> None:
    if why := build_page():
        pytest.fail(f"the dashboard can't be built: {why}", pytrace=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = chromium()
    if found is None:
        lacking("no Chromium is installed: apt-get install chromium fonts-noto-cjk")
    # Its event loop runs as long as it is open, and other tests of this process have loops of their own.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(built: None) -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture(scope="session")
def issuer() -> Iterator[IssuerPages]:
    with issuer_pages() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def stack(pages: Pages, issuer: IssuerPages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    quick = {"AllowedOrigins": pages.origin, "JournalWindowSeconds": "1"}
    quick |= {"OidcIssuer": issuer.url, "OidcAudience": AUDIENCE}
    scratch = tmp_path_factory.mktemp("stack")
    with LocalStack(
        None,
        scratch,
        environ={},
        minute_seconds=2,
        provider_latency=0.1,
        parameters=quick,
        settings={"removal_grace_seconds": 1},
    ) as stack:
        pages.belong_to(stack.url, SignIn(issuer.url, AUDIENCE))
        yield stack


@pytest.fixture(scope="module")
def key(stack: LocalStack, request: pytest.FixtureRequest) -> str:
    """A tenant for each file, whose lists and sums hold nothing of another's."""
    return stack.issue_key(f"acme-{request.module.__name__.rpartition('test_')[2].replace('_', '-')}")


@pytest.fixture(scope="module")
def fanfold(stack: LocalStack, key: str) -> Iterator[Fanfold]:
    with Fanfold(stack.url, key, pause=lambda seconds: sleep(seconds / HURRY)) as client:
        yield client


@pytest.fixture
def open_page(browser: Browser, pages: Pages, key: str) -> Iterator[Open]:
    """Signed in at a place; afterwards no page may have complained."""
    contexts, complaints = [], []

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.endswith(OFFLINE):
            complaints.append(message.text)

    def opened(
        path: str = "", language: str = "en", *, hurried: bool = True, refused: bool = False, **options: Any
    ) -> Page:
        """`refused` is a page that sends what the API refuses."""
        given = {"reduced_motion": "reduce", **options}
        context = browser.new_context(locale=language, accept_downloads=True, **given)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(SIGNED_IN % json.dumps(key) + HURRIED * hurried)
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: None if refused and REFUSED in message.text else complained(message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{pages.origin}/#/{path}")
        page.locator(".top nav").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
