"""Files that mean harm: the process that reads one ends, and the job says why."""

from pathlib import Path

import pytest

from fanfold.errors import Invalid, JobRefused, TooLarge
from fanfold.forecasting import Series
from fanfold.forecasting.readers import ReadOptions
from fanfold.forecasts import reading
from fanfold.forecasts.reading import read_confined, read_file
from fanfold.jobs.identity import Caller
from tests.fakes import bombs
from tests.fakes.forecasts import FakePortfolios

OTHER = Caller(tenant="acme", correlation_id="c-2", idempotency_key="k-2")


def kept(folder: Path, body: bytes, name: str) -> Path:
    file = folder / name
    file.write_bytes(body)
    return file


def test_a_good_file_is_read_alike_by_another_process(tmp_path: Path) -> None:
    file = kept(tmp_path, bombs.workbook(), "good.xlsx")
    [mine, *notes], [theirs, *their_notes] = (
        list(read(file, file.name, ReadOptions())) for read in (read_file, read_confined)
    )
    assert isinstance(mine, Series)
    assert isinstance(theirs, Series)
    assert mine.dates is not None
    assert theirs.dates is not None
    assert (mine.name, list(mine.values), notes) == (theirs.name, list(theirs.values), their_notes)
    assert [str(day) for day in list(mine.dates)] == [str(day) for day in list(theirs.dates)]


def test_merged_cells_over_each_other_are_refused_at_once(tmp_path: Path) -> None:
    file = kept(tmp_path, bombs.merged(3000), "bad.xlsx")
    with pytest.raises(Invalid, match="merged cells lie over each other"):
        list(read_confined(file, file.name, ReadOptions()))


def test_what_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_SECONDS", 1)
    file = kept(tmp_path, bombs.parquet(3_000_000), "bad.parquet")
    with pytest.raises(TooLarge, match="over 1 seconds of computing"):
        list(read_confined(file, file.name, ReadOptions()))


def test_the_job_fails_with_the_reason_and_others_go_on() -> None:
    cloud = FakePortfolios(read=read_confined)
    bad = cloud.create_from(cloud.upload(bombs.merged(3000), "bad.xlsx"))
    with pytest.raises(JobRefused, match=r"bad\.xlsx: the sheet's merged cells"):
        cloud.run(bad)
    good = cloud.run(cloud.create_from(cloud.upload(bombs.workbook(), "good.xlsx"), caller=OTHER))
    assert (good.error, len(cloud.history(good, "a"))) == (None, 40)
