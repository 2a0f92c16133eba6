"""Small files that become large when they are read."""

from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

SHEET = "A1:XFD1048576"


@cache
def workbook(rows: int = 40) -> bytes:
    """A good one: a series by months."""
    book = Workbook()
    assert book.active is not None
    book.active.append(["name", "date", "value"])
    for at in range(rows):
        book.active.append(["a", f"{2020 + at // 12}-{at % 12 + 1:02}-01", at])
    book.save(out := BytesIO())
    return out.getvalue()


def merged(times: int, cells: str = SHEET) -> bytes:
    """The workbook with cells merged so often, of 6 KB."""
    out = BytesIO()
    ranges = "".join(f'<mergeCell ref="{cells}"/>' for _ in range(times))
    with ZipFile(BytesIO(workbook())) as good, ZipFile(out, "w", ZIP_DEFLATED) as bad:
        for entry in good.infolist():
            body = good.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                body = body.replace(b"</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>".encode())
            bad.writestr(entry, body)
    return out.getvalue()


def parquet(rows: int) -> bytes:
    """A column that is the same in every row: ten million rows have 44 KB."""
    import pyarrow
    from pyarrow.parquet import write_table

    codes = pyarrow.array([0]).take(pyarrow.array(bytes(rows), type=pyarrow.uint8()).cast(pyarrow.int64()))
    table = pyarrow.table({"value": pyarrow.DictionaryArray.from_arrays(codes.cast(pyarrow.int32()), [1.5])})
    write_table(table, out := BytesIO(), row_group_size=rows, compression="zstd", data_page_size=1 << 30)
    return out.getvalue()
