"""More files that mean harm, for every reader."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.chaos.hostile_inputs import Parcel
from tests.fakes import bombs, pdfs

CHEAP: dict[str, Any] = {"models_to_try": 2, "horizon": 3}
MONTHS = "name,date,value\n" + "\n".join(f"a,{2020 + at // 12}-{at % 12 + 1:02},{at}" for at in range(40))
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(12))
    + "]><worksheet>&m;</worksheet>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1"><si><t>&e;</t></si></sst>'
)


def file_parcels() -> Iterator[Parcel]:
    """All of them."""
    yield from _texts()
    yield from _books()
    yield from _others()
    yield from _requests()
    yield from _documents()


def _texts() -> Iterator[Parcel]:
    wide = ",".join(f"c{at}" for at in range(50_000)) + "\n" + ",".join(["1"] * 50_000)
    yield Parcel("50,000 columns", "a.csv", wide.encode(), "forecasts", CHEAP)
    yield Parcel("zeros inside", "a.csv", MONTHS.replace("a,2021", "a\0,2021").encode(), "forecasts", CHEAP)
    yield Parcel("half of UTF-16", "a.csv", MONTHS.encode("utf-16")[:-1], "forecasts", CHEAP)
    yield Parcel("nothing but a mark", "a.csv", b"\xef\xbb\xbf", "forecasts", CHEAP)
    yield Parcel("only commas", "a.csv", b"," * 2_000_000, "forecasts", CHEAP)
    yield Parcel("only quotes", "a.csv", b'"' * 1_000_001, "forecasts", CHEAP)
    yield Parcel("only line ends", "a.csv", b"\r\n" * 1_000_000, "forecasts", CHEAP)
    names = "name,date,value\n" + "\n".join(f"s{at},2024-01,1" for at in range(100_000))
    yield Parcel("a series a line", "a.csv", names.encode(), "forecasts", CHEAP | {"max_series": 100})
    edges = MONTHS + "\na,0001-01-01,1\na,9999-12-31,1"
    yield Parcel("dates at the edges", "a.csv", edges.encode(), "forecasts", CHEAP)
    yield Parcel("a day in eight thousand years", "a.csv", (MONTHS + "\na,8999-12-31,1").encode(), "forecasts", CHEAP)
    for option, value in (("header_row", 10**9), ("skip_rows", 10**9), ("decimal", "a"), ("delimiter", "\n")):
        yield Parcel(f"{option} of {value}", "a.csv", MONTHS.encode(), "forecasts", CHEAP | {option: value})


def _books() -> Iterator[Parcel]:
    for name, file, body in (
        ("entities of entities", "sheet1.xml", LAUGHS),
        ("a file of the machine's", "sharedStrings.xml", OUTSIDE),
        ("brackets", "sheet1.xml", "<a>" * 200_000),
        ("a million cells in a row", "sheet1.xml", _row(1_000_000)),
        ("a row at the end", "sheet1.xml", _row(3, first=1_048_576)),
    ):
        yield Parcel(name, "a.xlsx", _replaced(file, body), "forecasts", CHEAP)
    yield Parcel("sheets by the thousand", "a.xlsx", _sheets(3000), "forecasts", CHEAP)


def _row(cells: int, first: int = 1) -> str:
    inside = "".join(["<c><v>1</v></c>"] * cells)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return f'{head}<row r="{first}">{inside}</row></sheetData></worksheet>'


def _replaced(ending: str, body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bombs.workbook())) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for entry in good.infolist():
            bad.writestr(entry, body.encode() if entry.filename.endswith(ending) else good.read(entry))
    return out.getvalue()


def _sheets(number: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bombs.workbook())) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        sheet = good.read("xl/worksheets/sheet1.xml")
        for entry in good.infolist():
            body = good.read(entry)
            if entry.filename == "xl/workbook.xml":
                more = "".join(f'<sheet name="s{at}" sheetId="{at + 2}" r:id="rId1"/>' for at in range(number))
                body = body.replace(b"</sheets>", more.encode() + b"</sheets>")
            bad.writestr(entry, body)
        for at in range(number):
            bad.writestr(f"xl/worksheets/sheet{at + 2}.xml", sheet)
    return out.getvalue()


def _others() -> Iterator[Parcel]:
    names = ("../../etc/passwd.csv", "/etc/x.csv", "a\\..\\b.csv", "\u202e.csv")
    yield Parcel("names that climb", "a.zip", _zip(dict.fromkeys(names, MONTHS)), "forecasts", CHEAP)
    yield Parcel("4,000 files", "a.zip", _zip({f"{at}.csv": "a,b\n" for at in range(4000)}), "forecasts", CHEAP)
    inner = _zip({"a.csv": MONTHS})
    for _ in range(20):
        inner = _zip({"a.zip": inner})
    yield Parcel("zips in zips", "a.zip", inner, "forecasts", CHEAP)
    yield Parcel("the end cut off", "a.zip", _zip({"a.csv": MONTHS})[:-30], "forecasts", CHEAP)
    yield Parcel("a name, twice", "a.json", b'{"a": [1, 2], "a": [3, 4]}', "forecasts", CHEAP)
    yield Parcel("1e999", "a.json", b'{"a": [1, 2, 1e999, NaN, -Infinity]}', "forecasts", CHEAP)
    yield Parcel("a number, no list", "a.json", b"7", "forecasts", CHEAP)
    yield Parcel("a name of 1 MB", "a.json", json.dumps({"n" * 1_000_000: [1, 2, 3]}).encode(), "forecasts", CHEAP)
    good = bombs.parquet(1000)
    yield Parcel("the middle cut out", "a.parquet", good[:100] + good[150:], "forecasts", CHEAP)
    yield Parcel("a footer that lies", "a.parquet", good[:-8] + b"\xff\xff\xff\x7fPAR1", "forecasts", CHEAP)
    yield Parcel("another kind's name", "a.parquet", bombs.workbook(), "forecasts", CHEAP)


def _zip(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return out.getvalue()


def _requests() -> Iterator[Parcel]:
    good = '{"input": "Say a"}\n'
    deep = '{"input": "a", "metadata": ' + '{"a":' * 5000 + "1" + "}" * 5000 + "}\n"
    for name, line in {
        "a line 5,000 deep": deep,
        "half a pair": '{"input": "\\ud800", "custom_id": "\\udfff"}\n',
        "zeros": '{"input": "\\u0000", "custom_id": "\\u0000"}\n',
        "an id of 1 MB": json.dumps({"input": "a", "custom_id": "x" * 1_000_000}) + "\n",
        "a name 100,000 times": "{" + ", ".join(['"input": "a"'] * 100_000) + "}\n",
        "no object": '[]\n"a"\n7\nnull\ntrue\n',
        "a schema that runs for years": json.dumps(
            {"input": "a", "response_schema": {"patternProperties": {"^(a+)+$": {}}}}
        )
        + "\n",
        "bodies for somebody else": json.dumps({"url": "file:///etc/passwd", "method": "DELETE", "body": {}}) + "\n",
    }.items():
        yield Parcel(f"batch: {name}", "a.jsonl", (good + line).encode(errors="surrogatepass"), "batches", {})
    rows = "input;custom_id\n" + "\n".join(f"\"=cmd|' /C calc'!A{at}\";{at}" for at in range(50))
    yield Parcel("batch: formulas", "a.csv", rows.encode(), "batches", {})
    yield Parcel(
        "batch: 20,000 columns", "a.csv", ("c," * 20_000 + "input\n" + "1," * 20_000 + "a").encode(), "batches", {}
    )
    yield Parcel("batch: no UTF-8", "a.jsonl", good.encode() + b'{"input": "\xff\xfe"}\n', "batches", {})


def _documents() -> Iterator[Parcel]:
    yield Parcel("a page of itself", "a.pdf", pdfs.assembled(b"", kids="[2 0 R]", count=99_999_999), "writing", {})
    yield Parcel("names without end", "a.pdf", b"%PDF-1.7\n" + b"/a" * 500_000, "writing", {})
    yield Parcel("objects without end", "a.pdf", b"%PDF-1.7\n" + b"1 0 obj\n" * 200_000, "writing", {})
    yield Parcel("no document", "a.pdf", b"MZ" + bytes(1000), "writing", {})
    yield Parcel("an empty one", "a.pdf", b"%PDF-1.7\n%%EOF", "writing", {})
