"""Columns of stock and orders beside demand: which they are, and what the latest row of each series says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers._spool import UNREADABLE, Rows
from fanfold.forecasting.readers._words import plain, title
from fanfold.forecasting.supply import Supply

FIELDS = ("on_hand", "on_order", "lot_size", "minimum_order")
CALLED = ("the stock on hand", "what is on order", "the lot that orders are multiples of", "the least order")
WORDS: dict[str, frozenset[str]] = {
    "on_hand": frozenset(
        {"on_hand", "onhand", "stock_on_hand", "qty_on_hand", "quantity_on_hand", "on_hand_qty", "on_hand_quantity"}
        | {"soh", "qoh", "stock", "stock_level", "current_stock", "stock_qty", "stock_quantity", "inventory", "labst"}
        | {"inventory_level", "inventory_on_hand", "available_stock", "stock_available", "qty_available", "in_stock"}
        | {"quantity_available", "physical_inventory", "unrestricted", "unrestricted_stock", "unrestricted_use_stock"}
        | {"bestand", "lagerbestand", "aktueller_bestand", "freier_bestand", "frei_verwendbar", "giacenza", "scorta"}
        | {"giacenza_attuale", "esistenza", "scorta_disponibile", "existencias", "stock_actual", "inventario"}
        | {"stock_disponible", "en_stock", "stock_actuel", "stock_physique", "quantite_en_stock"}
        | {"库存", "现有库存", "库存数量", "当前库存", "在库"}
    ),
    "on_order": frozenset(
        {"on_order", "qty_on_order", "quantity_on_order", "on_order_qty", "on_order_quantity", "stock_on_order"}
        | {"open_orders", "open_po", "open_po_qty", "open_po_quantity", "open_purchase_orders", "incoming_qty"}
        | {"incoming", "in_transit", "stock_in_transit", "quantity_incoming", "in_bestellung", "menge_in_bestellung"}
        | {"offene_bestellungen", "offene_bestellmenge", "bestellt", "bestellbestand", "zulauf", "in_ordine"}
        | {"ordinato", "ordini_aperti", "in_arrivo", "en_pedido", "pedidos_pendientes", "pedido_pendiente"}
        | {"en_transito", "en_commande", "commandes_en_cours", "commande_en_cours", "en_transit"}
        | {"在途", "在途库存", "在途数量", "在订", "已订数量"}
    ),
    "lot_size": frozenset(
        {"lot_size", "lotsize", "batch_size", "pack_size", "packsize", "case_size", "case_pack", "order_multiple"}
        | {"rounding_value", "fixed_lot_size", "lot_quantity", "multiple_order_qty", "bstrf", "bstfe", "losgrosse"}
        | {"rundungswert", "verpackungseinheit", "packungsgrosse", "gebindegrosse", "dimensione_lotto"}
        | {"lotto_di_riordino", "multiplo_di_riordino", "tamano_lote", "tamano_de_lote", "tamano_del_lote"}
        | {"multiplo_de_pedido", "taille_lot", "taille_de_lot", "taille_du_lot", "multiple_de_commande", "colisage"}
        | {"批量", "批量大小", "包装数量", "订货倍数"}
    ),
    "minimum_order": frozenset(
        {"minimum_order", "min_order", "moq", "minimum_order_quantity", "minimum_order_qty", "min_order_qty"}
        | {"min_order_quantity", "minimum_lot_size", "min_lot_size", "min_lot", "bstmi", "mindestbestellmenge"}
        | {"mindestbestellung", "mindestlosgrosse", "quantita_minima", "lotto_minimo", "ordine_minimo"}
        | {"quantita_minima_ordine", "quantita_minima_di_ordine", "pedido_minimo", "cantidad_minima"}
        | {"cantidad_minima_de_pedido", "cantidad_minima_pedido", "commande_minimum", "commande_minimale"}
        | {"quantite_minimum", "quantite_minimale", "quantite_minimale_de_commande", "minimum_de_commande"}
        | {"最小起订量", "起订量", "最小订购量", "最小订货量"}
    ),
}
"""What the columns are called in ERP exports and by planners."""
Places = dict[str, int]
"""Columns by field."""


def places_of(header: Sequence[Cell], given: Mapping[str, str], line: int) -> Places:
    """The columns that are told, or called like one of them. Raises Invalid for one told that is not there."""
    called = [_plain(cell) for cell in header]
    found = {each: next((at for at, name in enumerate(called) if name in WORDS[each]), None) for each in FIELDS}
    for each in FIELDS:
        if each in given:
            found[each] = next((at for at, cell in enumerate(header) if plain(cell) == plain(given[each])), None)
            if found[each] is None:
                shown = ", ".join(title(cell) for cell in header[:20])
                flaw = Flaw(field=given[each], line=line, detail=f"no such column for {each}")
                raise Invalid(f"there is no column {given[each]!r}; there are {shown}", flaw)
    return {each: at for each, at in found.items() if at is not None}


def _plain(cell: Cell) -> str:
    return re.sub(r"[\W_]+", "_", plain(cell)).strip("_")


def notes_of(header: Sequence[Cell], places: Places) -> Iterator[Note]:
    """What the columns were taken for."""
    for each, said in zip(FIELDS, CALLED, strict=True):
        if each in places:
            column, why = title(header[places[each]]), "by its name"
            if (each != "minimum_order" and each != "lot_size") or "on_hand" in places:
                yield Note(each, f"{said}; the latest row of a series counts", column, why, f"--column {each}=…")
    if places and "on_hand" not in places:
        shown = ", ".join(title(header[at]) for at in places.values())
        said = f"{shown}: not used for orders, as no column is the stock on hand"
        yield Note("no_stock", said, None, None, "--column on_hand=…", certain=False)


class Supplies:
    """The latest stock and orders of each series, by its code: (n, 4) values in the order of FIELDS, NaN unknown."""

    def __init__(self) -> None:
        self._values = np.full((0, len(FIELDS)), np.nan)
        self._stamps = np.full((0, len(FIELDS)), np.iinfo(np.int64).min)

    def add(self, rows: Rows, values: Any) -> None:
        """Note (n, 4) values of rows, later ones in the place of earlier ones of the same date."""
        self._grow(int(rows["code"].max(initial=-1)) + 1)
        known = np.isfinite(values)
        known[:, 1] = known[:, 0] | known[:, 1]  # nothing written beside a stock: nothing on order
        values = np.where(known & np.isnan(values), 0.0, values)
        for field in range(len(FIELDS)):
            there = known[:, field] & (rows["kind"] != UNREADABLE)
            codes, stamps = rows["code"][there], rows["stamp"][there]
            order = np.lexsort((stamps, codes))  # stable: of one date the later row comes last
            last = order[np.append(np.diff(codes[order]) != 0, True)] if len(order) else order
            newer = last[stamps[last] >= self._stamps[codes[last], field]]
            self._values[codes[newer], field] = values[there, field][newer]
            self._stamps[codes[newer], field] = stamps[newer]

    def _grow(self, most: int) -> None:
        if more := max(most - len(self._values), 0):
            self._values = np.concatenate([self._values, np.full((more, len(FIELDS)), np.nan)])
            empty = np.full((more, len(FIELDS)), np.iinfo(np.int64).min)
            self._stamps = np.concatenate([self._stamps, empty])

    def of(self, code: int) -> Supply | None:
        """What is known of a series; None without its stock on hand."""
        if code >= len(self._values) or np.isnan(self._values[code, 0]):
            return None
        on_hand, on_order, lot, least = self._values[code].tolist()
        lot, least = lot if lot > 0 else None, least if least > 0 else None
        return Supply(on_hand, 0.0 if on_order != on_order else on_order, lot, least)
