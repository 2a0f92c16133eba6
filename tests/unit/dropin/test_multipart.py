"""Forms with files, as httpx writes them."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.dropin.multipart import form_parts
from fanfold.errors import Invalid
from tests.examples import examples


def sent(name: str, body: bytes, **fields: str) -> tuple[str, bytes]:
    request = httpx.Request("POST", "http://x", data=fields, files={"file": (name, body)})
    return request.headers["content-type"], request.read()


@settings(max_examples=examples(200))
@given(st.binary(max_size=400))
def test_bytes_come_as_they_went(body: bytes) -> None:
    assert form_parts(*sent("a.jsonl", body))["file"].body == body


BODIES = [b"", b"\n", b"\r\n", b"a\r\n\r\n", b"\r", b"--", b"a\n--b\n", "ü\u2028\n".encode(), b"\x00"]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", ["a.jsonl", "größe 1.jsonl", 'a"b.jsonl', "upload"])
def test_files_and_fields(name: str, body: bytes) -> None:
    parts = form_parts(*sent(name, body, purpose="batch"))
    assert parts["purpose"].body == b"batch"
    assert parts["file"].body == body
    assert parts["file"].filename in (name, name.replace('"', "%22"))


def test_a_large_file_is_whole() -> None:
    body = b'{"custom_id": "a"}\n' * 200_000
    assert form_parts(*sent("a.jsonl", body))["file"].body == body


def test_what_is_no_form_is_refused() -> None:
    kind, body = sent("a", b"x")
    for wrong in (("application/json", b"{}"), (kind, body[:-10]), ("multipart/form-data; boundary=other", body)):
        with pytest.raises(Invalid):
            form_parts(*wrong)
