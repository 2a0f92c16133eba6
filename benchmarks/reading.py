"""What a row of a file costs to be read into series, beside pyarrow's CSV reader, which judges nothing.

usage: python -m benchmarks.reading [ROWS]
"""

import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from fanfold.forecasting import Series
from fanfold.forecasting.readers import read

LENGTH = 100
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


def main(rows: int = 1_000_000) -> None:
    from pyarrow import csv

    random.seed(1)
    table = Table(
        "file", "us a row", "pyarrow", "MB at most", title=f"Reading {rows:,} observations (best of {ROUNDS})"
    )
    with TemporaryDirectory() as folder:
        for name, lines in FILES.items():
            path, series = Path(folder) / "file.csv", rows // LENGTH
            path.write_text("\n".join(lines(series)) + "\n")
            mine = best(lambda path=path, series=series: ours(path, series))  # type: ignore[misc]
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            delimiter = ";" if name == "German" else ","
            options = csv.ParseOptions(delimiter=delimiter)
            theirs = best(lambda path=path, options=options: csv.read_csv(path, parse_options=options))  # type: ignore[misc]
            table.add_row(name, f"{mine / rows * 1e6:.2f}", f"{theirs / rows * 1e6:.2f}", f"{memory:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
