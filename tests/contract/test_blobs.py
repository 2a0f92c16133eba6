"""What every `Blobs` does: the one in memory and S3's adapter alike."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
import requests

from fanfold.aws.blobs import S3Blobs
from fanfold.ports import Blobs, UploadForm
from tests.fakes.blobs import MemoryBlobs, etag_of
from tests.fakes.moto_stack import bucket as create_bucket
from tests.fakes.moto_stack import client

NUMBERS = count()
LONGEST = 100
MEBI = 1024 * 1024


@pytest.fixture(params=["memory", "s3"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    if request.param == "memory":
        return MemoryBlobs()
    request.getfixturevalue("aws")
    create_bucket(name := f"bucket-{next(NUMBERS)}")
    return S3Blobs(client("s3"), name, link_seconds=60)


@pytest.fixture
def follow(blobs: Blobs) -> Callable[[str], bytes]:
    """What somebody without a key gets from a link."""
    return blobs.follow if isinstance(blobs, MemoryBlobs) else lambda link: requests.get(link, timeout=120).content


@pytest.fixture
def send(blobs: Blobs) -> Callable[[UploadForm, bytes], bool]:
    """What somebody without a key does with a form."""
    return blobs.receive if isinstance(blobs, MemoryBlobs) else _post


def _post(form: UploadForm, body: bytes) -> bool:
    return requests.post(form.url, data=form.fields, files={"file": ("file", body)}, timeout=120).ok


def test_an_object_comes_back_whole(blobs: Blobs) -> None:
    blobs.put("a/b", b"one\n\x00\xfftwo")
    assert blobs.get("a/b") == b"one\n\x00\xfftwo"
    assert blobs.size("a/b") == 9


def test_an_object_is_fetched_to_the_disk(blobs: Blobs, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 4096 * 9
    blobs.put("a", whole)
    blobs.fetch("a", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == whole
    blobs.put("a", b"short")
    blobs.fetch("a", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"short"
    with pytest.raises(KeyError):
        blobs.fetch("b", tmp_path / "other")


def test_a_file_is_put_from_where_it_stands(blobs: Blobs) -> None:
    file = BytesIO(b"onetwo")
    file.seek(3)
    blobs.put("a", file)
    assert blobs.get("a") == b"two"


def test_a_later_put_takes_the_place_of_an_earlier(blobs: Blobs) -> None:
    blobs.put("a", b"one")
    blobs.put("a", b"")
    assert (blobs.get("a"), blobs.size("a")) == (b"", 0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda blobs: blobs.get("gone"),
        lambda blobs: blobs.get_range("gone", 0, 1),
        lambda blobs: blobs.lines("gone", LONGEST),
        lambda blobs: blobs.size("gone"),
        lambda blobs: blobs.copy("gone", "there"),
    ],
    ids=["get", "get_range", "lines", "size", "copy"],
)
def test_a_missing_object_is_a_key_error(blobs: Blobs, ask: Callable[[Blobs], object]) -> None:
    with pytest.raises(KeyError, match="gone"):
        ask(blobs)


def test_another_content_is_another_version(blobs: Blobs) -> None:
    blobs.put("a", b"one")
    first = blobs.version("a")
    blobs.put("a", b"one")
    assert blobs.version("a") == first
    blobs.put("a", b"two")
    assert blobs.version("a") != first
    with pytest.raises(KeyError):
        blobs.version("none")


def test_a_copy_stays_when_the_first_one_changes(blobs: Blobs) -> None:
    blobs.put("a/b", b"one")
    blobs.copy("a/b", "c d/è.jsonl")
    blobs.put("a/b", b"two")
    assert blobs.get("c d/è.jsonl") == b"one"


@pytest.mark.parametrize(("start", "length", "part"), [(0, 1, b"0"), (3, 4, b"3456"), (8, 5, b"89"), (0, 99, None)])
def test_a_range_ends_with_the_object(blobs: Blobs, start: int, length: int, part: bytes | None) -> None:
    blobs.put("a", b"0123456789")
    assert blobs.get_range("a", start, length) == (part or b"0123456789")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"one", [b"one"]),
        (b"one\ntwo\n", [b"one", b"two"]),
        (b"one\r\n\r\n two \rthree", [b"one", b"", b" two \rthree"]),
        (b"a" * LONGEST + b"\r\nb", [b"a" * LONGEST, b"b"]),
        (b"a" * 99_999 + b"\nb", [b"a" * (LONGEST + 1), b"b"]),
        ("è\n\u2028".encode(), ["è".encode(), "\u2028".encode()]),
    ],
)
def test_lines_come_without_their_ends_and_long_ones_cut(blobs: Blobs, body: bytes, lines: list[bytes]) -> None:
    blobs.put("a", body)
    assert list(blobs.lines("a", LONGEST)) == lines


def test_lines_of_a_large_object_are_all_there(blobs: Blobs) -> None:
    lines = [b"%d:" % n + b"x" * (n % 90) for n in range(50_000)]
    blobs.put("a", b"\n".join(lines))
    assert list(blobs.lines("a", LONGEST)) == lines


@pytest.mark.parametrize("parts", [[], [b""], [b"one"], [b"a", b"", b"bc"] * 50], ids=len)
def test_a_stream_is_put_together(blobs: Blobs, parts: list[bytes]) -> None:
    blobs.put_stream("a", iter(parts))
    assert blobs.get("a") == b"".join(parts)


def test_a_stream_may_be_longer_than_one_upload(blobs: Blobs) -> None:
    blobs.put_stream("a", (bytes([n]) * MEBI for n in range(19)))
    assert blobs.size("a") == 19 * MEBI
    assert [blobs.get_range("a", n * MEBI, 1) for n in range(19)] == [bytes([n]) for n in range(19)]


@pytest.mark.parametrize("parts", [0, 1, 9, 18], ids="after {} MiB".format)
def test_a_stream_that_breaks_off_leaves_nothing(blobs: Blobs, parts: int) -> None:
    def broken() -> Iterator[bytes]:
        for _ in range(parts):
            yield b"x" * MEBI
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        blobs.put_stream("a", broken())
    with pytest.raises(KeyError):
        blobs.size("a")


def test_a_stream_that_breaks_off_leaves_what_was_there(blobs: Blobs) -> None:
    blobs.put("a", b"before")
    with pytest.raises(ZeroDivisionError):
        blobs.put_stream("a", (bytes([1 // n]) for n in (1, 0)))
    assert blobs.get("a") == b"before"


def test_a_link_downloads_under_the_name_it_is_given(blobs: Blobs, follow: Callable[[str], bytes]) -> None:
    blobs.put("jobs/acme/x y/results.jsonl", b"line\n")
    link = blobs.link("jobs/acme/x y/results.jsonl", "b123.jsonl")
    assert "b123.jsonl" in link
    assert follow(link) == b"line\n"


def test_a_form_uploads_one_file(blobs: Blobs, send: Callable[[UploadForm, bytes], bool]) -> None:
    form = blobs.form("uploads/acme/requests.csv", 10)
    assert send(form, b"0123456789")
    assert blobs.get("uploads/acme/requests.csv") == b"0123456789"


def test_a_form_says_how_large_the_file_may_be(blobs: Blobs) -> None:
    """moto takes files of any size, so the policy itself is read."""
    fields = blobs.form("uploads/acme/requests.csv", 10).fields
    said = json.loads(b64decode(fields["policy"])) if "policy" in fields else fields
    assert said.get("max") == "10" or ["content-length-range", 1, 10] in said["conditions"]


def test_the_form_in_memory_refuses_what_s3_would() -> None:
    blobs = MemoryBlobs()
    form = blobs.form("a", 10)
    assert not blobs.receive(form, b"01234567890")
    assert not blobs.receive(form, b"")
    assert not blobs.objects


def test_objects_under_a_prefix_are_listed_with_their_sizes_from_any_place_on(blobs: Blobs) -> None:
    for key in ("a/2", "a/1", "ab/1", "b/1"):
        blobs.put(key, key.encode() * 2)
    assert list(blobs.under("a/")) == [("a/1", 6), ("a/2", 6)]
    assert list(blobs.under("a", after="a/1")) == [("a/2", 6), ("ab/1", 8)]
    assert list(blobs.under("c")) == []


def test_an_object_is_removed_only_if_it_is_the_one_that_is_meant(blobs: Blobs) -> None:
    blobs.put("a/b", b"first")
    first = etag_of(b"first")
    blobs.put("a/b", b"second")
    assert not blobs.remove_if("a/b", first)
    assert blobs.get("a/b") == b"second"
    assert blobs.remove_if("a/b", etag_of(b"second"))
    assert not blobs.remove_if("a/b", etag_of(b"second"))
    assert list(blobs.under("a/")) == []
