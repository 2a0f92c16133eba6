"""Records sorted in parts: whatever comes, in however many runs, comes back in order."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.jobs import disk_sort as partitions
from fanfold.jobs.disk_sort import Partitions


@given(st.lists(st.lists(st.binary(min_size=3, max_size=3), max_size=9), max_size=9))
def test_records_come_back_in_order(chunks: list[list[bytes]]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "HELD", 4)
        records = Partitions(Path(folder) / "records", 3)
        for chunk in chunks:
            records.add(chunk)
        found = b"".join(records.blocks())
        records.close()
    assert found == b"".join(sorted(record for chunk in chunks for record in chunk))
