"""Files as other systems, languages and habits write them: each with its series, a value, a date and note codes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from tests.unit.forecasting.readers.reading import codes, take

MONTHS = [date(2022 + at // 12, at % 12 + 1, 1) for at in range(24)]
WEEKS = [date(2023, 1, 2) + timedelta(weeks=at) for at in range(24)]
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(24)]
UMLAUTS = {
    "de": ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
    "nl": ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    "it": ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    "pt": ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"],
    "pl": ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"],
    "sv": ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
}


class Odd(NamedTuple):
    """A file, and what is right: the last value and date of the series, how many there are, what is said of it."""

    body: str
    series: str
    last: float
    day: str
    names: int = 1
    said: Sequence[str] = ()


DAY_FIRST = ("15/01/24", "15.1.2024", "w/c 02/01/2023", "02.01.2023 - 08.01.2023")
"""Writings whose order of day and month had to be decided."""
MARK, UNIT = ["decimal_mark"], ["unit"]


def value(at: int) -> int:
    return 40 + at


def long(
    header: str, days: list[date], cells: Callable[[date, int], list[str]], mark: str = ",", names: str = "A B"
) -> str:
    rows = [
        mark.join([*cells(day, value(at))]).replace("NAME", name)
        for name in names.split()
        for at, day in enumerate(days)
    ]
    return "\n".join([header.replace(",", mark), *rows]) + "\n"


def by_language() -> Iterator[tuple[str, Odd]]:
    named = {
        "de": "Artikel,Buchungsmonat,Absatzmenge",
        "nl": "Artikel,Maand,Aantal",
        "fr": "Référence,Mois,Quantité vendue",
        "it": "Articolo,Mese,Quantità venduta",
        "es": "Artículo,Mes,Cantidad vendida",
        "pt": "Produto,Mês,Quantidade",
        "pl": "Produkt,Miesiąc,Ilość",
        "sv": "Artikel,Månad,Antal",
    }
    for language, header in named.items():
        names = UMLAUTS[language]
        body = long(
            header,
            MONTHS,
            lambda day, n, names=names: ["NAME", f"{names[day.month - 1]} {day.year}", str(n)],  # type: ignore[misc]
            ";",
        )
        yield f"months in {language}", Odd(body, "B", 63, "2023-12-01", 2)
    for language in ("de", "fr", "it", "pt"):
        names = UMLAUTS[language]
        header = "sku;" + ";".join(f"{names[day.month - 1]}-{day.year % 100}" for day in MONTHS)
        body = header + "\n" + "\n".join(f"{sku};" + ";".join(str(value(at)) for at in range(24)) for sku in ("A", "B"))
        yield f"wide months in {language}", Odd(body + "\n", "B", 63, "2023-12-01", 2)


def by_layout() -> Iterator[tuple[str, Odd]]:
    iso = lambda day, n: ["NAME", str(day), str(n)]  # noqa: E731
    yield "pipes", Odd(long("sku,date,qty", DAYS, iso, "|"), "B", 63, "2024-01-24", 2)
    yield "tabs", Odd(long("sku,date,qty", DAYS, iso, "\t"), "B", 63, "2024-01-24", 2)
    yield "carets", Odd(long("sku,date,qty", DAYS, iso, "^"), "B", 63, "2024-01-24", 2)
    yield "tildes", Odd(long("sku,date,qty", DAYS, iso, "~"), "B", 63, "2024-01-24", 2)
    yield (
        "quoted cells",
        Odd(long("sku,date,qty", DAYS, lambda day, n: ['"NAME"', f'"{day}"', f'"{n}"']), "B", 63, "2024-01-24", 2),
    )
    yield (
        "spaces around cells",
        Odd(
            long("sku , date , qty", DAYS, lambda day, n: [" NAME ", f" {day} ", f" {n} "], ";"),
            "B",
            63,
            "2024-01-24",
            2,
        ),
    )
    yield "a line sep= of Excel", Odd("sep=;\n" + long("sku,date,qty", DAYS, iso, ";"), "B", 63, "2024-01-24", 2)
    yield (
        "comments above",
        Odd("# exported by ERP\n# 2024-02-01\n" + long("sku,date,qty", DAYS, iso), "B", 63, "2024-01-24", 2),
    )
    yield (
        "a trailing delimiter",
        Odd(long("sku,date,qty,", DAYS, lambda day, n: ["NAME", str(day), str(n), ""]), "B", 63, "2024-01-24", 2),
    )
    yield (
        "value before date",
        Odd(long("qty,sku,date", DAYS, lambda day, n: [str(n), "NAME", str(day)]), "B", 63, "2024-01-24", 2),
    )
    yield (
        "a row number first",
        Odd(long(",sku,date,qty", DAYS, lambda day, n: [str(n), "NAME", str(day), str(n)]), "B", 63, "2024-01-24", 2),
    )
    yield "newest first", Odd(long("sku,date,qty", DAYS[::-1], iso), "B", 40, "2024-01-24", 2)
    yield (
        "dates down, items across",
        Odd(
            "date,A,B\n" + "".join(f"{day},{value(at)},{value(at)}\n" for at, day in enumerate(DAYS)),
            "B",
            63,
            "2024-01-24",
            2,
        ),
    )
    yield (
        "items across, with a total",
        Odd(
            "date,A,B,Total\n"
            + "".join(f"{day},{value(at)},{value(at)},{2 * value(at)}\n" for at, day in enumerate(DAYS)),
            *("B", 63, "2024-01-24", 2),
        ),
    )
    yield (
        "one series, two columns",
        Odd(
            "week,units\n" + "".join(f"{day},{value(at)}\n" for at, day in enumerate(WEEKS)),
            "file",
            63,
            "2023-06-12",
            1,
        ),
    )
    yield "Windows line ends", Odd(long("sku,date,qty", DAYS, iso).replace("\n", "\r\n"), "B", 63, "2024-01-24", 2)
    yield (
        "a footer of a report",
        Odd(long("sku,date,qty", DAYS, iso) + "\nGenerated on 2024-02-01\n", "B", 63, "2024-01-24", 2),
    )
    yield (
        "a grand total in five words",
        Odd(long("sku,date,qty", DAYS, iso) + "Total general,,2472\n", "B", 63, "2024-01-24", 2),
    )


def by_date() -> Iterator[tuple[str, Odd]]:
    writings: dict[str, tuple[list[date], Callable[[date], str], str]] = {
        "20240115": (DAYS, lambda day: f"{day:%Y%m%d}", "2024-01-24"),
        "15/01/24": (DAYS, lambda day: f"{day:%d/%m/%y}", "2024-01-24"),
        "15.1.2024": (DAYS, lambda day: f"{day.day}.{day.month}.{day.year}", "2024-01-24"),
        "15-Jan-2024": (DAYS, lambda day: f"{day:%d-%b-%Y}", "2024-01-24"),
        "Jan 15, 2024": (DAYS, lambda day: f'"{day:%b} {day.day}, {day.year}"', "2024-01-24"),
        "Mon 15 Jan 2024": (DAYS, lambda day: f"{day:%a} {day.day} {day:%b %Y}", "2024-01-24"),
        "Monday, January 15, 2024": (DAYS, lambda day: f'"{day:%A}, {day:%B} {day.day}, {day.year}"', "2024-01-24"),
        "2024年1月15日": (DAYS, lambda day: f"{day.year}年{day.month}月{day.day}日", "2024-01-24"),
        "2024/1/15": (DAYS, lambda day: f"{day.year}/{day.month}/{day.day}", "2024-01-24"),
        "2024-01-15T00:00:00Z": (DAYS, lambda day: f"{day}T00:00:00Z", "2024-01-24"),
        "2024-01-15 00:00:00+01:00": (DAYS, lambda day: f"{day} 00:00:00.000", "2024-01-24"),
        "Jan-22": (MONTHS, lambda day: f"{day:%b-%y}", "2023-12-01"),
        "2022M01": (MONTHS, lambda day: f"{day.year}M{day.month:02}", "2023-12-01"),
        "2022-M1": (MONTHS, lambda day: f"{day.year}-M{day.month}", "2023-12-01"),
        "M01/2022": (MONTHS, lambda day: f"M{day.month:02}/{day.year}", "2023-12-01"),
        "2022年1月": (MONTHS, lambda day: f"{day.year}年{day.month}月", "2023-12-01"),
        "01.2022": (MONTHS, lambda day: f"{day.month:02}.{day.year}", "2023-12-01"),
        "January 2022": (MONTHS, lambda day: f"{day:%B %Y}", "2023-12-01"),
        "2022 January": (MONTHS, lambda day: f"{day:%Y %B}", "2023-12-01"),
        "Wk 1 2023": (WEEKS, lambda day: f"Wk {day.isocalendar().week} {day.year}", "2023-06-12"),
        "2023 Week 1": (WEEKS, lambda day: f"{day.year} Week {day.isocalendar().week}", "2023-06-12"),
        "2023-W01-1": (WEEKS, lambda day: f"{day.year}-W{day.isocalendar().week:02}-1", "2023-06-12"),
        "V01-2023": (WEEKS, lambda day: f"V{day.isocalendar().week:02}-{day.year}", "2023-06-12"),
        "S01/2023": (WEEKS, lambda day: f"S{day.isocalendar().week:02}/{day.year}", "2023-06-12"),
        "w/c 02/01/2023": (WEEKS, lambda day: f"w/c {day:%d/%m/%Y}", "2023-06-12"),
        "2023-01-02/2023-01-08": (WEEKS, lambda day: f"{day}/{day + timedelta(6)}", "2023-06-12"),
        "02.01.2023 - 08.01.2023": (
            *(WEEKS, lambda day: f"{day:%d.%m.%Y} - {day + timedelta(6):%d.%m.%Y}", "2023-06-12"),
        ),
    }
    for name, (days, write, last) in writings.items():
        body = long("sku,date,qty", days, lambda day, n, write=write: ["NAME", write(day), str(n)])  # type: ignore[misc]
        yield f"dates as {name}", Odd(body, "B", 63, last, 2, ["day_first"] if name in DAY_FIRST else [])


def by_number() -> Iterator[tuple[str, Odd]]:
    writings: dict[str, tuple[Callable[[int], str], float, list[str]]] = {
        "1'234.50": (lambda n: f"1'2{n}.50", 1263.5, []),
        "1 234,50": (lambda n: f"1 2{n},50", 1263.5, MARK),
        "1\u202f234,50 €": (lambda n: f"1\u202f2{n},50 €", 1263.5, [*MARK, *UNIT]),
        "€ 1.234,50": (lambda n: f"€ 1.2{n},50", 1263.5, [*MARK, *UNIT]),
        "CHF 1'234.50": (lambda n: f"CHF 1'2{n}.50", 1263.5, UNIT),
        "1.234,-": (lambda n: f"1.2{n},-", 1263, MARK),
        "(12)": (lambda n: f"({n})" if n < 42 else str(n), 63, []),
        "1,23,456": (lambda n: f'"1,23,4{n}"', 123463, MARK),
        "12e3": (lambda n: f"{n}e3", 63000, []),
        "+63": (lambda n: f"+{n}", 63, []),
        "63 Stk.": (lambda n: f"{n} Stk.", 63, UNIT),
        "63 kg": (lambda n: f"{n} kg", 63, UNIT),
        "63個": (lambda n: f"{n}個", 63, UNIT),
        '="63"': (lambda n: f'="{n}"', 63, []),
        "'63": (lambda n: f"'{n}", 63, []),
    }
    for name, (write, last, said) in writings.items():
        body = long("sku,date,qty", DAYS, lambda day, n, write=write: ["NAME", str(day), write(n)], ";")  # type: ignore[misc]
        yield f"numbers as {name}", Odd(body, "B", last, "2024-01-24", 2, said)


ODD = dict([*by_language(), *by_layout(), *by_date(), *by_number()])


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_file_is_read_as_it_is_meant(kind: str) -> None:
    odd = ODD[kind]
    found = take(odd.body)
    assert not [flaw for flaw in found.flaws if "left out" not in flaw[2]]
    assert len(found.series) == odd.names
    one = found.series[odd.series]
    assert one.dates is not None
    dated = sorted(zip(map(str, one.dates), one.values, strict=True))
    assert (dated[-1][0][:10], float(dated[-1][1])) == (odd.day, odd.last)
    assert len(one.values) == 24
    assert codes(odd.body) == sorted(odd.said)
