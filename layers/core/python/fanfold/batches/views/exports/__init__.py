"""Forms that results can be had in besides JSONL. Each module in this package is one, found under its file's name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from pydantic_core import to_json

from fanfold import plugins
from fanfold.batches.model.result import Result
from fanfold.batches.views.exports._columns import ResultRow
from fanfold.batches.views.shapes import EndedBatch, Line


@runtime_checkable
class Export(Protocol):
    """One form of a table."""

    light: bool
    """Whether every function can write it: it needs nothing that only the layer `tables` has."""

    def parts(self, rows: Iterable[ResultRow], columns: Sequence[str] = ()) -> Iterator[bytes]:
        """The file, a few megabytes at a time; `columns` are those of the input that are kept."""


@runtime_checkable
class LineExport(Protocol):
    """A form of a line for each result, or for some of them: those of the providers' own batch files."""

    light: bool
    rejected: bool
    """Whether the lines that were not taken have one as well."""

    def wants(self, result: Result) -> bool:
        """Whether the result is among them."""

    def line(self, result: Result, batch: EndedBatch) -> Line:
        """The result's line, as JSON."""


@runtime_checkable
class ResultExport(Protocol):
    """A form that is made of results whole."""

    light: bool
    rejected: bool

    def parts_of(self, results: Iterable[Result]) -> Iterator[bytes]:
        """The file, a few megabytes at a time."""


AnyExport = Export | LineExport | ResultExport
BLOCK = 1024 * 1024


def lines(made: LineExport, results: Iterable[Result], batch: EndedBatch) -> Iterator[bytes]:
    """The file, about a megabyte at a time."""
    block = bytearray()
    for result in filter(made.wants, results):
        block += to_json(made.line(result, batch)) + b"\n"
        if len(block) > BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def names() -> tuple[str, ...]:
    """Every form there is."""
    return plugins.names(__name__)


def export(name: str) -> AnyExport:
    """The form of that name. Raises KeyError."""
    made: AnyExport = plugins.load(__name__, name)()
    return made
