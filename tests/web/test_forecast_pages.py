"""The main path of forecasts: files that are dropped, series that are looked at, exports that are downloaded."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from fanfold_client import Fanfold
from local import portfolio
from tests.web.conftest import PATIENCE_MS, Open

SERIES = 9
FIRST = 5
"""Of them in the first file."""
HORIZON = 6
expect.set_options(timeout=PATIENCE_MS)


def files(folder: Path) -> list[Path]:
    """A portfolio in two files."""
    found = list(portfolio.real())[:SERIES]
    return [written(folder / "first.csv", found[:FIRST]), written(folder / "second.csv", found[FIRST:])]


def written(file: Path, given: list[portfolio.Series]) -> Path:
    rows = [f"{name},{day},{value}" for name, *points in given for day, value in zip(*points, strict=True)]
    file.write_text("\n".join(["series_name,date,value", *rows]), encoding="utf-8")
    return file


def started(page: Page, given: list[Path]) -> None:
    page.locator("input[type=file]").set_input_files(given)
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("[name=horizon]").fill(str(HORIZON))
    page.locator("[name=lead_time]").fill("2")
    page.locator("[name=models_to_try]").fill("3")
    page.locator("[name=parallel_chunks]").fill("2")


def test_files_become_a_forecast_whose_series_can_be_looked_at(open_page: Open, tmp_path: Path) -> None:
    page = open_page("forecasts/new")
    started(page, files(tmp_path))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(f"{SERIES} of {SERIES} series forecast")).to_be_visible()
    expect(page.locator(".head .tag")).to_have_text("completed")
    expect(page.locator("section tbody tr")).to_have_count(SERIES)
    with page.expect_download() as waited:
        page.get_by_role("button", name="CSV").click()
    assert len(Path(waited.value.path()).read_text(encoding="utf-8").splitlines()) > SERIES

    page.get_by_label("Search series").fill("realgdp")
    expect(page.locator("section tbody tr")).to_have_count(2)
    page.get_by_role("link", name=re.compile("realgdp")).first.click()
    expect(page.locator("svg .band")).to_have_count(2)
    page.get_by_text("The figures as a table").click()
    expect(page.locator("details tbody tr")).to_have_count(HORIZON)
    expect(page.get_by_text("Reorder point")).to_be_visible()


def test_the_same_in_italian(open_page: Open, tmp_path: Path) -> None:
    page = open_page("forecasts/new", language="it")
    started(page, files(tmp_path)[:1])
    page.get_by_role("button", name="Avvia").click()
    expect(page.get_by_text(f"{FIRST} di {FIRST} serie previste")).to_be_visible()
    page.get_by_label("Ordine").select_option("-error")
    assert "sort=-error" in page.url
    page.locator("section tbody a").first.click()
    expect(page.get_by_text("osservazioni").first).to_be_visible()
    expect(page.get_by_role("heading", name="Consiglio sulle scorte")).to_be_visible()


def test_what_came_is_compared_kept_and_makes_another_edition(
    open_page: Open, fanfold: Fanfold, tmp_path: Path
) -> None:
    series = [{"name": name, "values": values, "dates": dates} for name, dates, values in portfolio.real()][:2]
    first = fanfold.forecasts.wait(fanfold.forecasts.create(series, horizon=HORIZON, models_to_try=2).id)
    name = str(series[0]["name"])
    step = next(
        each.date
        for each in fanfold.forecasts.compare(first.id, [{"series": name, "value": 1.0}], dry_run=True).series[0].steps
    )
    file = tmp_path / "came.csv"
    file.write_text(f"date;value;series_name\n{step};1e;{name}\n{step};12,5;{name}\n", encoding="utf-8")
    page = open_page(f"forecasts/{first.id}")
    page.get_by_text("Actuals: what came").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("1 line was not taken")).to_be_visible()
    expect(page.get_by_text("Values compared").first).to_be_visible()
    page.get_by_role("button", name="Keep 1 value").click()
    expect(page.get_by_text("1 value is kept")).to_be_visible()
    page.get_by_text("1 edition", exact=True).click()
    expect(page.get_by_text("1 value has come since")).to_be_visible()
    page.get_by_role("button", name="Forecast anew now").click()
    expect(page.get_by_text("A later edition of")).to_be_visible()
    expect(page.locator(".head .tag")).to_have_text("completed")
    page.get_by_role("link", name=first.id).click()
    page.get_by_role("button", name="Show this one").click()
    expect(page.locator(".edition").first).to_contain_text("shown")
    page.get_by_role("button", name="Forecast anew by itself").click()
    expect(page.get_by_text("every 7 days")).to_be_visible()
    page.get_by_role("button", name="No more by itself").click()
    expect(page.get_by_role("button", name="Forecast anew by itself")).to_be_visible()
