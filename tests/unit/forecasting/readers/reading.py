"""What a source holds, taken apart: series by name, flaws by line, notes."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from fanfold.errors import Flaw
from fanfold.forecasting import Series
from fanfold.forecasting.readers import ReadOptions, read


class Taken(NamedTuple):
    series: dict[str, Series]
    flaws: list[tuple[int | None, str | None, str]]
    notes: list[str]
    count: int | None  # type: ignore[assignment]

    def values(self, name: str) -> list[float | None]:
        return [None if np.isnan(value) else float(value) for value in self.series[name].values]

    def dates(self, name: str) -> list[str] | None:
        dates = self.series[name].dates
        if dates is None:
            return None
        return [str(date).removesuffix("T00:00:00") for date in dates]


def take(source: "str | bytes | Path | BinaryIO", name: str = "file.csv", **options: Any) -> Taken:
    """Read everything. Texts are UTF-8."""
    body = source.encode() if isinstance(source, str) else source
    reading = read(BytesIO(body) if isinstance(body, bytes) else body, name, ReadOptions(**options))
    found = list(reading)
    series = [one for one in found if isinstance(one, Series)]
    flaws = [(one.line, one.field, one.detail) for one in found if isinstance(one, Flaw)]
    assert len({one.name for one in series}) == len(series)
    return Taken({one.name: one for one in series}, flaws, [note.detail for note in reading.notes], reading.count)


class Pipe(BytesIO):
    """A stream that can only be read forwards, as an object's body is."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError("not seekable")

    def tell(self) -> int:
        raise OSError("not seekable")


MONTHS = [f"{year}-{month:02}" for year in (2021, 2022, 2023) for month in range(1, 13)]
"""Three years of months."""


def table(header: str, rows: "Iterable[Iterable[object]]", mark: str = ",") -> str:
    """A CSV with that header, whose names stand between commas."""
    lines = [header.replace(",", mark), *(mark.join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"


def codes(source: str | bytes, name: str = "file.csv", **options: Any) -> list[str]:
    """The codes of what was decided."""
    body = source.encode() if isinstance(source, str) else source
    reading = read(BytesIO(body), name, ReadOptions(**options))
    list(reading)
    return sorted({note.code for note in reading.notes})
