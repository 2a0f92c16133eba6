"""Forms that forecasts can be had in. Each module in this package is one, found under its file's name.

`export` takes results from memory, from `stream`, or read back from stored records: the bytes are the same.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import islice
from typing import BinaryIO, Protocol

from fanfold import plugins
from fanfold.cells import harmless_texts
from fanfold.errors import Invalid
from fanfold.forecasting import texts
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import Record, from_record, to_record
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import Words

BLOCK = 50
"""Results that are written at a time."""


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


@dataclass(frozen=True)
class ForecastBlock:
    """Results that are written together, as they are stored and as the engine gives them."""

    records: Sequence[Record]
    results: Sequence[SeriesForecast]
    levels: tuple[int, ...]
    language: str | None

    @cached_property
    def words(self) -> list[Words]:
        """What each means."""
        return texts.words(self.results, self.language)

    @cached_property
    def named(self) -> list[tuple[str, str]]:
        """The name and the model of each, so that no spreadsheet takes them for formulas."""
        cells = harmless_texts([text for one in self.results for text in (one.name, one.model_selected)])
        return list(zip(cells[::2], cells[1::2], strict=True))

    @cached_property
    def days(self) -> list[list[str]]:
        """The date of each step, empty where there is none."""
        return [[*record["dates"], *[""] * len(record["mean"])][: len(record["mean"])] for record in self.records]

    @cached_property
    def columns(self) -> list[list[list[float | None]]]:
        """The forecast of each, then the low and the high side of each level; None where there is none."""
        return [[record["mean"], *_sides(record, self.levels)] for record in self.records]


Add = Callable[[ForecastBlock], None]
AddRecords = Callable[[Sequence[Record]], None]


class ForecastExport(Protocol):
    """One form of the results."""

    @property
    def content_type(self) -> str: ...

    @property
    def extension(self) -> str: ...

    @property
    def light(self) -> bool:
        """Whether it needs nothing but the standard library and NumPy."""
        ...

    def open(self, out: BinaryIO, details: Details) -> AbstractContextManager[Add]:
        """A file that takes block after block; `details` have levels. It is whole when the context is left."""


@cache
def names() -> tuple[str, ...]:
    """Every form there is."""
    return plugins.names(__name__)


@cache
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
    rest = iter(results)
    with opened([(form(format), out)], details or Details()) as add:
        while block := [_record(one) for one in islice(rest, BLOCK)]:
            add(block)


@contextmanager
def opened(
    outs: Iterable[tuple[ForecastExport, BinaryIO]], details: Details
) -> Iterator[Callable[[Sequence[Record]], None]]:
    """Files of several forms, written in one pass: what takes records, some at a time. Raises Invalid.

    The files are whole when the context is left. Where the details have no levels, those of the first result that has
    any get columns; only results without intervals are held back until then: failed ones, which are small.
    """
    texts.language(details.language)
    with ExitStack() as stack:
        files = _OpenFiles(outs, details, stack)
        yield files.add
        files.end()


class _OpenFiles:
    """Files that are opened when it is known which levels get columns."""

    def __init__(self, outs: Iterable[tuple[ForecastExport, BinaryIO]], details: Details, stack: ExitStack) -> None:
        self._outs, self._details, self._stack = outs, details, stack
        self._waiting: list[Record] = []
        self._adds: list[Add] = []
        self._levels = details.levels
        if self._levels is not None:
            self._open(self._levels)

    def add(self, records: Sequence[Record]) -> None:
        telling = (one for one in records if one["intervals"] or one["status"] != "failed")
        if self._levels is None and (first := next(telling, None)):
            self._open(tuple(sorted(map(int, first["intervals"]))))
            self._write(self._waiting)
        if self._levels is None:
            self._waiting += records
        else:
            self._write(records)

    def end(self) -> None:
        if self._levels is None:
            self._open(())
            self._write(self._waiting)

    def _open(self, levels: tuple[int, ...]) -> None:
        self._levels, details = levels, replace(self._details, levels=levels)
        self._adds = [self._stack.enter_context(form.open(out, details)) for form, out in self._outs]

    def _write(self, records: Sequence[Record]) -> None:
        levels = self._levels or ()
        block = ForecastBlock(records, [from_record(one) for one in records], levels, self._details.language)
        for add in self._adds:
            add(block)


def _record(result: SeriesForecast) -> Record:
    """A name with half of a surrogate pair can't be written as UTF-8: the half becomes `?`."""
    return to_record(result) | {"name": result.name.encode(errors="replace").decode()}


def _sides(record: Record, levels: tuple[int, ...]) -> Iterator[list[float | None]]:
    for level in levels:
        interval = record["intervals"].get(str(level), {})
        yield from (interval.get(side) or [None] * len(record["mean"]) for side in ("low", "high"))
