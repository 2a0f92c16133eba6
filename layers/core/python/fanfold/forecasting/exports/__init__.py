"""Forms that forecasts can be had in. Each module in this package is one, found under its file's name.

`export` takes results from memory, from `stream`, or read back from stored records: the bytes are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO, Protocol

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.forecasting import texts
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import rounded
from fanfold.forecasting.result import SeriesForecast


@dataclass(frozen=True)
class Details:
    """What a form says about the portfolio as a whole; whatever is None is left out or found in the results.

    `levels` are the intervals' columns, in percent; `language` is one of `texts.names()`; `created_at` is an ISO date
    or time, shown as it is: no form looks at a clock, so the same results give the same bytes.
    """

    title: str | None = None
    horizon: int | None = None
    levels: tuple[int, ...] | None = None
    language: str | None = None
    preset: str | None = None
    created_at: str | None = None
    notes: Sequence[Note] = ()
    """What was decided about the input; it may grow until the last result has come."""


class ForecastExport(Protocol):
    """One form of the results."""

    content_type: str
    extension: str
    light: bool
    """Whether it needs nothing but the standard library and NumPy."""

    def write(self, results: Iterable[SeriesForecast], out: BinaryIO, details: Details) -> None:
        """Write the whole file, taking each result once."""


def names() -> tuple[str, ...]:
    """Every form there is."""
    return plugins.names(__name__)


def form(name: str) -> ForecastExport:
    """The form of that name. Raises Invalid."""
    try:
        found: ForecastExport = plugins.load(__name__, name)
    except KeyError:
        raise Invalid(f"there is no format {name!r}; there are {', '.join(names())}", field="format") from None
    return found


def export(format: str, results: Iterable[SeriesForecast], out: BinaryIO, details: Details | None = None) -> None:
    """Write the results, in their order, in that form. Series' names are taken for unique.

    Raises Invalid for an unknown format or language.
    """
    chosen, said = form(format), details or Details()
    texts.language(said.language)
    chosen.write(map(_writable, results), out, said)


def levels(results: Iterable[SeriesForecast], details: Details) -> tuple[tuple[int, ...], Iterable[SeriesForecast]]:
    """The levels that get columns, those of the first result that has any, and the results again.

    Only results without intervals are held back until then: failed ones, which are small.
    """
    if details.levels is not None:
        return details.levels, results
    waiting: list[SeriesForecast] = []
    rest = iter(results)
    for one in rest:
        waiting.append(one)
        if one.intervals or one.status != "failed":
            return tuple(sorted(one.intervals)), chain(waiting, rest)
    return (), waiting


def day(result: SeriesForecast, step: int) -> str:
    """The date of a step (counted from 0), empty where the series has none."""
    return result.dates[step] if step < len(result.dates) else ""


def _writable(result: SeriesForecast) -> SeriesForecast:
    """Rounded as records are; a name with half of a surrogate pair can't be written as UTF-8: the half becomes `?`."""
    return replace(rounded(result), name=result.name.encode(errors="replace").decode())
