"""Files of any length, in memory that is bounded."""

import random
import tracemalloc
from pathlib import Path

from fanfold.forecasting.readers import read
from fanfold.forecasting.readers._spool import Spool
from tests.unit.forecasting.readers.reading import take


def test_the_spool_gives_back_by_series_what_came_in_any_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, held=7)
    rows = [(f"s{i % 5}", i) for i in range(100)]
    random.Random(1).shuffle(rows)
    for name, number in rows:
        spool.add(name, (number, "ü", None, 1.5))
    spool.finish()
    found = {name: [each[0] for each in many] for name, many in spool.series()}
    spool.close()
    assert spool.count == 5
    assert list(found) == list(dict.fromkeys(name for name, _ in rows))
    assert found == {name: [number for other, number in rows if other == name] for name in found}


def lines(path: Path, series: int, length: int, by_date: bool) -> Path:
    pairs = [(one, at) for one in range(series) for at in range(length)]
    if by_date:
        pairs.sort(key=lambda pair: pair[1])
    with path.open("w") as out:
        out.write("unique_id,ds,y\n")
        out.writelines(f"series {one},{at + 1},{one + at}\n" for one, at in pairs)
    return path


def test_sorted_and_unsorted_files_hold_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fanfold.forecasting.readers._reading.Spool", lambda folder: Spool(folder, held=500))
    by_series = take(lines(tmp_path / "a.csv", 40, 60, by_date=False))
    by_date = take(lines(tmp_path / "b.csv", 40, 60, by_date=True))
    assert list(by_series.series) == list(by_date.series)
    assert by_series.values("series 7") == by_date.values("series 7") == [7.0 + at for at in range(60)]
    assert by_date.count == 40


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fanfold.forecasting.readers._reading.Spool", lambda folder: Spool(folder, held=500))

    def peak(series: int) -> int:
        path = lines(tmp_path / f"{series}.csv", series, 10, by_date=True)
        tracemalloc.start()
        assert sum(1 for _ in read(path)) == series
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(1200) < 1.7 * peak(400)
