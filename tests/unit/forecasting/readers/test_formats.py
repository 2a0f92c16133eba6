"""Excel, Parquet, JSON, folders and zips."""

import json
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from fanfold.errors import Invalid, TooLarge
from fanfold.forecasting.readers import _sources, formats
from tests.unit.forecasting.readers.reading import Pipe, take

LONG = [("a", date(2024, 1, 1), 1.0), ("b", date(2024, 1, 1), 2.0), ("a", date(2024, 2, 1), 3.0)]


def workbook(*rows: "tuple[object, ...]", **sheets: "list[tuple[object, ...]]") -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    return book


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def parquet_of(**columns: Any) -> bytes:
    out = BytesIO()
    parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


def zipped(**files: "bytes | str") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("_in_", "/").replace("_dot_", "."), body)
    return out.getvalue()


def test_each_format_is_a_file() -> None:
    assert formats() == ("csv", "json", "parquet", "xlsx")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("x.xlsx", saved(workbook(("series_name", "date", "value"), *LONG))),
        ("x.parquet", parquet_of(unique_id=[r[0] for r in LONG], ds=[r[1] for r in LONG], y=[r[2] for r in LONG])),
        ("x.json", json.dumps([{"name": n, "date": str(d), "value": v} for n, d, v in LONG]).encode()),
        ("x.jsonl", "\n".join(json.dumps({"id": n, "ds": str(d), "y": v}) for n, d, v in LONG).encode()),
        ("x.csv", "\n".join(["name,date,value", *(f"{n},{d},{v}" for n, d, v in LONG)]).encode()),
    ],
)
def test_the_same_portfolio_in_every_format(name: str, body: bytes) -> None:
    for source in (BytesIO(body), Pipe(body)):
        found = take(source, name)
        assert (found.values("a"), found.values("b"), found.flaws) == ([1.0, 3.0], [2.0], [])
        assert found.dates("a") == ["2024-01-01", "2024-02-01"]
    assert take(body, "nameless").values("a") == [1.0, 3.0]


def test_sheets_titles_and_serial_dates() -> None:
    rows = [("Sales of the year",), (), ("date", "A"), (45292, 5), (45293, 6)]
    found = take(saved(workbook(*rows)), "x.xlsx")
    assert (found.dates("A"), found.values("A")) == (["2024-01-01", "2024-01-02"], [5.0, 6.0])
    book = workbook(("date", "value"), (datetime(2024, 1, 1), 5), north=[("date", "value"), (datetime(2024, 1, 1), 6)])
    assert {name: found.values(name) for found in [take(saved(book), "x.xlsx")] for name in found.series} == {
        "Sheet": [5.0],
        "north": [6.0],
    }
    assert list(take(saved(book), "x.xlsx", sheet="north").series) == ["x"]
    with pytest.raises(Invalid, match="no sheet 'south'; there are Sheet, north"):
        take(saved(book), "x.xlsx", sheet="south")
    book["north"].sheet_state = "hidden"
    assert list(take(saved(book), "x.xlsx").series) == ["x"]


def test_merged_cells_hold_for_all_they_cover() -> None:
    book = workbook(("name", "date", "value"), ("a", date(2024, 1, 1), 1), (None, date(2024, 2, 1), 2))
    book.active.merge_cells("A2:A3")
    assert take(saved(book), "x.xlsx").values("a") == [1.0, 2.0]


def test_a_formula_without_its_value_is_a_flaw_of_its_row() -> None:
    book = workbook(("name", "date", "value"), ("a", date(2024, 1, 1), 1), ("a", date(2024, 2, 1), "=C2*2"))
    found = take(saved(book), "x.xlsx")
    assert found.values("a") == [1.0]
    assert found.flaws == [(3, None, "cell C3 holds a formula without its value: save it in Excel")]


