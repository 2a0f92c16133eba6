"""Several tabs, keys that end, and how often a page asks."""

import re

from playwright.sync_api import Browser, Route, expect

from fanfold_client import Fanfold
from local import corpus
from local.pages import Pages
from tests.web.conftest import PATIENCE_MS, Open

BUDGET = r"/v1/budget$"
expect.set_options(timeout=PATIENCE_MS)
HINT = 600
"""Seconds: far longer than a page waits by itself."""


def test_what_one_tab_does_another_sees(open_page: Open, fanfold: Fanfold) -> None:
    draft = fanfold.batches.create(corpus.requests(2), name="Seen twice", draft=True)
    first, other = open_page(f"batches/{draft.id}"), open_page("batches?search=Seen")
    expect(other.locator("tbody tr")).to_contain_text("draft")
    first.get_by_role("button", name="Delete").click()
    first.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(other.locator("tbody tr")).to_have_count(0)


def test_a_key_that_is_revoked_meanwhile_asks_for_another(browser: Browser, pages: Pages, fanfold: Fanfold) -> None:
    made = fanfold.keys.create("soon gone", role="viewer")
    page = browser.new_page(locale="en")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(pages.link(made.key))
    page.locator(".top nav").wait_for()
    fanfold.keys.revoke(made.id)
    page.goto(f"{pages.origin}/#/journal")
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    assert page.evaluate("() => sessionStorage.length") == 0
    page.close()


def test_a_page_waits_as_long_as_the_api_says(open_page: Open) -> None:
    page = open_page("money", hurried=False)
    expect(page.get_by_role("heading", name="Budget")).to_be_visible()
    asked: list[str] = []

    def patient(route: Route) -> None:
        asked.append(route.request.url)
        reply = route.fetch()
        route.fulfill(response=reply, headers={**reply.headers, "retry-after": str(HINT)})

    page.clock.install()
    page.route(re.compile(BUDGET), patient)
    with page.expect_response(re.compile(BUDGET)):
        page.reload()
    expect(page.get_by_role("heading", name="Budget")).to_be_visible()
    page.clock.run_for(HINT * 1000 // 2)
    assert len(asked) == 1
    with page.expect_response(re.compile(BUDGET)):
        page.clock.run_for(HINT * 1000)
    page.unroute_all(behavior="wait")


def test_what_a_key_may_not_see_is_not_asked_for_again(browser: Browser, pages: Pages, fanfold: Fanfold) -> None:
    made = fanfold.keys.create("reads only", role="viewer")
    page = browser.new_page(locale="en")
    page.set_default_timeout(PATIENCE_MS)
    page.clock.install()
    page.goto(pages.link(made.key))
    page.locator(".top nav").wait_for()
    page.goto(f"{pages.origin}/#/settings/keys")
    expect(page.locator(".trouble")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(HINT * 1000)
    assert [url for url in asked if url.endswith("/v1/keys")] == []
    page.close()
    fanfold.keys.revoke(made.id)
