"""All pages: usable by everybody, in any light and width, and honest when something fails."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fanfold_client import Fanfold
from local import corpus, portfolio
from local.pages import Pages
from tests.web.conftest import PATIENCE_MS, Open

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
OTHERS = ("it", "es", "fr", "zh")
PHONE = {"width": 360, "height": 740}
PLANTED = "<img src=x onerror=\"document.title='planted'\">"
HORIZON = 6
MINUTE_MS = 60_000
HIDE = """() => {
  Object.defineProperty(document, 'hidden', {value: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def places(fanfold: Fanfold) -> list[str]:
    """Every page, with something on it."""
    series = [{"name": name, "values": values, "dates": dates} for name, dates, values in portfolio.real()][:8]
    series[0]["name"] = f"{PLANTED}/1"
    asked: dict[str, Any] = {"horizon": HORIZON, "lead_time": 2, "models_to_try": 3}
    forecast = fanfold.forecasts.create(series, name=f"Portfolio {PLANTED}", **asked)
    batch = fanfold.batches.create([*corpus.requests(3), *corpus.refused()], name=f"Topics {PLANTED}", mode="realtime")
    entry = {"message": f"said {PLANTED}", "level": "error", "context": {"by": PLANTED}}
    fanfold.logs.write(gzip.compress(json.dumps(entry).encode()))
    session = fanfold.sessions.create(name=f"Style {PLANTED}")
    pilot = fanfold.batches.create(corpus.requests(3), name=f"Sample {PLANTED}", sample={"rows": 2}, mode="realtime")
    for made in (batch, pilot):
        fanfold.batches.wait(made.id)
    fanfold.forecasts.wait(forecast.id)
    fanfold.templates.save("sort", {"template": f"Sort {PLANTED}: {{text}}"})
    fanfold.schedules.batch(f"Nightly {PLANTED}", prefix="a/{date}", from_template="sort", every=1)
    one = f"batches/{batch.id}"
    series_page = f"forecasts/{forecast.id}/series/{series[1]['name'].replace(' ', '%20')}"  # type: ignore[attr-defined]
    views = [f"{one}?view={view}" for view in ("errors", "lanes", "about")]
    request = f"{one}/requests/{corpus.requests(1)[0]['custom_id']}"
    return [
        "",
        "batches",
        "batches/new",
        one,
        *views,
        request,
        "forecasts",
        "forecasts/new",
        f"forecasts/{forecast.id}",
        series_page,
        "journal",
        "writing",
        f"writing/{session.id}",
        f"batches/{pilot.id}/pilot",
        "money",
        *(f"settings/{view}" for view in ("templates", "schedules", "keys", "webhooks", "webhooks/callbacks")),
        *(f"settings/{view}" for view in ("quotas", "audit", "display")),
    ]


def at(page: Page, pages: Pages, place: str) -> None:
    page.goto(f"{pages.origin}/#/{place}")
    page.locator("main h1").wait_for()
    page.locator(".skeleton").first.wait_for(state="detached")


def grave_faults(page: Page) -> list[tuple[str, str]]:
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"] if each["impact"] in GRAVE]


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.wide)])
@pytest.mark.parametrize("language", ["en", *(pytest.param(each, marks=pytest.mark.wide) for each in OTHERS)])
def test_everybody_can_use_every_page(
    open_page: Open, pages: Pages, places: list[str], language: str, theme: str
) -> None:
    page = open_page(language=language, color_scheme=theme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for place in places:
        at(page, pages, place)
        assert grave_faults(page) == [], place
    page.locator(".preferences button").first.click()
    page.locator("dialog[open] .ways").first.wait_for()
    assert grave_faults(page) == []
    assert page.title() == "Fanfold"
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize(
    "language", ["fr", *(pytest.param(each, marks=pytest.mark.wide) for each in ("en", "it", "es", "zh"))]
)
def test_nothing_runs_over_the_side_of_a_phone(open_page: Open, pages: Pages, places: list[str], language: str) -> None:
    page = open_page(language=language, viewport=PHONE)
    for place in places:
        at(page, pages, place)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"], place


def test_a_wrong_key_is_told_and_not_kept(browser: Browser, pages: Pages, places: list[str]) -> None:
    page = browser.new_page(locale="en")
    page.goto(pages.origin)
    page.get_by_label("API key").fill("ff_acme_wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    assert page.evaluate("() => sessionStorage.length + location.hash.length") == 0
    page.close()


def test_a_link_signs_in_once_and_leaves_no_key_in_the_address(browser: Browser, pages: Pages, key: str) -> None:
    context = browser.new_context(locale="en")
    page, other = context.new_page(), context.new_page()
    page.goto(pages.link(key))
    page.locator(".top nav").wait_for()
    assert key not in page.url
    other.goto(pages.origin)
    expect(other.get_by_label("API key")).to_be_visible()
    context.close()


def test_a_key_that_is_no_longer_valid_asks_for_another(browser: Browser, pages: Pages, places: list[str]) -> None:
    page = browser.new_page(locale="en")
    page.goto(pages.link("ff_acme_revoked"))
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    expect(page.get_by_label("API key")).to_be_visible()
    page.close()


def test_what_was_seen_stays_with_its_age_when_the_network_is_lost(open_page: Open, places: list[str]) -> None:
    page = open_page("journal")
    expect(page.locator(".entries li").first).to_be_visible()
    page.route("**/v1/**", lambda route: route.abort("internetdisconnected"))
    expect(page.locator(".stale").first).to_contain_text("old")
    expect(page.locator(".entries li").first).to_be_visible()
    page.unroute("**/v1/**")
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator(".stale")).to_have_count(0)


def test_a_hidden_tab_asks_nothing(open_page: Open, places: list[str]) -> None:
    page = open_page("journal", hurried=False)
    page.clock.install()
    page.reload()
    expect(page.locator(".entries li").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/v1/logs?**"):
        page.clock.run_for(MINUTE_MS)
    page.evaluate(HIDE)
    asked.clear()
    page.clock.run_for(MINUTE_MS)
    assert asked == []
