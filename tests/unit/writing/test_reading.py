"""Documents, good and bad: each bad one ends in a sentence that says what is wrong with it."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.errors import JobRefused
from fanfold.writing import reading
from fanfold.writing.reading import is_pdf, read_pdf, read_text, what
from tests.fakes import pdfs

PROGRAM = b"MZ\x90\x00" + bytes(5000)


def test_a_pdf_is_read_page_by_page() -> None:
    found = read_pdf(pdfs.pdf("The first page.", "", "The third page."))
    assert found.pages == ("The first page.", "", "The third page.")
    assert found.blank == (2,)
    assert found.text == "The first page.\n\nThe third page."


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PROGRAM, "no PDF: it is a program for Windows"),
        (b"", "no PDF: it is empty"),
        (b"PK\x03\x04" + bytes(100), "no PDF: it is a ZIP file"),
        (pdfs.encrypted(), "encrypted"),
        (pdfs.pictures(), "none of its 2 pages holds text"),
        (pdfs.bomb(), "packed or nested more than can be read"),
        (pdfs.bomb(layers=3), "packed or nested more than can be read"),
        (b"%PDF-1.7\nnothing else", "can't be read"),
        (pdfs.pdf("cut short")[:400], "can't be read"),
        (pdfs.assembled(b"BT (x) Tj ET", kids="[2 0 R]"), "packed or nested more|can't be read|none of its"),
        (pdfs.assembled(b"", kids="[]", count=0), "none of its 0 pages"),
        (pdfs.assembled(b"[" * 100_000), "can't be read|nested|none of its"),
        (pdfs.assembled(b"0 " * 3_000_000), "unpacks to|packed or nested"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else f"{len(value)} bytes",
)
def test_a_pdf_that_can_not_be_used_says_why(body: bytes, said: str) -> None:
    with pytest.raises(JobRefused, match=said):
        read_pdf(body)


def test_a_bomb_is_never_unpacked() -> None:
    body = pdfs.bomb()
    assert len(body) < 100_000
    tracemalloc.start()
    with pytest.raises(JobRefused):
        read_pdf(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_pages_and_letters_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    body = pdfs.pdf(*(f"page {n}" for n in range(6)))
    monkeypatch.setattr(reading, "MOST_PAGES", 5)
    with pytest.raises(JobRefused, match="over 5 pages"):
        read_pdf(body)
    monkeypatch.setattr(reading, "MOST_PAGES", 6)
    monkeypatch.setattr(reading, "MOST_LETTERS", 20)
    with pytest.raises(JobRefused, match="over 20 letters"):
        read_pdf(body)
    with pytest.raises(JobRefused, match="21 letters"):
        read_text(b"x" * 21)
    monkeypatch.setattr(reading, "MOST_LETTERS", 1000)
    monkeypatch.setattr(reading, "MOST_TOTAL_BYTES", 100)
    with pytest.raises(JobRefused, match="over 100 bytes"):
        read_pdf(body)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    for each in (body, b"%PDF-1.4\n" + body, pdfs.assembled(body)):
        with pytest.raises(JobRefused):
            read_pdf(each)


def test_texts_are_read() -> None:
    assert read_text(b"\xef\xbb\xbf# Title\n\nwords").text == "# Title\n\nwords"
    for body, said in ((b"\xff\xfe", "not UTF-8"), (b" \n", "empty")):
        with pytest.raises(JobRefused, match=said):
            read_text(body)


def test_a_file_is_known_by_what_it_holds() -> None:
    assert is_pdf(b"junk before\n%PDF-1.7")
    assert not is_pdf(PROGRAM)
    assert what(b"\xff\xd8\xff\xe0") == "a picture"
    assert what(b"hello") == "something else"