def test_excels_errors_are_missing_values_and_numbers_are_names() -> None:
    book = workbook(("name", "date", "value"), (17, date(2024, 1, 1), "#N/A"), (17.0, date(2024, 2, 1), True))
    assert take(saved(book), "x.xlsx").values("17") == [None, 1.0]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("x.xlsx", b"PK\x03\x04 and no more", "no workbook"),
        ("x.xls", b"\xd0\xcf\x11\xe0old", "save it as .xlsx"),
        ("x.xlsx", saved(Workbook()), "nothing in the workbook"),
        ("x.parquet", b"PAR1 and no more", "no Parquet"),
        ("x.parquet", parquet_of(unique_id=[], y=[]), "no rows"),
        ("x.zip", b"PK\x03\x04 and no more", "damaged"),
        ("x.zip", b"series_name,date,value", "no zip"),
        ("x.json", b"", "nothing in the file"),
        ("x.json", b'{"a": [1, 2', "not JSON in line 1"),
        ("x.json", b"[" * 100_000, "nested too deeply"),
        ("x.json", "é".encode("latin-1"), "not utf-8"),
        ("x.csv", b"name,date,value\n" + b"a" * (9 * 1024 * 1024), "line 2 is longer"),
    ],
)
def test_damaged_files_say_what_they_are_not(name: str, body: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        take(body, name)


def test_parquet_of_other_types() -> None:
    stamps = pyarrow.array([datetime(2024, 1, 1, 6), datetime(2024, 1, 1, 7)], pyarrow.timestamp("ns", "UTC"))
    names = pyarrow.array(["a", "a"]).dictionary_encode()
    values = pyarrow.array([None, 5], pyarrow.decimal128(10, 2))
    found = take(parquet_of(unique_id=names, ds=stamps, y=values), "x.parquet")
    assert (found.dates("a"), found.values("a")) == (["2024-01-01T06:00:00", "2024-01-01T07:00:00"], [None, 5.0])


@pytest.mark.parametrize(
    "document",
    [
        {"a": [1, 2], "b": [3, None]},
        {"a": {"values": [1, 2]}, "b": {"y": [3, None]}},
        {"series": {"a": [1, 2], "b": [3, None]}},
        {"series": [{"name": "a", "values": [1, 2]}, {"name": "b", "values": [3, None]}]},
        [{"unique_id": "a", "y": [1, 2]}, {"unique_id": "b", "y": [3, None]}],
        {"data": [{"id": name, "value": value} for name, value in (("a", 1), ("a", 2), ("b", 3), ("b", None))]},
        {"version": 1, "series": {"a": [1, 2], "b": [3, None]}},
    ],
)
def test_json_without_dates(document: object) -> None:
    for body in (json.dumps(document), json.dumps(document, indent=2)):
        found = take(body, "x.json")
        assert (found.values("a"), found.values("b")) == ([1.0, 2.0], [3.0, None])
        assert found.dates("a") is None


@pytest.mark.parametrize(
    "document",
    [
        {"a": {"2024-01-01": 1, "2024-02-01": 2}},
        {"a": [["2024-01-01", 1], ["2024-02-01", 2]]},
        {"a": [{"date": "2024-01-01", "value": 1}, {"date": "2024-02-01", "value": 2}]},
        {"series": [{"name": "a", "values": [1, 2], "dates": ["2024-01-01", "2024-02-01"]}]},
        [{"date": "2024-01-01", "a": 1}, {"date": "2024-02-01", "a": 2}],
    ],
)
def test_json_with_dates(document: object) -> None:
    found = take(json.dumps(document), "x.json")
    assert (found.values("a"), found.dates("a")) == ([1.0, 2.0], ["2024-01-01", "2024-02-01"])


def test_bad_parts_of_json_are_named_and_the_rest_is_read() -> None:
    body = '{"a": [1, NaN], "b": 5, "c": {"values": [1, 2], "dates": ["2024-01-01"]}, "d": {"x": "y"}}'
    found = take(body, "x.json")
    assert found.values("a") == [1.0, None]
    assert [flaw[1] for flaw in found.flaws] == ["b", "c", "value"]
    assert [found.values(name) for name in "bcd"] == [[None]] * 3
    lines = take('{"id": "a", "y": 1}\n{"id": "a", "y":\n[]\n{"id": "a", "y": 2}\n', "x.jsonl")
    assert lines.values("a") == [1.0, 2.0]
    assert [(flaw[0], flaw[2][:8]) for flaw in lines.flaws] == [(2, "not JSON"), (3, "the reco")]
    broken = take('[{"id": "a", "y": 1}, {"id": "a", "y": 2}, {"id"', "x.json")
    assert (broken.values("a"), broken.flaws[0][0]) == ([1.0, 2.0], 1)


def test_a_folder_has_a_file_for_each_series(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "a.csv").write_text("date,sales\n2024-01-01,1\n")
    (tmp_path / "north" / "a.csv").write_text("date,sales\n2024-01-01,2\n")
    (tmp_path / "b.json").write_text("[3]")
    (tmp_path / "c.csv").write_text("date,sales\n")
    (tmp_path / "d.csv").write_text("date,sales\n2024-01-01,much\n")
    (tmp_path / "notes.doc").write_text("hello")
    (tmp_path / ".hidden.csv").write_text("no")
    found = take(tmp_path)
    assert {name: found.values(name) for name in found.series} == {
        "a": [1.0],
        "b": [3.0],
        "north/a": [2.0],
        "d": [None],
    }
    said = " / ".join(flaw[2] for flaw in found.flaws)
    assert "c.csv: no row follows the header" in said
    assert "'much' is no number" in said
    assert "left out" in said


def test_an_empty_folder_says_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"\.parquet"):
        take(tmp_path)


