"""Whatever bytes come under whatever name: series, flaws, or one refusal."""

import json
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.errors import Refused
from fanfold.forecasting import Series, forecast
from fanfold.forecasting.readers import read
from tests.examples import examples
from tests.unit.forecasting.readers.test_formats import parquet_of, saved, workbook, zipped

NAMES = st.sampled_from(["x.csv", "x.json", "x.jsonl", "x.xlsx", "x.parquet", "x.zip", "x", "x.txt"])
WORDS = (
    *("series_name", "date", "value", "ds", "y", "group", "a", "b", "", " ", '"', "1", "1.5", "1,5", "-", "NaN", "é"),
    *(
        "销量",
        "2024-01-01",
        "1/2/2024",
        "31/12/2024",
        "Jan 2024",
        "V1",
        "V2",
        "202401",
        "1e400",
        "=A1",
        "\x00",
        "\ud800",
    ),
)
CELLS = st.sampled_from(WORDS)
TABLES = st.builds(
    lambda rows, comma: "\n".join(comma.join(row) for row in rows).encode(errors="replace"),
    st.lists(st.lists(CELLS, max_size=5), max_size=8),
    st.sampled_from(",;\t|"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | CELLS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CELLS, inner, max_size=4),
    max_leaves=12,
)


def taken(body: bytes, name: str) -> list[Series]:
    found: list[Series] = []
    with suppress(Refused):
        found = [one for one in read(BytesIO(body), name) if isinstance(one, Series)]
    assert all(one.name and len(one.values) == len(one.values if one.dates is None else one.dates) for one in found)
    return found


@settings(max_examples=examples(150), deadline=None)
@given(st.binary(max_size=200) | TABLES, NAMES)
def test_bytes(body: bytes, name: str) -> None:
    taken(body, name)


@settings(max_examples=examples(150), deadline=None)
@given(VALUES)
def test_json(value: object) -> None:
    for result in forecast(taken(json.dumps(value).encode(), "x.json"), horizon=1):
        assert np.isfinite(result.mean).all()


@settings(max_examples=examples(150), deadline=None)
@given(TABLES)
def test_tables_and_their_forecasts(body: bytes) -> None:
    for result in forecast(taken(body, "x.csv"), horizon=2):
        assert result.status == "failed" or len(result.mean) == 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("x.xlsx", saved(workbook(("name", "date", "value"), ("a", "2024-01-01", 1), ("a", "2024-01-02", 2)))),
        ("x.parquet", parquet_of(unique_id=["a", "a"], ds=["2024-01-01", "2024-01-02"], y=[1.0, 2.0])),
        ("x.zip", zipped(a_dot_csv="name,date,value\na,2024-01-01,1\n" * 20)),
        ("x.json", b'{"a": [1, 2, 3], "b": {"values": [1, 2], "dates": ["2024-01-01", "2024-01-02"]}}'),
    ],
)
def test_damaged_files(name: str, body: bytes) -> None:
    draw = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(body)
        for place in draw.integers(0, len(damaged), 3):
            damaged[place] = draw.integers(0, 256)
        taken(bytes(damaged[: draw.integers(1, len(damaged) + 1)] if draw.random() < 0.5 else damaged), name)
