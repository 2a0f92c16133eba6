"""The journal: its hours by level, a test of it, how long streams are kept; what the overview says of the service."""

import re

from playwright.sync_api import expect

from fanfold_client import Fanfold
from local import corpus
from tests.waiting import until
from tests.web.conftest import PATIENCE_MS, Open

expect.set_options(timeout=PATIENCE_MS)


def test_hours_are_shown_by_level_and_the_journal_can_be_tested(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.logs.write([{"level": level, "message": "m", "stream": "histogram"} for level in ("error", "info", "info")])
    page = open_page("journal?stream=histogram")
    chart = page.get_by_role("img", name="Entries by hour and level")
    expect(chart.locator("rect.bad").last).to_be_visible()
    page.get_by_text("The figures as a table").click()
    expect(page.locator(".card:not(details) details th")).to_have_text(["Hour", "Error", "Info"])
    with page.expect_response(re.compile("/v1/logs/flush$")) as flushed:
        page.get_by_role("button", name="Flush now").click()
    assert flushed.value.ok
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text(re.compile("30 entries were accepted within"))).to_contain_text("flushed after")


def test_a_stream_is_kept_as_long_as_somebody_says(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.logs.write([{"message": "m", "stream": "short-lived"}])
    page = open_page("journal")
    page.get_by_text("Streams and how long they are kept").click()
    row = page.locator("tbody tr").filter(has_text="short-lived")
    row.get_by_label("Days").fill("3")
    row.get_by_role("button", name="Keep so long").click()
    until(lambda: _kept(fanfold)["short-lived"] == 3)
    page.reload()
    page.get_by_text("Streams and how long they are kept").click()
    expect(row.get_by_label("Days")).to_have_value("3")


def _kept(fanfold: Fanfold) -> dict[str, int]:
    return {each.stream: each.retention_days or 0 for each in fanfold.logs.streams()}


def test_what_the_service_stands_on_and_what_happened_to_a_batch_are_told(open_page: Open, fanfold: Fanfold) -> None:
    made = fanfold.batches.create(corpus.requests(2), name="Told")
    fanfold.batches.wait(made.id)
    page = open_page("overview")
    page.get_by_text(re.compile("things that the service stands on answer")).click()
    expect(page.locator("details .tag.good").first).to_have_text("answers")
    page = open_page(f"batches/{made.id}?view=about")
    said = page.locator(".timeline li")
    expect(said.first).to_contain_text("Created")
    expect(said.nth(2)).to_contain_text("Batch 0 of 2 requests went to the provider")
    expect(said.last).to_contain_text("completed")
