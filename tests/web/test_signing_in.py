"""Signing in: at the deployment's issuer, which is refused or comes back, and with a key until its day is over."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from fanfold_client import Fanfold
from local.pages import Pages
from local.stack import LocalStack
from tests.fakes.issuer_pages import IssuerPages
from tests.web.conftest import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)

KEPT = "() => sessionStorage.getItem('fanfold.key')"


@pytest.fixture(scope="module", autouse=True)
def key(stack: LocalStack) -> str:
    """Of the tenant that the issuer's people are of."""
    return stack.issue_key("acme")


def door(browser: Browser, pages: Pages) -> Page:
    page = browser.new_page(locale="en")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(pages.origin)
    return page


def test_people_sign_in_at_the_issuer(browser: Browser, pages: Pages, issuer: IssuerPages, stack: LocalStack) -> None:
    page = door(browser, pages)
    page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    page.locator(".top nav").wait_for()
    assert page.url == f"{pages.origin}/#/"
    page.goto(f"{pages.origin}/#/batches")
    expect(page.get_by_role("heading", name="Batches")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Batches")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    assert page.evaluate("() => sessionStorage.length") == 0
    page.close()


def test_a_token_near_its_end_is_renewed_and_nobody_sees(
    browser: Browser, pages: Pages, issuer: IssuerPages, stack: LocalStack
) -> None:
    page = door(browser, pages)
    page.clock.install()
    page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    page.locator(".top nav").wait_for()
    before, renewals = page.evaluate(KEPT), issuer.renewals
    with page.expect_response("**/token"):
        page.clock.run_for(issuer.seconds * 1000)
    page.goto(f"{pages.origin}/#/journal")
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    assert issuer.renewals == renewals + 1
    assert page.evaluate(KEPT) != before
    page.close()


def test_a_token_that_is_refused_is_renewed_once_and_then_asked_for_where_one_is(
    browser: Browser, pages: Pages, issuer: IssuerPages, stack: LocalStack
) -> None:
    page = door(browser, pages)
    page.goto(f"{pages.origin}/#/money?by=lane")
    issuer.spoilt, renewals = 1, issuer.renewals
    page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    expect(page.get_by_role("heading", name="Budget")).to_be_visible()
    assert issuer.renewals == renewals + 1

    issuer.refreshing.clear()
    page.evaluate("name => sessionStorage.setItem(name, 'no more')", "fanfold.key")
    page.goto(f"{pages.origin}/#/journal?level=error")
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    assert page.url == f"{pages.origin}/#/journal?level=error"
    page.close()


def test_who_the_issuer_refuses_is_told_so(browser: Browser, pages: Pages, issuer: IssuerPages) -> None:
    issuer.refused = True
    page = door(browser, pages)
    page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    expect(page.locator(".trouble")).to_be_visible()
    assert page.url == f"{pages.origin}/#/"
    issuer.refused = False
    page.close()


def test_a_code_that_nobody_here_asked_for_signs_nobody_in(browser: Browser, pages: Pages, issuer: IssuerPages) -> None:
    page = browser.new_page(locale="en")
    page.goto(f"{pages.origin}/?code=theirs&state=theirs")
    expect(page.locator(".trouble")).to_contain_text("not begun in this tab")
    assert page.evaluate("() => sessionStorage.length") == 0
    page.close()


@pytest.mark.wide
def test_a_key_whose_day_is_over_asks_for_another(browser: Browser, pages: Pages, fanfold: Fanfold) -> None:
    until = datetime.now(UTC) + timedelta(seconds=20)
    made = fanfold.keys.create("for a moment", role="viewer", expires_at=until.isoformat())
    page = browser.new_page(locale="en")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(pages.link(made.key))
    page.locator(".top nav").wait_for()
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    assert datetime.now(UTC) >= until
    page.close()
