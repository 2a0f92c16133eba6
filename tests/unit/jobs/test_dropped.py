"""Options beside a dropped file, and uploads: what each service takes them for is its own tests' matter."""

import pytest
from pydantic import BaseModel, ConfigDict

from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.jobs.dropped import MOST_OPTION_FILE_BYTES, dropped_options
from fanfold.jobs.upload import find_upload
from fanfold.ports import is_there
from tests.fakes.blobs import MemoryBlobs

KEY = "inbox/acme/sold.csv.options.json"


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")

    horizon: int = 12


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


def test_no_file_is_no_options(blobs: MemoryBlobs) -> None:
    assert dropped_options(KEY, Given, "it", blobs) is None


def test_options_are_those_of_the_file(blobs: MemoryBlobs) -> None:
    blobs.put(KEY, b'{"horizon": 3}')
    assert dropped_options(KEY, Given, "it", blobs) == Given(horizon=3)


@pytest.mark.parametrize(
    ("body", "field"), [(b"{", None), (b'{"horizon": "far"}', "horizon"), (b'{"horizont": 3}', "horizont")]
)
def test_wrong_options_are_told_by_name(blobs: MemoryBlobs, body: bytes, field: str | None) -> None:
    blobs.put(KEY, body)
    with pytest.raises(Invalid, match="sold is not as it should be") as raised:
        dropped_options(KEY, Given, "sold", blobs)
    assert not field or [flaw.field for flaw in raised.value.flaws] == [field]


def test_a_file_that_is_too_large_is_not_read(blobs: MemoryBlobs) -> None:
    blobs.put(KEY, b"{}" + b" " * (MOST_OPTION_FILE_BYTES - 2))
    assert dropped_options(KEY, Given, "it", blobs) == Given()
    blobs.put(KEY, b"{}" + b" " * (MOST_OPTION_FILE_BYTES - 1))
    with pytest.raises(Invalid, match="it has 1,048,577 bytes, and may have 1,048,576"):
        dropped_options(KEY, Given, "it", blobs)


def test_an_upload_is_found_by_its_tenant(blobs: MemoryBlobs) -> None:
    blobs.put("uploads/acme/1/sold.csv", b"a")
    assert find_upload("acme", "1/sold.csv", blobs)[0] == "uploads/acme/1/sold.csv"
    with pytest.raises(NotFound, match="was the file sent"):
        find_upload("other", "1/sold.csv", blobs)


def test_an_empty_upload_is_refused(blobs: MemoryBlobs) -> None:
    blobs.put("uploads/acme/1/sold.csv", b"")
    with pytest.raises(Conflict, match="is empty"):
        find_upload("acme", "1/sold.csv", blobs)


def test_an_empty_object_is_there(blobs: MemoryBlobs) -> None:
    blobs.put(KEY, b"")
    assert is_there(KEY, blobs)
    assert not is_there(KEY + "x", blobs)
