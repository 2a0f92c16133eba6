"""Stock and orders beside demand: which columns they are, and that the latest row of an item counts."""

from io import BytesIO
from typing import Any

import pytest

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting import Series, Supply
from fanfold.forecasting.readers import Reading, ReadOptions, read

MONTHS = [f"2024-{month:02d}-01" for month in range(1, 9)]


def taken(text: str, **options: Any) -> tuple[dict[str, Series], Reading, list[Flaw]]:
    reading = read(BytesIO(text.encode()), "erp.csv", ReadOptions(**options).checked())
    every = list(reading)
    return (
        {one.name: one for one in every if isinstance(one, Series)},
        reading,
        [one for one in every if isinstance(one, Flaw)],
    )


def long(header: str, *rows: str) -> str:
    """Eight months of an item each, with what stands beside the last and the earlier ones."""
    lines = [header]
    for number, row in enumerate(rows, 1):
        besides = ["999,999,99,99"] * 7 + [row]
        dated = enumerate(zip(MONTHS, besides, strict=True), 10 * number)
        lines += [f"{day},p{number},{value},{beside}" for value, (day, beside) in dated]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "beside",
    [
        "Qty on hand,Qty. on order,Pack size,MOQ",
        "Bestand,Offene Bestellungen,Losgröße,Mindestbestellmenge",
        "Giacenza,In ordine,Dimensione lotto,Quantità minima",
        "Existencias,En pedido,Tamaño de lote,Pedido mínimo",
        "Stock actuel,En commande,Taille de lot,Quantité minimale de commande",
        "LABST,Open PO Qty,BSTRF,BSTMI",
        "库存,在途,批量,最小起订量",
    ],
)
def test_they_are_known_by_their_names_and_the_latest_row_counts(beside: str) -> None:
    found, reading, flaws = taken(long(f"date,item,qty,{beside}", "40,20,12,24", "5,,,"))
    assert (found["p1"].supply, flaws) == (Supply(40, 20, 12, 24), [])
    assert found["p2"].supply == Supply(5, 0, 99, 99)
    assert list(found["p1"].values) == [10, 11, 12, 13, 14, 15, 16, 17]
    codes = {note.code: note.column for note in reading.notes}
    assert [codes[each] for each in ("on_hand", "on_order", "lot_size", "minimum_order")] == beside.split(",")
    assert "unused_columns" not in codes


def test_the_latest_row_is_that_of_the_latest_date_wherever_it_stands() -> None:
    lines = long("date,item,qty,stock,on order,lot size,moq", "40,20,12,24").splitlines()
    found, _, _ = taken("\n".join([lines[0], *reversed(lines[1:])]))
    assert found["p1"].supply == Supply(40, 20, 12, 24)


def test_a_row_for_each_item_may_have_them_beside_its_months() -> None:
    months, values = ",".join(MONTHS), "1,2,3,4,5,6,7,8"
    text = f"item,on hand,moq,{months}\np1,7,1,{values}\np2,14,2,{values}"
    found, _, _ = taken(text)
    assert [found[name].supply for name in ("p1", "p2")] == [Supply(7, 0, None, 1), Supply(14, 0, None, 2)]
    assert list(found["p1"].values) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_numbers_are_written_as_the_values_are() -> None:
    rows = [f"0{month}.01.2024;p1;1.{month}00,5;2.500,25" for month in range(1, 9)]
    found, _, _ = taken("Datum;Artikel;Menge;Bestand\n" + "\n".join(rows))
    assert found["p1"].supply == Supply(2500.25)


def test_what_is_no_number_is_told() -> None:
    text = "\n".join(["date,item,qty,stock", *(f"{day},p1,5,{'many' if day == MONTHS[-1] else 3}" for day in MONTHS)])
    found, _, flaws = taken(text)
    assert found["p1"].supply == Supply(3)
    assert [(flaw.line, flaw.field, flaw.detail) for flaw in flaws] == [(9, "on_hand", "'many' is no number")]


def test_without_stock_on_hand_nothing_is_to_be_ordered_and_that_is_said() -> None:
    text = "\n".join(["date,item,qty,moq", *(f"{day},p1,5,12" for day in MONTHS)])
    found, reading, _ = taken(text)
    assert found["p1"].supply is None
    assert [note.detail for note in reading.notes if note.code == "no_stock"] == [
        "moq: not used for orders, as no column is the stock on hand"
    ]


def test_a_column_can_be_told() -> None:
    text = "\n".join(["date,item,qty,there,coming", *(f"{day},p1,5,12,3" for day in MONTHS)])
    found, _, _ = taken(text, columns={"on_hand": "there", "on_order": "coming"})
    assert found["p1"].supply == Supply(12, 3)
    with pytest.raises(Invalid, match="no column 'shelf'"):
        taken(text, columns={"on_hand": "shelf"})


def test_stock_itself_can_be_forecast() -> None:
    text = "\n".join(["date,item,stock", *(f"{day},p1,{at}" for at, day in enumerate(MONTHS))])
    assert list(taken(text)[0]["p1"].values) == [0, 1, 2, 3, 4, 5, 6, 7]
    text = "\n".join(["date,item,qty,stock", *(f"{day},p1,1,{at}" for at, day in enumerate(MONTHS))])
    found = taken(text, columns={"value": "stock"})[0]["p1"]
    assert (list(found.values), found.supply) == ([0, 1, 2, 3, 4, 5, 6, 7], None)
    wide = "\n".join(["date,stock,north", *(f"{day},{at},1" for at, day in enumerate(MONTHS))])
    assert set(taken(wide)[0]) == {"stock", "north"}
