"""The main path of writing: a session, a document that it learns from, a text, its file."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from tests.fakes import pdfs
from tests.web.conftest import PATIENCE_MS, Open

WORDS = 200
expect.set_options(timeout=PATIENCE_MS)


def test_a_document_teaches_a_session_that_writes(open_page: Open, tmp_path: Path) -> None:
    document = tmp_path / "harbour.pdf"
    document.write_bytes(pdfs.pdf("The harbour lies still. Boats come in at dawn, one after the other. " * 40))
    page = open_page("writing")
    page.get_by_text("New session").click()
    page.get_by_label("Name").fill("House style")
    page.get_by_role("button", name="Open the session").click()
    expect(page.get_by_role("heading", name="House style")).to_be_visible()
    page.locator("input[type=file]").set_input_files(document)
    expect(page.locator(".head .tag")).to_have_text("trained")
    expect(page.get_by_text("Vocabulary", exact=True)).to_be_visible()

    page.get_by_text("Change the profile").click()
    page.locator("textarea[name=tone]").fill("dry, and short of words")
    page.get_by_role("button", name="Keep the profile").click()
    expect(page.get_by_text("Changed by hand.")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("dry, and short of words")

    page.get_by_label("Topic").fill("Our harbour")
    page.get_by_label("Sections, a line each").fill("Dawn: boats come in\nDusk")
    page.locator("[name=words]").fill(str(WORDS))
    page.get_by_label("Say which documents").check()
    page.get_by_role("button", name="Start writing").click()
    expect(page.locator(".head .tag")).to_have_text("completed")
    expect(page.locator("article h2")).to_have_text([re.compile("Dawn"), re.compile("Dusk")])
    expect(page.locator("article .text").first).not_to_be_empty()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Word").click()
    assert zipfile.is_zipfile(waited.value.path())
