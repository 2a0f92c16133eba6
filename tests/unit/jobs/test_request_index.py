"""The index of a batch: every custom_id is found, no other is."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.jobs import request_index as index
from fanfold.jobs.request_index import RECORD, IdSorter, LinePlace, digest, find, mark
from tests.fakes.blobs import MemoryBlobs


def indexed(names: list[str]) -> MemoryBlobs:
    blobs = MemoryBlobs()
    with TemporaryDirectory() as folder:
        ids = IdSorter(Path(folder))
        for number, name in enumerate(names):
            ids.place(number, [mark(name)], [number + 3])
        blobs.put_stream("index", ids.records())
        ids.close()
    return blobs


@given(st.sets(st.text(min_size=1, max_size=20), max_size=60), st.sets(st.text(min_size=1, max_size=20), max_size=20))
def test_any_set_of_ids_is_found_and_no_other(names: set[str], others: set[str]) -> None:
    ours = sorted(names)
    blobs = indexed(ours)
    for number, name in enumerate(ours):
        assert find(blobs, "index", name) == [LinePlace(number, 0, 0, number + 3)]
    for name in others - names:
        assert find(blobs, "index", name) == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, 99, 1000, 5000])
def test_indexes_of_many_sizes(size: int) -> None:
    blobs = indexed([f"request-{n}" for n in range(size)])
    assert blobs.size("index") == size * RECORD.size
    assert all(find(blobs, "index", f"request-{n}")[0].chunk == n for n in range(0, size, max(1, size // 300)))
    assert not any(find(blobs, "index", f"other-{n}") for n in range(100))


@pytest.mark.parametrize("skewed", [0, 1, 7, 2**63, 2**64 - 1])
def test_hashes_that_are_not_spread_at_all_are_found(skewed: int) -> None:
    """The read grows until it holds the place, wherever that is."""
    wanted = digest("wanted")
    around = sorted([skewed] * 3000 + [wanted])
    blobs = MemoryBlobs()
    blobs.put("index", b"".join(RECORD.pack(each, each == wanted, 0, 0, 0) for each in around))
    assert find(blobs, "index", "wanted") == [LinePlace(1, 0, 0, 0)]
    assert find(blobs, "index", "other") == []


def test_ids_of_the_same_hash_are_all_given() -> None:
    blobs = MemoryBlobs()
    blobs.put("index", b"".join(RECORD.pack(digest("twin"), n, 0, 0, 0) for n in range(500)))
    assert [place.chunk for place in find(blobs, "index", "twin")] == list(range(500))


def test_repeats_come_in_order_with_the_line_they_repeat(tmp_path: Path) -> None:
    ids = IdSorter(tmp_path)
    for ordinal, name in enumerate("abcabbd"):
        ids.add(name, ordinal, 10 * (ordinal + 1))
    assert list(ids.repeats()) == [(3, 40, 10), (4, 50, 20), (5, 60, 20)]
    ids.close()


@given(st.lists(st.sampled_from("abcdefghij"), max_size=40))
def test_all_repeats_are_found_however_many_there_are(names: list[str]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "BLOCK", 7)
        ids = IdSorter(Path(folder))
        for ordinal, name in enumerate(names):
            ids.add(name, ordinal, ordinal + 100)
        found = list(ids.repeats())
        ids.close()
    firsts = {name: names.index(name) + 100 for name in names}
    expected = [(n, n + 100, firsts[name]) for n, name in enumerate(names) if firsts[name] != n + 100]
    assert found == expected
