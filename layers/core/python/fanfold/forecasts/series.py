"""Series as lines of JSON: what inline input, chunk objects and observations are kept as."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import blake2b
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from fanfold.errors import Flaw
from fanfold.forecasting import Series, Supply
from fanfold.forecasting.lent import Lent

LONGEST_NAME = 512
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]


class GivenSupply(BaseModel):
    """Stock on hand and on order, the lot and the least quantity to order, in the series' unit."""

    model_config = ConfigDict(extra="forbid")

    on_hand: FiniteFloat = 0.0
    on_order: FiniteFloat = 0.0
    lot_size: Annotated[FiniteFloat, Field(gt=0)] | None = None
    minimum_order: Annotated[FiniteFloat, Field(ge=0)] | None = None


class GivenSeries(BaseModel):
    """A series as the API takes it: values in order, null where one is missing, and a date for each if there are."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    values: list[FiniteFloat | None]
    dates: list[str] | None = None
    group: Name | None = None
    """Series of one group are fitted together, where the model makes something of it (VAR)."""
    supply: GivenSupply | None = None
    """Stock and how it is bought: stock advice then says how much to order."""

    @property
    def series(self) -> Series:
        """As the engine takes it."""
        supply = None if self.supply is None else Supply(**self.supply.model_dump())
        return Series(self.name, self.values, self.dates, self.group, supply)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.dates is not None and len(self.dates) != len(self.values):
            raise ValueError(f"there are {len(self.dates)} dates for {len(self.values)} values")
        return self


def to_line(one: Series) -> bytes:
    """One line of JSON with its end."""
    said: dict[str, Any] = {
        "name": one.name,
        "values": _values(one.values),
        "dates": _dates(one.dates),
        "group": one.group,
    }
    if one.supply is not None:
        said["supply"] = asdict(one.supply)
    if one.lent is not None:
        said["lent"] = asdict(one.lent)
    said |= {"frequency": one.frequency} if one.frequency else {}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Series:
    """The series again."""
    said = json.loads(line)
    dates = said["dates"]
    if dates and isinstance(dates[0], int):
        dates = np.array(dates, dtype=np.int64)
    supply = Supply(**said["supply"]) if "supply" in said else None
    lent = said.get("lent")
    borrowed = Lent(**lent | {"factors": tuple(lent["factors"])}) if lent else None
    return Series(said["name"], said["values"], dates, said["group"], supply, said.get("frequency"), borrowed)


def parse(given: Iterable[Any]) -> Iterator[GivenSeries | Flaw]:
    """What callers sent, series by series; `line` is the place in the list, from 1."""
    from pydantic import ValidationError

    from fanfold.problems import flaws

    for place, each in enumerate(given, 1):
        try:
            yield GivenSeries.model_validate(each)
        except ValidationError as error:
            yield from flaws(error, line=place)


def digest(line: bytes, config: bytes) -> str:
    """What a series' result depends on: its line and the configuration's digest."""
    return blake2b(line, key=config, digest_size=12).hexdigest()


def _values(values: Any) -> list[float | None]:
    found = np.asarray([np.nan if value is None else value for value in values], dtype=float)
    return [None if value != value else _short(value) for value in found.tolist()]


def _short(value: float) -> float | int:
    """Whole numbers without their `.0`: a line is mostly numbers."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _dates(dates: Any) -> list[Any] | None:
    if dates is None:
        return None
    if isinstance(dates, np.ndarray) and dates.dtype.kind == "M":
        midnight = dates.astype("datetime64[D]")
        return [str(day) for day in (midnight if (midnight == dates).all() else dates)]
    return [int(each) if isinstance(each, (int, np.integer)) else str(each) for each in dates]
