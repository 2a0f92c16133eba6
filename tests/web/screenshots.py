"""`make screenshots`: each page of the dashboard, in both themes, on a screen and on a phone, with a demo's data.

Written to `.fanfold/screenshots/`; a language as argument, English without.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from fanfold_client import Fanfold
from local import corpus, portfolio
from local.pages import Pages
from local.stack import LocalStack
from tests.web.conftest import FLAGS, chromium

HARBOUR = "The harbour lies still. Boats come in at dawn, one after the other, and nobody counts them. " * 40
FOLDER = Path(".fanfold/screenshots")
SIZES = {"screen": {"width": 1280, "height": 860}, "phone": {"width": 360, "height": 780}}
THEMES = ("light", "dark")


def main(language: str = "en") -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        pages = opened.enter_context(Pages())
        origin = {"AllowedOrigins": pages.origin, "JournalWindowSeconds": "1"}
        stack = opened.enter_context(LocalStack(None, scratch, environ={}, parameters=origin))
        pages.belong_to(stack.url)
        key = stack.issue_key("acme")
        with Fanfold(stack.url, key) as fanfold:
            places = filled(fanfold, scratch)
        playwright = opened.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for theme in THEMES:
            for size in SIZES:
                for name, page in seen(browser, pages, key, places, theme, size, language):
                    page.screenshot(path=FOLDER / f"{name}-{size}-{theme}.png", full_page=True)
    print(f"{len(places) * len(THEMES) * len(SIZES)} pages in {FOLDER}")


def filled(fanfold: Fanfold, scratch: Path) -> dict[str, str]:
    """A day's work, and where each page of it is."""
    file = scratch / "portfolio.csv"
    portfolio.write(file, list(portfolio.real()))
    forecast = fanfold.forecasts.create(file, name="Spare parts and more", horizon=12, lead_time=2)
    done = fanfold.batches.create(corpus.requests(80), name="One sentence in Italian", mode="realtime")
    some = fanfold.batches.create([*corpus.requests(60), *corpus.refused()], name="Topics of packages", mode="realtime")
    fanfold.batches.wait(done.id)
    fanfold.batches.wait(some.id)
    fanfold.forecasts.wait(forecast.id)
    pilot = fanfold.batches.create(corpus.requests(60), name="A sample first", sample={"rows": 8})
    fanfold.batches.wait(pilot.id)
    fanfold.forecasts.wait(fanfold.forecasts.retrain(forecast.id).id)
    fanfold.budget.set(daily_usd=0.5, monthly_usd=2)
    session = fanfold.sessions.create(name="House style")
    fanfold.jobs.wait(fanfold.sessions.train(session.id, text=HARBOUR, title="Harbours").id)
    text = fanfold.jobs.wait(fanfold.sessions.generate(session.id, "Our harbour", 300).id)
    fanfold.batches.create(corpus.requests(12), name="Still a draft", draft=True)
    fanfold.batches.create(corpus.requests(400), name="Overnight summaries", mode="batch")
    fanfold.templates.create("sort", options={"template": "Sort this ticket: {text}", "model": "gpt-5.4-nano"})
    mornings = {"expression": "cron(0 6 ? * MON-FRI *)", "timezone": "Europe/Berlin"}
    fanfold.templates.create(
        "reply", options={"template": "Answer {name}, {tone}: {text}"}, variables={"tone": "kindly"}
    )
    fanfold.schedules.batch("Tickets of the day", prefix="tickets/{date}/", template="Sort: {text}", **mornings)
    fanfold.schedules.forecast("Sales", prefix="sales/{year}-{month}.csv", horizon=4, every=1, unit="quarters")
    fanfold.schedules.retrain(forecast.id, name="Spare parts anew", every=2, unit="weeks")
    fitted = f"forecasts/{forecast.id}"
    batch = f"batches/{some.id}"
    return {
        "overview": "",
        "batches": "batches",
        "batch-new": "batches/new",
        "batch": batch,
        "batch-errors": f"{batch}?view=errors",
        "batch-lanes": f"{batch}?view=lanes",
        "batch-details": f"{batch}?view=about",
        "request": f"{batch}/requests/{corpus.requests(1)[0]['custom_id']}",
        "forecasts": "forecasts",
        "forecast-new": "forecasts/new",
        "forecast": fitted,
        "series": f"{fitted}/series/co2%202",
        "writing": "writing",
        "writing-session": f"writing/{session.id}",
        "writing-text": f"writing/{session.id}/jobs/{text.id}",
        "pilot": f"batches/{pilot.id}/pilot",
        "journal": "journal",
        "money": "money",
        "help": "money",
        "templates": "settings/templates",
        "schedules": "settings/schedules",
        "schedule-new": "settings/schedules",
        "keys": "settings/keys",
        "webhooks": "settings/webhooks",
        "quotas": "settings/quotas",
        "audit": "settings/audit",
        "display": "settings/display",
    }


def seen(
    browser: Browser, pages: Pages, key: str, places: dict[str, str], theme: str, size: str, language: str
) -> Iterator[tuple[str, Page]]:
    """Each page when everything on it has come."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(pages.link(key))
    page.locator(".top nav").wait_for()
    for name, place in places.items():
        page.goto(f"{pages.origin}/#/{place}")
        page.locator("main h1").wait_for()
        page.wait_for_load_state("networkidle")
        page.locator(".skeleton").first.wait_for(state="detached")
        if name in ("batches", "forecasts"):
            page.locator(".tabs .count").first.wait_for()
        if name == "schedule-new":
            page.locator("details summary").first.click()
            page.locator("[name=kind]").select_option("forecast")
        elif name.endswith("-new"):
            page.locator("input[type=file]").set_input_files(EXAMPLES[name]())
            page.locator(".fields").wait_for()
        if name == "help":
            page.locator(".preferences button").first.click()
            page.locator("dialog[open] .ways").first.wait_for()
        yield name, page
        if name == "help":
            page.keyboard.press("Escape")
    context.close()


def prompts() -> FilePayload:
    texts = [(each["custom_id"], each["input"].splitlines()[-1].replace('"', "")) for each in corpus.requests(9)]
    rows = ["custom_id,text", *(f'{name},"{text}"' for name, text in texts)]
    return {"name": "packages.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}


def series() -> FilePayload:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "portfolio.csv"
        portfolio.write(file, list(portfolio.real()))
        return {"name": file.name, "mimeType": "text/csv", "buffer": file.read_bytes()}


EXAMPLES = {"batch-new": prompts, "forecast-new": series}


if __name__ == "__main__":
    main(*sys.argv[1:])
