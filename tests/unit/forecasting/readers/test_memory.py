"""Files of any length, in memory that is bounded."""

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fanfold.forecasting.readers import read
from fanfold.forecasting.readers._spool import ROW, BlockSpool, Observed, Runs
from tests.unit.forecasting.readers.reading import take


def test_the_spool_gives_back_blocks_as_they_came(tmp_path: Path) -> None:
    spool = BlockSpool(tmp_path, held=100)
    for start in range(0, 30, 3):
        names = [f"s{at % 5}" for at in range(start, start + 3)]
        values = ["1", "2", "a\nb"] if start % 2 else [1.5, None, "x"]
        spool.add(start, Observed(names, range(start, start + 3), ["ü", None, 1.5], values, [None, "g", None]))
    found = list(spool.blocks())
    spool.close()
    assert [block.table for block in found] == list(range(0, 30, 3))
    names = list(spool.names)
    codes = [np.frombuffer(block.codes, dtype=np.int32).tolist() for block in found]
    assert [names[code] for block in codes for code in block] == [f"s{at % 5}" for at in range(30)]
    assert list(spool.days) == ["ü", None, 1.5]
    assert [list(block.values) for block in found[:2]] == [[1.5, None, "x"], ["1", "2", "a\nb"]]
    assert [list(block.numbers) for block in found[:2]] == [[0, 1, 2], [3, 4, 5]]
    assert {block.groups for block in found} == {np.array([-1, 0, -1], dtype=np.int32).tobytes()}


def test_runs_give_back_by_series_what_came_in_any_order(tmp_path: Path) -> None:
    numbers = list(range(100))
    random.Random(1).shuffle(numbers)
    runs = Runs(tmp_path, held=7)
    for start in range(0, 100, 5):
        rows = np.zeros(5, dtype=ROW)
        rows["line"] = numbers[start : start + 5]
        rows["code"] = rows["line"] % 6
        runs.add(rows)
    found: dict[int, list[int]] = {}
    for rows in runs.windows():
        for code, line in zip(rows["code"].tolist(), rows["line"].tolist(), strict=True):
            found.setdefault(code, []).append(line)
    runs.close()
    assert list(found) == sorted(found)
    assert found == {code: [number for number in numbers if number % 6 == code] for code in range(6)}


def held(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("fanfold.forecasting.readers._reading.BlockSpool", lambda folder: BlockSpool(folder, 16 * most))
    monkeypatch.setattr("fanfold.forecasting.readers._reading.Runs", lambda folder: Runs(folder, most))
    monkeypatch.setattr("fanfold.forecasting.readers._text.PART", 4096)


def lines(path: Path, series: int, length: int, by_date: bool) -> Path:
    pairs = [(one, at) for one in range(series) for at in range(length)]
    if by_date:
        pairs.sort(key=lambda pair: pair[1])
    with path.open("w") as out:
        out.write("unique_id,ds,y\n")
        out.writelines(f"series {one},{at + 1},{one + at}\n" for one, at in pairs)
    return path


def test_sorted_and_unsorted_files_hold_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held(monkeypatch, 500)
    by_series = take(lines(tmp_path / "a.csv", 40, 60, by_date=False))
    by_date = take(lines(tmp_path / "b.csv", 40, 60, by_date=True))
    assert list(by_series.series) == list(by_date.series)
    assert by_series.values("series 7") == by_date.values("series 7") == [7.0 + at for at in range(60)]
    assert by_date.count == 40


@pytest.mark.wide
def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held(monkeypatch, 500)

    def peak(series: int) -> int:
        path = lines(tmp_path / f"{series}.csv", series, 10, by_date=True)
        tracemalloc.start()
        assert sum(1 for _ in read(path)) == series
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(1200) < 1.7 * peak(400)


def test_a_file_is_read_alike_by_rows_and_by_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote in every part makes it be read row by row."""
    rows = [f"s{at % 7},{2000 + at // 84}-{at // 7 % 12 + 1:02},{at % 300}.{at % 90}" for at in range(4000)]
    plain = "sku,month,qty\n" + "\n".join(rows)
    quoted = "sku,month,qty\n" + "\n".join(row.replace("s", '"s', 1).replace(",", '",', 1) for row in rows)
    whole = take(plain)
    held(monkeypatch, 900)
    for body in (plain, quoted, plain.replace("\n", "\r\n"), plain.replace("s1,2010-03", "s1,")):
        found = take(body)
        for name in ("s0", "s6"):
            assert found.values(name) == whole.values(name)
            assert found.dates(name) == whole.dates(name)
    assert [flaw[:2] for flaw in take(plain.replace("s1,2010-03", "s1,")).flaws] == [(857, "month")]
