"""Sources: where a job's series come from, read one after another; what can't be read is put aside."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from fanfold.errors import Flaw, Invalid, JobRefused, NotFound, Refused
from fanfold.forecasting import Series
from fanfold.forecasting.notes import Note
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.engine_request import options
from fanfold.forecasts.job import ForecastJob, ForecastSource
from fanfold.forecasts.merge import merged
from fanfold.forecasts.series import LONGEST_NAME, from_line
from fanfold.jobs.job import JobRef
from fanfold.jobs.rejects import Rejects

LONGEST_LINE = 64 * 1024 * 1024
SHOWN_FLAWS = 3
Found = Iterator[Series | Flaw]


class Sources:
    """The series of all of a job's sources, with what was observed since if it is a later edition."""

    def __init__(self, job: ForecastJob, folder: Path, backend: ForecastBackend) -> None:
        self._job, self._path, self._backend = job, folder / "source", backend
        self.rejects = Rejects(folder / "rejected.jsonl")
        self.notes: list[Note] = []

    def __iter__(self) -> Iterator[Series]:
        """Raises JobRefused if a source is gone, too large or can't be read at all."""
        read = chain.from_iterable(map(self._read, self._sources()))
        for each in map(_named, merged(self._job, read, self._backend)):
            if isinstance(each, Flaw):
                self.rejects.add(each)
            else:
                yield each

    def close(self) -> None:
        self.rejects.close()

    def nothing(self) -> str:
        """Why there is no series."""
        if not self.rejects.count:
            return "its input is empty"
        first = self.rejects.samples[0]
        place = f"line {first['line']}: " if "line" in first else ""
        return f"none of its series can be read; {place}{first['detail']}"

    def _sources(self) -> tuple[ForecastSource, ...]:
        """A later edition starts from the first one's chunks: the file that was handed in need not be kept."""
        if self._job.edition_of is None:
            return self._job.sources
        try:
            first = self._backend.jobs.get(JobRef(tenant=self._job.tenant, job=self._job.edition_of))
        except NotFound as error:
            raise JobRefused(f"forecast {self._job.edition_of}, which it is an edition of, is gone") from error
        return tuple(ForecastSource(key=first.ref.chunk_key(chunk)) for chunk in range(first.chunks)) or first.sources

    def _read(self, source: ForecastSource) -> Found:
        try:
            yield from self._file(source.key, source.filename) if source.filename else self._lines(source.key)
            if source.version not in (None, self._backend.blobs.version(source.key)):
                raise JobRefused(
                    f"{source.filename} was changed after it was handed in: send it with a form of its own"
                )
        except KeyError as missing:
            raise JobRefused(f"its input {missing} is gone") from missing
        except Refused as error:
            raise JobRefused(f"{source.filename}: {_said(error)}") from error

    def _lines(self, key: str) -> Found:
        """Each name once: results are asked for by it."""
        seen: set[str] = set()
        for place, one in enumerate(map(from_line, self._backend.blobs.lines(key, LONGEST_LINE)), 1):
            if one.name in seen:
                yield Flaw(field=one.name, line=place, detail="a series of this name came before")
            else:
                seen.add(one.name)
                yield one

    def _file(self, key: str, filename: str) -> Found:
        """Read by way of `/tmp`: some formats have to be jumped about in. Raises Refused."""
        size, most = self._backend.blobs.size(key), self._backend.settings.max_upload_bytes
        if size > most:
            raise Invalid(f"it has {size:,} bytes, and may have {most:,}")
        self._backend.blobs.fetch(key, self._path)
        for each in self._backend.read(self._path, filename, options(self._job.config)):
            if not isinstance(each, Note):
                yield each
            elif each not in self.notes:
                self.notes.append(each)


def _named(each: Series | Flaw) -> Series | Flaw:
    """A name can be asked for by URL and lies in the lists: it has a length."""
    if isinstance(each, Flaw) or len(each.name) <= LONGEST_NAME:
        return each
    return Flaw(
        field=each.name[:40] + "…", detail=f"a name has up to {LONGEST_NAME} characters, not {len(each.name):,}"
    )


def _said(error: Refused) -> str:
    places = "; ".join(f"line {flaw.line}: {flaw.detail}" for flaw in error.flaws[:SHOWN_FLAWS] if flaw.line)
    return f"{error.detail} ({places})" if places else error.detail
