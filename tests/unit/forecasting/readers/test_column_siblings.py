"""Tables as exports, planners and programs lay them out: which column is what, and what is no series."""

import json
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from fanfold.errors import Invalid
from tests.unit.forecasting.readers.reading import MONTHS, codes, table, take

DATES = [f"{month}-01" for month in MONTHS]
VALUES = [100 + at % 12 * 7 for at in range(36)]
ITEMS = ("A", "B", "C")
LONG = [(item, day, value) for item in ITEMS for day, value in zip(DATES, VALUES, strict=True)]
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(60)]
UNUSED = ["unused_columns"]


Names = tuple[str, ...]


def held(
    body: str | bytes, names: Names = ITEMS, said: list[str] | None = None, name: str = "file.csv", **options: Any
) -> None:
    """All of these series, and no other, with the usual values and dates; and just these notes."""
    found = take(body, name, **options)
    assert tuple(found.series) == names
    for each in names:
        assert found.values(each) == VALUES
        assert found.dates(each) == DATES
    assert codes(body, name, **options) == sorted(said or [])


DATED = (
    *(
        "Posting Date",
        "Order Date",
        "Week Ending",
        "InvoiceDate",
        "ship_date",
        "Month End",
        "PERIOD_START",
        "Created At",
    ),
    *("Buchungsdatum", "Datum der Buchung", "Lieferdatum", "Monat", "Data documento", "Data ordine", "Mese", "Periodo"),
    *(
        "Fecha de pedido",
        "Fecha factura",
        "Mes",
        "Date de commande",
        "Mois",
        "日期",
        "订单日期",
        "TIMESTAMP",
        "Calendar Day",
    ),
)


@pytest.mark.parametrize("column", DATED)
def test_a_column_of_dates_is_the_date_whatever_it_is_called(column: str) -> None:
    held(table(f"item,{column},qty", LONG))


@pytest.mark.parametrize(
    ("item", "value"),
    [
        *[("SKU", "Qty Sold"), ("Material", "Menge"), ("Artikel", "Absatz"), ("Codice articolo", "Quantità venduta")],
        *[
            ("Producto", "Ventas"),
            ("Référence", "Quantité"),
            ("产品", "销量"),
            ("unique_id", "y"),
            ("item_id", "target"),
        ],
        *[
            ("Product Code", "Units Shipped"),
            ("Item No.", "Order Quantity"),
            ("meter", "kWh"),
            ("Warehouse", "Consumption"),
        ],
        *[("ASIN", "Ordered Units"), ("part_number", "usage"), ("series_name", "value"), ("Kunde", "Umsatz")],
    ],
)
def test_items_and_values_go_by_many_names(item: str, value: str) -> None:
    held(table(f"{item},date,{value}", LONG))


def beside(**columns: Any) -> str:
    """Long rows with columns beside them; a function makes each cell of the row's number."""
    rows = [[*row, *(make(at) for make in columns.values())] for at, row in enumerate(LONG)]
    return table(f"sku,date,qty,{','.join(columns)}", rows)


@pytest.mark.parametrize(
    "columns",
    [
        {"Open": lambda at: 1, "Promo": lambda at: at % 2},
        {"Customers": lambda at: 500 + at},
        {"DayOfWeek": lambda at: at % 7 + 1},
        {"StateHoliday": lambda at: 0, "SchoolHoliday": lambda at: at % 2},
        {"price": lambda at: 9.99},
        {"Unit Price": lambda at: 9.99, "Discount": lambda at: 0.1},
        {"revenue": lambda at: 99.5 * at},
        {"stock": lambda at: 900 - at},
        {"description": lambda at: f"Part {at // 36}"},
        {"currency": lambda at: "EUR", "unit": lambda at: "pcs"},
        {"Category": lambda at: f"C{at // 36}"},
        {"Temperature": lambda at: 12.5 + at % 9, "Fuel_Price": lambda at: 2.5, "CPI": lambda at: 211.1},
        {"Order No": lambda at: 4_500_000 + at},
        {"Comment": lambda at: "late" if at == 3 else ""},
    ],
)
def test_columns_beside_the_value_are_no_series(columns: dict[str, Any]) -> None:
    held(beside(**columns), said=["on_hand"] if "stock" in columns else UNUSED)


@pytest.mark.parametrize("column", ["id", "row_id", "Id", "index", "Record ID", "Unnamed: 0", ""])
def test_a_column_that_never_repeats_names_nothing(column: str) -> None:
    body = table(f"{column},date,sku,sales", [(at, day, item, value) for at, (item, day, value) in enumerate(LONG)])
    unnamed = column in ("", "Unnamed: 0")
    held(body, said=[] if unnamed else UNUSED)


