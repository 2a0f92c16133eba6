"""Numbers as people write them: each way of writing the same values, held to the values and to what is said of it."""

from collections.abc import Callable

import pytest

from tests.unit.forecasting.readers.reading import MONTHS, codes, table, take

SALES = [1040, 840, 1270, 910, 2050, 1680] * 6
TENTHS = [value / 10 for value in SALES]
RETURNS = [-value if at % 5 == 0 else value for at, value in enumerate(SALES)]
MARK, UNIT = ["decimal_mark"], ["unit"]
WIDE = ("dots", "euro", "piec", "comm", "Germ", "minu")
Writing = Callable[[float], object]


def dots(value: float) -> str:
    return f"{value:,.0f}".replace(",", ".")


def spaced(blank: str) -> Writing:
    return lambda value: f"{value:,.0f}".replace(",", blank)


def comma(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def indian(value: float) -> str:
    lakhs, rest = divmod(int(value), 100_000)
    return f'"{lakhs},{rest // 1000:02},{rest % 1000:03}"'


def behind(value: float, mark: str = "-") -> str:
    return f"{abs(value):.0f}{mark if value < 0 else ''}"


WAYS: list[tuple[str, list[float], Writing, str, list[str]]] = [
    ("plain", SALES, lambda v: v, ",", []),
    ("point zero", SALES, lambda v: f"{v}.0", ",", []),
    ("two decimals", SALES, lambda v: f"{v}.00", ";", []),
    ("dots group, semicolon", SALES, dots, ";", MARK),
    ("dots group, comma", SALES, dots, ",", MARK),
    ("dots group, tab", SALES, dots, "\t", MARK),
    ("dots group, bar", SALES, dots, "|", MARK),
    ("all cells have a dot", [v + 1000 for v in SALES], dots, ";", MARK),
    ("commas group, semicolon", SALES, lambda v: f"{v:,}", ";", MARK),
    ("commas group, quoted", SALES, lambda v: f'"{v:,}"', ",", MARK),
    ("commas group, tab", SALES, lambda v: f"{v:,}", "\t", MARK),
    ("thousandths with a point", [v / 1000 for v in SALES], lambda v: f"{v:.3f}", ",", MARK),
    ("thousandths with a comma", [v / 1000 for v in SALES], lambda v: comma(v, 3), ";", MARK),
    ("four decimals", [v / 1000 for v in SALES], lambda v: f"{v:.4f}", ",", []),
    ("comma, one decimal", TENTHS, comma, ";", MARK),
    ("comma, quoted", TENTHS, lambda v: f'"{comma(v)}"', ",", MARK),
    ("comma, three columns of two", TENTHS, comma, "\t", MARK),
    ("German money", SALES, german, ";", MARK),
    ("American money", SALES, lambda v: f'"{v:,.2f}"', ",", MARK),
    ("millions, dots", [v * 1000 + 500_000_000 for v in SALES], dots, ";", MARK),
    ("Swiss apostrophe", SALES, spaced("'"), ";", []),
    ("typographic apostrophe", SALES, spaced("\u2019"), ";", []),
    ("blanks group", SALES, spaced(" "), ";", []),
    ("hard blanks group", SALES, spaced("\u00a0"), ",", []),
    ("narrow blanks group", SALES, spaced("\u202f"), ",", []),
    ("French money", SALES, lambda v: f"{v:,.2f}".replace(",", "\u202f").replace(".", ","), ";", MARK),
    (
        "Indian groups",
        [v + 1_500_000 for v in SALES],
        lambda v: f'"15,{(v - 1_500_000) // 1000:02},{v % 1000:03}"',
        ",",
        MARK,
    ),
    ("euro in front", SALES, lambda v: f"€ {german(v)}", ";", [*MARK, *UNIT]),
    ("euro behind", SALES, lambda v: f"{german(v)} €", ";", [*MARK, *UNIT]),
    ("EUR behind, groups alone", SALES, lambda v: f"{dots(v)} EUR", ";", [*MARK, *UNIT]),
    ("dollar", SALES, lambda v: f"${v}", ",", UNIT),
    ("US$", SALES, lambda v: f'"US${v:,}.00"', ",", [*MARK, *UNIT]),
    ("R$", SALES, lambda v: f"R$ {german(v)}", ";", [*MARK, *UNIT]),
    ("pounds", SALES, lambda v: f"£{v}.00", ",", UNIT),
    ("zloty", SALES, lambda v: f"{v} zł", ";", UNIT),
    ("Czech crowns", SALES, lambda v: f"{spaced(' ')(v)} Kč", ";", UNIT),
    ("Swedish crowns", SALES, lambda v: f"{v} kr", ";", UNIT),
    ("francs", SALES, lambda v: f"CHF {spaced(chr(39))(v)}.00", ";", UNIT),
    ("yuan", SALES, lambda v: f"¥{v}", ",", UNIT),
    ("pieces", SALES, lambda v: f"{v} pcs", ",", UNIT),
    ("pieces with a point", SALES, lambda v: f"{v} pcs.", ",", UNIT),
    ("pieces without a blank", SALES, lambda v: f"{v}pcs", ",", UNIT),
    ("Stück", SALES, lambda v: f"{dots(v)} Stück", ";", [*MARK, *UNIT]),
    ("pezzi", SALES, lambda v: f"{v} pz", ";", UNIT),
    ("unidades", SALES, lambda v: f"{v} uds.", ";", UNIT),
    ("个", SALES, lambda v: f"{v}个", ",", UNIT),
    ("half of the cells have a unit", SALES, lambda v: f"{v} pcs" if v > 1100 else v, ",", UNIT),
    ("kilograms", TENTHS, lambda v: f"{v} kg", ",", UNIT),
    ("a rate", TENTHS, lambda v: f"{v} kg/h", ",", UNIT),
    ("per cent", TENTHS, lambda v: f"{v}%", ",", UNIT),
    ("per cent, comma and blank", TENTHS, lambda v: f"{comma(v)} %", ";", [*MARK, *UNIT]),
    ("thousands as k", SALES, lambda v: f"{v / 1000:.2f}k", ",", ["multiplier"]),
    ("thousands as Tsd.", SALES, lambda v: f"{comma(v / 1000, 2)} Tsd.", ";", ["decimal_mark", "multiplier"]),
    ("millions as Mio", SALES, lambda v: f"{v / 1e6:.5f} Mio", ",", ["multiplier"]),
    ("minus", RETURNS, lambda v: f"{v:.0f}", ",", []),
    ("minus behind", RETURNS, behind, ",", ["trailing_minus"]),
    (
        "minus behind and decimals",
        RETURNS,
        lambda v: german(abs(v)) + ("-" if v < 0 else ""),
        ";",
        [*MARK, "trailing_minus"],
    ),
    ("brackets", RETURNS, lambda v: f"({-v})" if v < 0 else v, ",", []),
    ("a true minus", RETURNS, lambda v: f"\u2212{-v}" if v < 0 else v, ",", []),
    ("plus", SALES, lambda v: f"+{v}", ",", []),
    ("blanks around", SALES, lambda v: f"  {v} ", ";", []),
    ("powers of ten", SALES, lambda v: f"{v:.3E}", ",", []),
    ("powers of ten, comma", SALES, lambda v: f"{v:.3E}".replace(".", ","), ";", MARK),
    ("Excel's way of text", SALES, lambda v: f'"=""{v}"""', ",", []),
    ("an apostrophe in front", SALES, lambda v: f"'{v}", ",", []),
]


@pytest.mark.parametrize(("truth", "written", "mark", "said"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_a_value_is_what_its_writer_means(truth: list[float], written: Writing, mark: str, said: list[str]) -> None:
    body = table(
        "sku,date,qty", (("A", f"{month}-01", written(value)) for month, value in zip(MONTHS, truth, strict=True)), mark
    )
    found = take(body)
    assert found.values("A") == pytest.approx(truth)
    assert found.flaws == []
    assert codes(body) == sorted(said)


@pytest.mark.parametrize(
    ("truth", "written", "mark", "said"), [way[1:] for way in WAYS if way[0][:4] in ("dots", "euro", "piec")]
)
def test_it_is_the_same_in_a_wide_table(truth: list[float], written: Writing, mark: str, said: list[str]) -> None:
    body = table("sku," + ",".join(MONTHS), [[name, *map(written, truth)] for name in "AB"], mark)
    found = take(body)
    assert found.values("A") == found.values("B") == pytest.approx(truth)
    assert codes(body) == sorted(said)


@pytest.mark.parametrize("missing", ["", "NA", "n/a", "-", "NULL", "#N/A", "nan", ".", "?", "--", "s/d", "None"])
def test_a_value_may_be_missing_in_many_ways(missing: str) -> None:
    rows = [("A", f"{month}-01", missing if at == 7 else at) for at, month in enumerate(MONTHS)]
    assert take(table("sku,date,qty", rows)).values("A") == [None if at == 7 else at for at in range(36)]


def test_values_that_differ_in_their_units_are_in_doubt() -> None:
    rows = [("A", f"{month}-01", f"{at} {'pcs' if at % 2 else 'box'}") for at, month in enumerate(MONTHS)]
    assert codes(table("sku,date,qty", rows)) == ["unit"]
    assert "differs" in take(table("sku,date,qty", rows)).notes[0]


def test_values_beyond_fifteen_digits_are_told() -> None:
    rows = [("A", f"{month}-01", 10**15 + at) for at, month in enumerate(MONTHS)]
    assert "large" in codes(table("sku,date,qty", rows))


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.jsonl"])
def test_a_number_of_too_many_digits_takes_no_other_with_it(name: str, digits: int) -> None:
    long = "9" * digits
    if name == "x.csv":
        body = (
            "name,date,value\n"
            + "\n".join(f"{s},2024-{m:02},{m}" for s in "ab" for m in range(1, 13))
            + f"\na,2025-01,{long}"
        )
    else:
        rows = [f'{{"name": "{s}", "date": "2024-{m:02}", "value": {m}}}' for s in "ab" for m in range(1, 13)]
        rows.append(f'{{"name": "a", "date": "2025-01", "value": {long}}}')
        body = "\n".join(rows) if name == "x.jsonl" else f"[{', '.join(rows)}]"
    found = take(body, name)
    assert found.values("b") == [float(month) for month in range(1, 13)]
    assert found.values("a")[:12] == found.values("b")
