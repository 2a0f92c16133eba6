"""What a row of a file costs to be read into series, beside pyarrow's CSV reader, which judges nothing."""

import random
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pyarrow import csv

from fanfold.forecasting import Series
from fanfold.forecasting.readers import read
from tools.measure import Bar, Size

TITLE = "Reading a row of a file"
LENGTH = 100
MOST = 1.5
"""Microseconds of CPU a row."""
ROUNDS = 3
Line = tuple[str, str, str]


def months() -> Iterator[str]:
    yield from (f"{2015 + at // 12}-{at % 12 + 1:02}-01" for at in range(LENGTH))


def plain(series: int) -> Iterator[str]:
    yield "series_name,date,value"
    yield from (f"item-{one},{day},{random.random() * 1000:.2f}" for one in range(series) for day in months())


def by_date(series: int) -> Iterator[str]:
    yield "series_name,date,value"
    yield from (f"item-{one},{day},{random.randrange(1000)}" for day in months() for one in range(series))


def german(series: int) -> Iterator[str]:
    yield "Artikel;Datum;Menge"
    for one in range(series):
        for day in months():
            year, month, _ = day.split("-")
            value = f"{random.randrange(1, 9)}.{random.randrange(1000):03},{random.randrange(10)}"
            yield f"Teil {one};01.{month}.{year};{value}"


def keys(series: int) -> Iterator[str]:
    yield "region,store,sku,date,promo,qty"
    for one in range(series):
        for day in months():
            yield f"R{one % 4},{one % 50},{one},{day},{random.randrange(2)},{random.randrange(90)}"


def wide(series: int) -> Iterator[str]:
    yield "sku," + ",".join(months())
    yield from (f"item-{one}," + ",".join(str(random.randrange(999)) for _ in range(LENGTH)) for one in range(series))


FILES = {"long, by series": plain, "long, by date": by_date, "German": german, "three keys": keys, "wide": wide}


def best(step: Callable[[], object]) -> float:
    """The shortest CPU time of a few rounds, in seconds."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        step()
        seconds.append(time.process_time() - began)
    return min(seconds)


def ours(path: Path, expected: int) -> None:
    found = sum(isinstance(one, Series) for one in read(path))
    if found != expected:
        raise SystemExit(f"{found} series of {expected}")


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """Each kind of file in a process of its own, beside pyarrow's reader."""
    rows = size.of(smoke=3_000, small=300_000, full=1_000_000)
    with TemporaryDirectory() as folder:
        for name, lines in FILES.items():
            random.seed(seed)
            path, series = Path(folder) / "file.csv", rows // LENGTH
            path.write_text("\n".join(lines(series)) + "\n")
            mine = best(partial(ours, path, series)) / rows * 1e6
            theirs = best(partial(peer, path, ";" if name == "German" else ",")) / rows * 1e6
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            figure = f"{mine:.2f} µs a row, pyarrow {theirs:.2f}; {memory:.0f} MB at most"
            yield Bar(f"{name}, {rows:,} observations", figure, f"≤ {MOST} µs", mine <= MOST)


def peer(path: Path, delimiter: str) -> None:
    csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=delimiter))