KEYS = [(region, store, sku) for region in "NS" for store in (1, 2) for sku in "AB"]
KEYED = [(*key, day, value) for key in KEYS for day, value in zip(DATES, VALUES, strict=True)]
JOINED = tuple(f"{region}/{store}/{sku}" for region, store, sku in KEYS)


@pytest.mark.parametrize(
    "header", ["region,store,sku", "Region,Filiale,Artikel", "country,shop,item", "market,plant,material"]
)
def test_several_columns_that_tell_series_apart_are_proposed(header: str) -> None:
    held(table(f"{header},date,qty", KEYED), JOINED, ["keys"])


def test_several_columns_can_be_told() -> None:
    body = table("a,b,c,date,qty", KEYED)
    held(body, JOINED, columns={"name": "a,b,c", "value": "qty"})
    turned = tuple(f"{sku}/{store}/{region}" for region, store, sku in KEYS)
    held(body, turned, columns={"name": "c,b,a"})


def test_stores_by_number_are_the_series_of_a_shop_chain() -> None:
    rows = [(store, day.isoweekday(), day, 5000 + store, 500, 1, 0) for day in DAYS for store in (1, 2, 3)]
    found = take(table("Store,DayOfWeek,Date,Sales,Customers,Open,Promo", rows))
    assert {name: found.values(name)[0] for name in found.series} == {"1": 5001, "2": 5002, "3": 5003}


def test_departments_of_stores_are_series() -> None:
    rows = [(store, dept, day, 10.5 * dept) for store in (1, 2) for dept in (7, 8) for day in DAYS[::7]]
    found = take(table("Store,Dept,Date,Weekly_Sales", rows))
    assert list(found.series) == ["1/7", "1/8", "2/7", "2/8"]


def test_one_series_needs_no_name() -> None:
    rows = list(zip(DATES, VALUES, strict=True))
    held(table("Month,Sales", rows), ("file",))
    held(table("Month,Price,Units Sold", [(day, 9.5, value) for day, value in rows]), ("file",), UNUSED)


def test_which_of_several_unknown_columns_is_the_value_is_asked() -> None:
    with pytest.raises(Invalid, match="which column is the value: in, out"):
        take(table("depot,when,in,out", [(item, day, at % 9, at % 7) for at, (item, day, _) in enumerate(LONG)]))


def wide(first: str = "SKU", months: list[str] | None = None, rows: int = 3, mark: str = ",", **front: Any) -> str:
    header = ",".join([first, *front, *(months or MONTHS)])
    return table(header, [[item, *front.values(), *VALUES] for item in ITEMS[:rows]], mark)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (wide(), []),
        (wide(mark=";"), []),
        (wide(mark="\t"), []),
        (wide("Artikel", [f"{m[5:]}.{m[:4]}" for m in MONTHS], mark=";"), []),
        (wide("Item", [f"{m[5:]}/{m[:4]}" for m in MONTHS]), []),
        (wide("Item", [m.replace("-", "") for m in MONTHS]), []),
        (wide("Item", [f"{m}-01" for m in MONTHS]), []),
        (wide("Item", [f"{m}-01 00:00:00" for m in MONTHS]), []),
        (wide("Item", [f"M{m[5:]}.{m[:4]}".replace("M", "P") for m in MONTHS]), []),
        (wide(Description="a part"), UNUSED),
        (wide(Description="a part", Planner="Ann", ABC="A"), UNUSED),
        (table("Category,SKU," + ",".join(MONTHS), [["C", item, *VALUES] for item in ITEMS]), UNUSED),
        (table("SKU," + ",".join(MONTHS) + ",Total", [[item, *VALUES, sum(VALUES)] for item in ITEMS]), UNUSED),
        (table("SKU," + ",".join(MONTHS) + ",Gesamtergebnis", [[item, *VALUES, 1] for item in ITEMS]), UNUSED),
        (table("date," + ",".join(ITEMS), [[day, *[value] * 3] for day, value in zip(DATES, VALUES, strict=True)]), []),
        (
            table(
                "Month;" + ";".join(ITEMS),
                [[day, *[value] * 3] for day, value in zip(MONTHS, VALUES, strict=True)],
                ";",
            ),
            [],
        ),
        (table("," + ",".join(ITEMS), [[day, *[value] * 3] for day, value in zip(DATES, VALUES, strict=True)]), []),
    ],
)
def test_wide_tables_are_told_from_long_ones(body: str, said: list[str]) -> None:
    held(body, said=said)


