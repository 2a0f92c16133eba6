"""Portfolios cut into chunks: nothing lost, groups together, boundaries that stay where they are."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from fanfold.forecasting import Series
from fanfold.forecasts.chunking import SPREAD, ChunkFile, split_into_chunks
from fanfold.forecasts.series import from_line

PLENTY = 1_000_000
names = st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=80)


def pieces(series: list[Series], usual: int = 8, most_bytes: int = PLENTY) -> list[ChunkFile]:
    with TemporaryDirectory() as folder:
        return list(split_into_chunks(series, usual, most_bytes, Path(folder)))


def named(found: list[str]) -> list[Series]:
    return [Series(name, [1, None, 2.5], None) for name in found]


@given(names)
def test_every_series_is_in_one_chunk_in_its_order(found: list[str]) -> None:
    cut_up = pieces(named(found))
    assert [name for piece in cut_up for name in piece.names] == found
    assert all(0 < len(piece.names) <= SPREAD * 8 for piece in cut_up)
    assert [from_line(line).name for piece in cut_up for line in piece.lines] == found


@given(names, st.data())
def test_a_series_more_changes_the_chunks_around_it_alone(found: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(found)))
    more = [*found[:place], "a new series", *found[place:]]
    before, after = ({tuple(piece.names) for piece in pieces(named(each), usual=4)} for each in (found, more))
    assert len(after - before) <= 1 + max(3, len(before) // 3)


def test_with_many_series_nearly_all_chunks_stay() -> None:
    found = [f"series {number}" for number in range(2000)]
    before = {tuple(piece.names) for piece in pieces(named(found), usual=20)}
    after = {tuple(piece.names) for piece in pieces(named([*found[:700], "new", *found[700:]]), usual=20)}
    assert len(after - before) <= 5 < len(before) / 10


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), max_size=60))
def test_series_of_a_group_lie_in_one_chunk(groups: list[str | None]) -> None:
    series = [Series(str(number), [1], None, group) for number, group in enumerate(groups)]
    cut_up = pieces(series, usual=4)
    assert sorted(name for piece in cut_up for name in piece.names) == sorted(one.name for one in series)
    for group in {"a", "b", "c"} & set(groups):
        members = {one.name for one in series if one.group == group}
        assert sum(bool(members & set(piece.names)) for piece in cut_up) == 1


def test_a_chunk_has_its_bytes() -> None:
    cut_up = pieces([Series(str(number), list(range(100)), None) for number in range(50)], 100, most_bytes=2000)
    assert len(cut_up) > 5
    assert all(piece.size <= 2000 for piece in cut_up)


def test_a_series_larger_than_a_chunk_has_one_of_its_own() -> None:
    cut_up = pieces(
        [Series("small", [1], None), Series("large", list(range(1000)), None), Series("last", [1], None)], 8, 500
    )
    assert [piece.names for piece in cut_up] == [["small"], ["large"], ["last"]]
