"""Templates and schedules in settings, and money by several things with suggestions: made and used on the page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fanfold_client import Fanfold
from local import corpus
from tests.waiting import until
from tests.web.conftest import PATIENCE_MS, Open

expect.set_options(timeout=PATIENCE_MS)
PLANTED = "<img src=x onerror=\"document.title='planted'\">"
TITLES = {
    "en": ("Templates", "Schedules", "Suggestions", "Next runs"),
    "it": ("Modelli di prompt", "Pianificazioni", "Suggerimenti", "Prossime esecuzioni"),
    "es": ("Plantillas", "Programaciones", "Sugerencias", "Próximas ejecuciones"),
    "fr": ("Modèles de prompt", "Planifications", "Suggestions", "Prochaines exécutions"),
    "zh": ("模板", "计划", "建议", "下次运行"),
}


def save(page: Page, name: str, prompt: str, variables: str = "") -> None:
    if not page.locator("[name=name]").is_visible():
        page.get_by_text("New template or version").click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=variables]").fill(variables)
    page.locator("[name=template]").fill(prompt)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_template_is_saved_in_versions_archived_and_restored(open_page: Open, fanfold: Fanfold) -> None:
    page = open_page("settings/templates")
    save(page, "sort.page", f"As {{tone}} as you can: {{text}} {PLANTED}", "tone=kind")
    row = page.locator("tbody tr").filter(has_text="sort.page")
    expect(row).to_contain_text("sort.page@1")
    expect(row).to_contain_text("tone=kind")
    save(page, "sort.page", "Again, {tone}: {text}", "tone")
    expect(row).to_contain_text("sort.page@2")
    row.get_by_role("button", name="Archive").click()
    expect(row).to_contain_text("Archived")
    assert fanfold.templates.get("sort.page").archived_at
    row.get_by_role("button", name="Restore").click()
    expect(row.get_by_role("link", name="Use")).to_be_visible()
    assert page.title() == "Fanfold"


def test_a_batch_of_a_saved_template(open_page: Open, fanfold: Fanfold, tmp_path: Path) -> None:
    fanfold.templates.save("use.page", {"template": "{tone}: {text}", "mode": "realtime"}, {"tone": None})
    rows = tmp_path / "rows.csv"
    rows.write_text("text\nred\nblue\n")
    page = open_page("batches/new")
    page.locator("input[type=file]").set_input_files(rows)
    page.locator("[name=from_template]").select_option("use.page")
    page.locator("[name=variable-tone]").fill("short")
    page.get_by_role("button", name="Estimate").click()
    page.get_by_role("button", name=re.compile("Start")).click()
    page.wait_for_url(re.compile(r"#/batches/b"))
    made = next(iter(fanfold.batches.list()))
    assert made.from_template == "use.page@1"
    assert fanfold.batches.wait(made.id).progress.succeeded == 2


def new_schedule(page: Page, **given: str) -> Locator:
    """The row of a schedule that is made on the page; `kind` and other choices come first, they bring fields."""
    summary = page.get_by_text("New schedule", exact=True)
    if not page.locator("[name=kind]").is_visible():
        summary.click()
    for name, value in given.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        elif name == "upload":
            field.set_input_files(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Create", exact=True).click()
    return page.locator("tbody tr").filter(has_text=given["name"])


def test_a_schedule_is_made_paused_resumed_and_deleted(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.templates.save("plan.page", {"template": "{text}"})
    page = open_page("settings/schedules", timezone_id="Europe/Berlin")
    row = new_schedule(page, name=f"every workday {PLANTED}", from_template="plan.page", prefix="tickets/{date}/")
    expect(row).to_contain_text("cron(0 6 ? * MON-FRI *)")
    expect(row).to_contain_text("Europe/Berlin")
    expect(row).to_contain_text("tickets/{date}/")
    expect(row.locator("li")).to_have_count(5)
    expect(row.locator("li").first).to_contain_text("6:00")
    expect(row).to_contain_text("not yet")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    expect(row.locator("li")).to_have_count(0)
    row.get_by_role("button", name="Resume").click()
    expect(row.locator("li")).to_have_count(5)
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert page.title() == "Fanfold"


def test_forecasts_are_scheduled_and_what_is_wrong_stands_at_its_field(
    open_page: Open, fanfold: Fanfold, tmp_path: Path
) -> None:
    page = open_page("settings/schedules", refused=True)
    wanted = {"kind": "forecast", "timing": "every", "every": "5", "unit": "quarters", "prefix": "sales/{day}.csv"}
    new_schedule(page, **wanted, name="of sales", horizon="2000", service_level="90")
    expect(page.locator(".trouble")).to_contain_text("quarters 1, 2 or 4")
    page.locator("[name=every]").fill("1")
    page.get_by_role("button", name="Create", exact=True).click()
    wrong = page.locator("[name=horizon]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#flaw-horizon")).to_contain_text("less than or equal to 1000")
    expect(wrong).to_be_focused()
    wrong.fill("4")
    page.locator("[name=prefix]").fill("sales/{week}.csv")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#flaw-prefix")).to_contain_text("in braces it takes {date}")
    page.locator("[name=prefix]").fill("sales/{day}.csv")
    page.get_by_role("button", name="Create", exact=True).click()
    row = page.locator("tbody tr").filter(has_text="of sales")
    expect(row).to_contain_text("every quarter")
    page.get_by_role("button", name="What you just did").click()
    said = page.get_by_role("dialog").locator("section").first
    expect(said).to_contain_text("fanfold schedules forecast 'of sales' --every 1 quarters")
    expect(said).to_contain_text("horizon=4")
    page.keyboard.press("Escape")

    file = tmp_path / "rows.csv"
    file.write_text("name,date,value\na,2026-01-01,1\na,2026-02-01,2\n")
    row = new_schedule(page, kind="forecast", source="upload", name="of a file", upload=str(file))
    expect(row).to_contain_text("Forecast")
    made = {each.name: each for each in fanfold.schedules.list()}
    assert made["of sales"].work["config"] == {"horizon": 4, "service_level": 0.9}
    assert made["of a file"].work["source"]["filename"] == "rows.csv"
    for name in ("of sales", "of a file"):
        fanfold.schedules.delete(made[name].id)


def test_a_portfolio_is_scheduled_to_be_forecast_anew(open_page: Open, fanfold: Fanfold) -> None:
    series = [{"name": "boots", "values": [*range(24)], "dates": None}]
    first = fanfold.forecasts.wait(fanfold.forecasts.create(series, horizon=2, models_to_try=2, name="Of boots").id)
    page = open_page(f"forecasts/{first.id}")
    page.get_by_text("1 edition", exact=True).click()
    page.get_by_role("link", name="At other times").click()
    expect(page.locator("[name=retrain]")).to_have_value(first.id)
    row = new_schedule(page, name="boots anew", expression="rate(6 hours)")
    expect(row).to_contain_text("rate(6 hours)")
    row.get_by_role("link", name=first.id).click()
    page.get_by_text("1 edition", exact=True).click()
    expect(page.get_by_role("button", name="No more by itself")).to_be_visible()
    (made,) = (each for each in fanfold.schedules.list() if each.name == "boots anew")
    assert (made.kind, made.work) == ("retrain", {"forecast": first.id})
    fanfold.schedules.delete(made.id)


def test_a_file_that_did_not_come_stands_there(open_page: Open, fanfold: Fanfold) -> None:
    made = fanfold.schedules.batch("waits", prefix="nothing/", template="{text}", expression="rate(1 minute)")
    until(lambda: fanfold.schedules.get(made.id).last)
    page = open_page("settings/schedules")
    row = page.locator("tbody tr").filter(has_text="waits")
    expect(row).to_contain_text("File missing")
    fanfold.schedules.delete(made.id)


@pytest.fixture(scope="module")
def repeated(fanfold: Fanfold) -> None:
    """A batch that could have been cheaper."""
    rows = [{"input": corpus.requests(1)[0]["input"]}] * 30
    fanfold.batches.wait(fanfold.batches.create(rows, mode="realtime", tags=[f"tag {PLANTED}"]).id)


@pytest.mark.usefixtures("repeated")
def test_money_by_several_things_with_suggestions(open_page: Open, fanfold: Fanfold) -> None:
    page = open_page("money")
    heading = page.get_by_role("heading", name="Cost by several things at once")
    expect(heading).to_be_visible()
    page.get_by_role("link", name="Kind").click()
    page.get_by_role("link", name="Tag").click()
    group = page.locator("tbody tr").filter(has_text=PLANTED)
    expect(group).to_contain_text("Batch")
    page.get_by_role("link", name="Model").click()
    expect(page.locator("thead").last).not_to_contain_text("Model")
    repeats = next(each.requests for each in fanfold.stats.suggestions() if each.code == "ask_once")
    assert repeats >= 29
    expect(page.get_by_text(f"{repeats} requests asked what another")).to_be_visible()
    assert page.title() == "Fanfold"


@pytest.mark.usefixtures("repeated")
@pytest.mark.parametrize(
    "language", [each if each == "es" else pytest.param(each, marks=pytest.mark.wide) for each in TITLES]
)
def test_in_every_language(open_page: Open, fanfold: Fanfold, language: str) -> None:
    made = fanfold.schedules.batch("spoken", prefix="a/", template="{text}", every=1, unit="quarters")
    templates, schedules, suggestions, next_runs = TITLES[language]
    page = open_page("settings/schedules", language=language)
    expect(page.get_by_role("link", name=templates, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=schedules, exact=True)).to_be_visible()
    expect(page.locator("thead")).to_contain_text(next_runs)
    page.goto(page.url.partition("#")[0] + "#/money")
    expect(page.get_by_role("heading", name=suggestions)).to_be_visible()
    fanfold.schedules.delete(made.id)