@pytest.mark.parametrize("total", ["Total", "Grand Total", "Totale", "Gesamtergebnis", "Suma", "TOTAL:", "合计"])
def test_rows_and_columns_of_totals_are_no_series_and_said(total: str) -> None:
    under = wide() + ",".join([total, *(str(3 * value) for value in VALUES)]) + "\n"
    held(under)
    rows = [[day, *[value] * 3, 3 * value] for day, value in zip(DATES, VALUES, strict=True)]
    held(table(f"date,{','.join(ITEMS)},{total}", rows))
    held(table("date," + ",".join(ITEMS), [row[:4] for row in rows] + [[total, 1, 2, 3]]))
    held(table("sku,date,qty", [*LONG, (total, "", 9999)]))
    assert all(
        any("left out" in flaw[2] for flaw in take(body).flaws)
        for body in (under, table("sku,date,qty", [*LONG, (total, "", 9)]))
    )


@pytest.mark.parametrize(
    "above",
    [
        "Sales report\n",
        "Sales report 2021 to 2023\nExported by SAP on 12.01.2024\n\n",
        "Report;;\n;;\n".replace(";", ","),
        "Company: Example Ltd\nUser: Ann\nDate: 2024-01-12\n\n",
        "\n\n\n",
        "sep=,\n",
        "Umsatz,,\n,,\n",
    ],
)
def test_titles_above_a_table_are_no_header(above: str) -> None:
    held(above + table("sku,date,qty", LONG))
    held(above + wide())


@pytest.mark.parametrize(
    "below", ["\nTotal,,9000\n", "\n\nPrinted 2024-01-12,,\n", ",,\nSum:,,12\nUser Ann,,\n", "Grand total,,1\n"]
)
def test_what_stands_under_a_table_is_left_out(below: str) -> None:
    held(table("sku,date,qty", LONG) + below)


def test_a_header_of_two_rows() -> None:
    years = ",".join(f"{year}" + "," * 11 for year in (2021, 2022, 2023))
    names = ",".join(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] * 3)
    rows = "".join(f"{item},{','.join(map(str, VALUES))}\n" for item in ITEMS)
    held(f",{years}\nSKU,{names}\n{rows}")
    held(f"SKU,{years}\n,{names}\n{rows}")
    measures = ",".join(["Revenue,Qty"] * 36)
    doubled = "".join(f"{item},{','.join(f'{value * 9.5},{value}' for value in VALUES)}\n" for item in ITEMS)
    held(f"SKU,{','.join(f'{month},' for month in MONTHS)}\n,{measures}\n{doubled}", said=["measure"])


def test_blank_labels_of_a_pivot_mean_the_one_above() -> None:
    rows = [(item if day == DATES[0] else "", day, value) for item, day, value in LONG]
    held(table("sku,date,qty", rows), said=["blank_names"])


def frames() -> dict[str, Any]:
    """The same table in each of pandas' orients, and as programs without pandas write it."""
    records = [{"sku": item, "date": f"{day}T00:00:00.000", "qty": value} for item, day, value in LONG]
    labels = ["sku", "date", "qty"]
    stamps = [(date.fromisoformat(day) - date(1970, 1, 1)).days * 86_400_000 for day in DATES]
    return {
        "columns": {key: {str(at): row[key] for at, row in enumerate(records)} for key in labels},
        "index": {str(at): row for at, row in enumerate(records)},
        "split": {"columns": labels, "index": list(range(108)), "data": [list(row.values()) for row in records]},
        "records": records,
        "lists": {key: [row[key] for row in records] for key in labels},
        "milliseconds": [{**row, "date": stamps[at % 36]} for at, row in enumerate(records)],
        "columns by date": {item: {str(at): value for at, value in zip(stamps, VALUES, strict=True)} for item in ITEMS},
        "index by date": {str(at): dict.fromkeys(ITEMS, value) for at, value in zip(stamps, VALUES, strict=True)},
        "split by date": {"columns": list(ITEMS), "index": stamps, "data": [[value] * 3 for value in VALUES]},
        "wide columns": {"date": dict(zip(map(str, range(36)), DATES, strict=True))}
        | {item: dict(zip(map(str, range(36)), VALUES, strict=True)) for item in ITEMS},
        "series by name": {item: dict(zip(DATES, VALUES, strict=True)) for item in ITEMS},
        "values and dates": {item: {"values": VALUES, "dates": DATES} for item in ITEMS},
        "wrapped": {"data": records},
        "of names": [{"name": item, "values": VALUES, "dates": DATES} for item in ITEMS],
    }


@pytest.mark.parametrize("orient", list(frames()))
def test_tables_of_programs_are_read_in_every_orient(orient: str) -> None:
    held(json.dumps(frames()[orient]), name="file.json")


