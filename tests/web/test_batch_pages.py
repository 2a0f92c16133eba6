"""The main path of batches, as somebody walks it: from a file that is dropped to the results that are downloaded."""

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fanfold_client import Fanfold
from local import corpus
from tests.web.conftest import PATIENCE_MS, Open

REQUESTS = 24
PAGE = 50
"""Rows that the list shows at a time."""
PLANTED = "<img src=x onerror=\"document.title='planted'\">"
expect.set_options(timeout=PATIENCE_MS)


def table(folder: Path) -> Path:
    """A CSV of packages and what they say of themselves, with a separator and a line end inside a cell."""
    file = folder / "packages.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["custom_id", "package", "text"])
        for each in corpus.requests(REQUESTS):
            rows.writerow([each["custom_id"], each["custom_id"].split("-")[0], each["input"] + ',\n"quoted"'])
    return file


def lines(folder: Path) -> Path:
    """A JSONL with scripts planted in what users write, and a line that is none."""
    file = folder / "请求.jsonl"
    given = [*corpus.requests(REQUESTS - 1), {"custom_id": PLANTED, "input": f"Say: {PLANTED}"}]
    file.write_text("\n".join([*map(json.dumps, given), '{"inptu": "misspelt"}']), encoding="utf-8")
    return file


def downloaded(page: Page, button: str) -> list[str]:
    with page.expect_download() as waited:
        page.get_by_role("button", name=button).click()
    return Path(waited.value.path()).read_text(encoding="utf-8").splitlines()


def test_a_table_becomes_a_batch_by_a_template(open_page: Open, tmp_path: Path) -> None:
    page = open_page("batches")
    page.get_by_role("link", name="New batch").first.click()
    page.locator("input[type=file]").set_input_files(table(tmp_path))
    expect(page.get_by_text("write a template")).to_be_visible()
    page.get_by_label("Template").fill("Which topic has {pakage}?")
    expect(page.get_by_text("No row has pakage")).to_be_visible()
    page.get_by_label("Template").fill("Which topic has ")
    page.get_by_role("button", name="{package}").click()
    expect(page.locator(".prompts li").first).to_have_text("Which topic has annotated")
    page.get_by_label("Lane").select_option("realtime")
    page.get_by_role("button", name="Estimate the cost").click()
    expect(page.get_by_role("heading", name=f"{REQUESTS} requests")).to_be_visible()
    page.get_by_role("button", name=f"Start {REQUESTS} requests").click()
    expect(page.get_by_text(f"{REQUESTS} of {REQUESTS} succeeded")).to_be_visible()
    expect(page.locator(".head .tag")).to_have_text("completed")
    assert len(downloaded(page, "Download JSONL")) == REQUESTS

    page.get_by_label("Search custom_id").fill("anyio")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert "search=anyio" in page.url
    page.get_by_role("link", name="anyio-0-topic").click()
    expect(page.locator(".turn .text")).to_have_text("Which topic has anyio")
    expect(page.get_by_text("Input tokens")).to_be_visible()


def test_a_sample_is_asked_before_the_whole(open_page: Open, tmp_path: Path) -> None:
    page = open_page("batches/new")
    page.locator("input[type=file]").set_input_files(table(tmp_path))
    page.get_by_label("Template").fill("Which topic has {package}?")
    page.get_by_label("Lane").select_option("realtime")
    page.get_by_role("button", name="Estimate the cost").click()
    page.get_by_role("button", name="Ask 20 rows first").click()
    expect(page.get_by_role("heading", name=f"A sample of 20 out of {REQUESTS} requests")).to_be_visible()
    expect(page.get_by_text("in 95 of 100 cases").first).to_be_visible()
    expect(page.locator("section.card h2.code")).to_have_count(20)
    page.get_by_role("button", name=f"Start the whole of {REQUESTS} requests").click()
    expect(page.get_by_text(f"{REQUESTS} of {REQUESTS} succeeded")).to_be_visible()


def test_the_same_in_chinese_with_scripts_in_what_users_write(open_page: Open, tmp_path: Path) -> None:
    page = open_page("batches/new", language="zh-CN")
    page.locator("input[type=file]").set_input_files(lines(tmp_path))
    page.get_by_label("通道").select_option("realtime")
    page.get_by_role("button", name="估算费用").click()
    page.get_by_text("1 行未被采用").click()
    expect(page.get_by_text(f"第 {REQUESTS + 1} 行").first).to_be_visible()
    page.get_by_role("button", name=f"开始 {REQUESTS} 个请求").click()
    expect(page.get_by_text(f"{REQUESTS} 中成功 {REQUESTS}")).to_be_visible()
    assert len(downloaded(page, "下载 JSONL")) == REQUESTS
    page.get_by_label("搜索 custom_id").fill("<img")
    page.get_by_role("link", name=PLANTED).click()
    expect(page.get_by_role("heading", name=PLANTED)).to_be_visible()
    expect(page.locator(".turn .text")).to_have_text(f"Say: {PLANTED}")
    assert page.locator("main img").count() == 0
    assert page.title() == "Fanfold"


def test_failures_are_seen_wherever_the_batch_is(open_page: Open, fanfold: Fanfold) -> None:
    requests = [*corpus.requests(4), *corpus.refused()]
    made = fanfold.batches.create(requests, name="Some fail", mode="realtime")
    fanfold.batches.wait(made.id)
    page = open_page("batches?search=Some+fail")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("4 of 6 succeeded")
    expect(row).to_contain_text("completed with failures")
    failing = page.get_by_role("link", name=re.compile("With failures"))
    expect(failing.locator(".count")).to_have_text(re.compile("[1-9]"))
    failing.click()
    page.get_by_role("link", name="Some fail").click()
    page.get_by_role("link", name=re.compile("^Errors")).click()
    expect(page.get_by_text("Refused by the provider as invalid")).to_be_visible()
    page.get_by_role("button", name="Retry failures").click()
    expect(page.get_by_role("dialog")).to_contain_text("Send 2 requests again?")
    page.get_by_role("button", name="Go back").click()
    page.get_by_role("link", name="refused-no-tokens").click()
    expect(page.get_by_text("integer below minimum value").first).to_be_visible()


@pytest.mark.wide
def test_a_name_is_found_behind_the_first_page(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.batches.create(corpus.requests(1), name="Needle", draft=True)
    for number in range(PAGE):
        fanfold.batches.create(corpus.requests(1), name=f"Hay {number}", draft=True)
    page = open_page("batches")
    expect(page.locator("tbody tr")).to_have_count(PAGE)
    page.get_by_label("Search name, id").fill("needle")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Needle")).to_be_visible()


def test_none_yet_is_not_none_that_match(open_page: Open, fanfold: Fanfold) -> None:
    fanfold.batches.create(corpus.requests(1), name="Alone", draft=True)
    page = open_page("batches?search=nothing-is-called-so")
    expect(page.get_by_text("None match these filters")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.get_by_role("link", name="Alone")).to_be_visible()


def test_a_vector_is_shown_by_its_first_numbers(open_page: Open, fanfold: Fanfold) -> None:
    asked = [{"custom_id": "v", "input": "A harbour at dawn"}]
    made = fanfold.batches.create(asked, model="text-embedding-3-small", endpoint="embeddings", mode="realtime")
    fanfold.batches.wait(made.id)
    page = open_page(f"batches/{made.id}/requests/v")
    expect(page.get_by_text(re.compile(r"A vector of [\d,]+ numbers: -?0"))).to_be_visible()