def test_years_of_one_series_in_several_files_come_together() -> None:
    body = zipped(y2023_dot_csv="name,date,value\na,2023-12-01,1\n", y2024_dot_csv="name,date,value\na,2024-01-01,2\n")
    assert take(body, "x.zip").values("a") == [1.0, 2.0]


def test_a_zip_holds_any_formats_and_its_bad_entries_are_named() -> None:
    book = saved(workbook(("date", "value"), (date(2024, 1, 1), 7)))
    body = zipped(
        a_dot_csv="date,value\n2024-01-01,1\n",
        sub_in_b_dot_xlsx=book,
        c_dot_parquet=b"no",
        d_dot_pdf=b"no",
        **{"__MACOSX/a.csv": "x"},
    )
    for source in (BytesIO(body), Pipe(body)):
        found = take(source, "x.zip")
        assert (found.values("a"), found.values("sub/b")) == ([1.0], [7.0])
        said = " / ".join(flaw[2] for flaw in found.flaws)
        assert "c.parquet: this is no Parquet" in said
        assert "the entry is left out" in said


def test_zip_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(a_dot_csv=b"date,value\n" + b"0" * (70 * 1024 * 1024))
    with pytest.raises(TooLarge, match="times its size"):
        take(bomb, "x.zip")
    with pytest.raises(TooLarge, match="times its size"):
        take(zipped(a_dot_xml=b"0" * (70 * 1024 * 1024)), "x.xlsx")
    monkeypatch.setattr(_sources, "MOST_ENTRIES", 1)
    with pytest.raises(TooLarge, match="2 entries"):
        take(zipped(a_dot_csv=b"1", b_dot_csv=b"2"), "x.zip")
    monkeypatch.setattr(_sources, "MOST_BYTES", 100)
    with pytest.raises(TooLarge, match="unpacks to 200 bytes"):
        take(zipped(a_dot_csv=b"1" * 200), "x.zip")


def test_a_format_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("[1, 2]")
    assert take(tmp_path / "odd", "odd").values("odd") == [1.0, 2.0]
    with pytest.raises(Invalid, match="no format 'sas'"):
        take(b"x", "x", format="sas")