def test_a_table_with_its_schema_and_rows_without_a_header() -> None:
    records = [{"index": at, "sku": item, "date": day, "qty": value} for at, (item, day, value) in enumerate(LONG)]
    fields = [{"name": name, "type": "string"} for name in records[0]]
    held(
        json.dumps({"schema": {"fields": fields, "pandas_version": "1.4.0"}, "data": records}),
        said=UNUSED,
        name="x.json",
    )
    held(json.dumps([list(row) for row in LONG]), said=["no_header"], name="x.json")
    held("\n".join(json.dumps(row) for row in records), said=UNUSED, name="x.jsonl")


def workbook(*rows: tuple[object, ...], merged: str = "", title: str = "Sheet1") -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_workbooks_are_laid_out_as_planners_do() -> None:
    days = [date.fromisoformat(day) for day in DATES]
    long = [(item, date.fromisoformat(day), value) for item, day, value in LONG]
    held(workbook(("sku", "date", "qty"), *long), name="x.xlsx")
    held(workbook(("Sales report", None, None), (), ("sku", "date", "qty"), *long, merged="A1:C1"), name="x.xlsx")
    held(workbook(("SKU", *days), *[(item, *VALUES) for item in ITEMS]), name="x.xlsx")
    held(workbook(("SKU", "Description", *days), *[(i, "part", *VALUES) for i in ITEMS]), said=UNUSED, name="x.xlsx")
    held(workbook(("SKU", *days), *[(i, *VALUES) for i in ITEMS], ("Total", *[3 * v for v in VALUES])), name="x.xlsx")
    texts = [(item, day, f"{value / 1000:.3f}".replace("0.", "1.")) for item, day, value in LONG]
    found = take(workbook(("sku", "date", "qty"), *texts), "x.xlsx", decimal=",")
    assert found.values("A") == [1000 + value for value in VALUES]


def hourly(at: int) -> datetime:
    return datetime(2024, 1, 1) + timedelta(hours=at)


def test_a_day_and_its_hour_in_two_columns_are_a_time() -> None:
    wanted = [hourly(at).isoformat().removesuffix("T00:00:00") for at in range(60)]
    for written in ("%H:%M", "%H:%M:%S", "%H"):
        rows = [("m1", f"{hourly(at):%Y-%m-%d}", format(hourly(at), written), at) for at in range(60)]
        body = table("meter,date,time,kWh", rows)
        assert take(body).dates("m1") == wanted
        assert codes(body) == ["date_and_time"]


def test_what_kind_of_day_it_was_is_no_series_beside_series() -> None:
    rows = [[day, value, value, value, 0, at % 7] for at, (day, value) in enumerate(zip(DATES, VALUES, strict=True))]
    held(table("Date,A,B,C,Promo,DayOfWeek", rows), said=UNUSED)


def test_order_lines_are_told_apart_by_their_item_also_where_no_date_comes_twice() -> None:
    begun = datetime(2024, 1, 1, 8)
    rows = [
        (536365 + at // 3, f"8512{at % 3}", "HOLDER", 6, begun + timedelta(hours=7 * at), 2.55, 17850, "UK")
        for at in range(300)
    ]
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    found = take(table(header, rows))
    assert list(found.series) == ["85120", "85121", "85122"]
    assert {"keys", "orders"} <= set(codes(table(header, rows)))


def test_days_that_are_numbered_in_the_header_are_counted() -> None:
    header = "id,item_id,dept_id,store_id," + ",".join(f"d_{at}" for at in range(1, 61))
    body = table(header, [[f"H{one}_CA", f"H{one}", "H", "CA", *(at % 3 for at in range(60))] for one in range(3)])
    assert take(body).values("H0_CA") == [float(at % 3) for at in range(60)]
    assert codes(body) == ["steps", "unused_columns"]


def test_rows_of_a_total_among_others_are_left_out_and_said() -> None:
    found = take(table("sku,date,qty", [*LONG, *(("TOTAL", day, 999) for day in DATES)]))
    assert tuple(found.series) == ITEMS
    assert len(found.flaws) == 36
    assert list(take(table("sku,date,qty", [("Total", day, 5) for day in DATES])).series) == ["Total"]


@pytest.mark.parametrize("code", ["P100", "m1", "CA-12", "KW5", "A4", "EAN4012345"])
def test_a_code_with_digits_is_no_number_with_a_unit(code: str) -> None:
    rows = [(f"{code}{at // 36}", day, value) for at, (_, day, value) in enumerate(LONG)]
    assert list(take(table("meter,date,kWh", rows)).series) == [f"{code}{at}" for at in range(3)]


@pytest.mark.parametrize("column", ["ts", "when", "quando", "x", "Kalendertag"])
def test_the_only_column_of_written_dates_is_the_date_also_of_one_series(column: str) -> None:
    held(table(f"sku,{column},qty", LONG[:36]), ("A",))
