"""The words that columns and rows go by, in the languages of our users; compared by `plain`."""

import re
import unicodedata
from functools import lru_cache

from fanfold.forecasting.dates import Cell

ROLES: dict[str, tuple[str, ...]] = {
    "name": (
        *("series_name", "serie_name", "unique_id", "series_id", "series", "name", "id", "item_id", "item", "sku"),
        *("product_id", "product", "article", "material", "part", "part_number", "ts_id", "timeseries", "key", "code"),
        *("serie", "nome", "nome_serie", "codice", "articolo", "prodotto", "nombre", "nombre_serie", "codigo"),
        *("articulo", "producto", "nom", "nom_serie", "produit", "reference", "artikel", "produkt"),
        *("序列", "系列", "名称", "序列名称", "产品", "商品", "编号"),
    ),
    "date": (
        *(
            "date",
            "ds",
            "timestamp",
            "ts",
            "datetime",
            "time",
            "day",
            "period",
            "month",
            "week",
            "quarter",
            "year",
            "date_time",
        ),
        *(
            "data",
            "giorno",
            "mese",
            "periodo",
            "anno",
            "fecha",
            "dia",
            "mes",
            "ano",
            "jour",
            "mois",
            "periode",
            "annee",
        ),
        *(
            "datum",
            "monat",
            "日期",
            "时间",
            "月份",
            "年份",
            "step",
            "t",
            "index",
            "forecast_day",
            "dates",
            "timestamps",
        ),
    ),
    "value": (
        *("value", "y", "target", "quantity", "qty", "sales", "demand", "units", "volume", "amount", "count", "values"),
        *(
            "actual",
            "observation",
            "valore",
            "quantita",
            "vendite",
            "domanda",
            "valor",
            "cantidad",
            "ventas",
            "demanda",
        ),
        *(
            "valeur",
            "quantite",
            "ventes",
            "demande",
            "wert",
            "menge",
            "absatz",
            "值",
            "数值",
            "数量",
            "销量",
            "销售",
            "需求",
        ),
    ),
    "group": ("group", "gruppo", "grupo", "groupe", "gruppe", "组", "分组"),
}
"""Names a column may have for its role, those before others first; case, accents, spaces and hyphens do not matter."""
DATE_WORDS = frozenset(
    {"date", "datum", "data", "fecha", "day", "tag", "giorno", "dia", "jour", "week", "woche", "settimana", "semana"}
    | {"semaine", "month", "monat", "mese", "mes", "mois", "period", "periode", "periodo", "quarter", "quartal"}
    | {"trimestre", "time", "timestamp", "ending", "beginning", "日期", "时间"}
)
"""Parts of the names of columns of dates, such as `Posting Date`; their cells have to be dates as well."""
DATE_ENDINGS = ("date", "datum", "日期", "时间")
VALUE_WORDS = frozenset(
    {"qty", "quantity", "sales", "units", "demand", "menge", "absatz", "umsatz", "quantita", "vendite", "cantidad"}
    | {"ventas", "quantite", "ventes", "volume", "amount", "revenue", "sold", "shipped", "consumption", "verbrauch"}
)
"""Parts of the names of columns of values, such as `Order Qty`."""
KEY_WORDS = frozenset(
    {"store", "shop", "branch", "outlet", "location", "site", "warehouse", "plant", "werk", "lager", "filiale"}
    | {"negozio", "tienda", "magasin", "region", "country", "market", "channel", "customer", "category", "family"}
    | {"asin", "ean", "gtin", "upc", "brand", "model", "department", "dept", "门店", "地区", "仓库"}
)
"""Parts of the names of columns that tell series apart where no column is called a name."""
ITEM_WORDS = frozenset(
    {"sku", "item", "product", "article", "artikel", "articolo", "articulo", "producto", "produit", "prodotto"}
    | {"material", "part", "产品", "商品"}
)
CALENDAR_WORDS = frozenset(
    {"promo", "promotion", "promotions", "promo_flag", "onpromotion", "holiday", "holidays", "state_holiday"}
    | {"stateholiday", "schoolholiday", "school_holiday", "is_holiday", "isholiday", "holiday_flag", "dayofweek"}
    | {"day_of_week", "weekday", "is_weekend"}
)
"""Columns beside series that tell what kind of day it was."""
TIME_WORDS = frozenset({"time", "hour", "ora", "hora", "heure", "uhrzeit", "zeit", "stunde", "时间", "小时"})
NUMBER_WORDS = frozenset(
    {"id", "no", "nr", "number", "code", "key", "nbr", "num", "codice", "codigo", "numero", "nummer"}
)
"""Parts of the names of columns whose numbers count nothing."""
ATTRIBUTES = frozenset(
    {"open", "promo", "promotion", "promotions", "promo_flag", "price", "unit_price", "discount", "holiday", "holidays"}
    | {"state_holiday", "stateholiday", "schoolholiday", "school_holiday", "customers", "transactions", "dayofweek"}
    | {"day_of_week", "weekday", "is_weekend", "temperature", "weather", "stock", "inventory", "on_hand", "currency"}
    | {"unit", "uom", "description", "comment", "note", "notes", "oil_price", "cpi", "unemployment", "holiday_flag"}
)
"""Columns beside a value that are no series of their own."""
YEAR_WORDS = frozenset({"year", "yr", "fiscal_year", "fy", "anno", "ano", "annee", "jahr", "年", "年份"})
PERIOD_WORDS: dict[str, frozenset[str]] = {
    "week": frozenset(
        {"week", "wk", "week_number", "weekno", "iso_week", "kw", "woche", "settimana", "semana", "semaine"}
    ),
    "month": frozenset(
        {"month", "mon", "month_number", "monat", "mese", "mes", "mois", "period", "periode", "月", "月份"}
    ),
    "quarter": frozenset({"quarter", "qtr", "q", "quartal", "trimestre", "季度"}),
}
"""Names of columns that count the periods of a year which stands in a column of its own."""
TOTALS = frozenset(
    {"total", "totals", "grand_total", "sum", "subtotal", "sub_total", "overall", "all", "summe", "gesamt"}
    | {"gesamtsumme", "gesamtergebnis", "totale", "totale_generale", "totale_complessivo", "somma", "total_general"}
    | {"suma", "somme", "total_general", "合计", "总计", "小计"}
)
"""What rows and columns are called that add up the others."""


def plain(cell: Cell) -> str:
    """A name as it is compared: without case, accents, blanks and hyphens."""
    letters = unicodedata.normalize("NFKD", str(cell).strip().casefold())
    return re.sub(r"[\s\-]+", "_", "".join(each for each in letters if not unicodedata.combining(each)))


def title(cell: Cell) -> str:
    """A cell as a name: without blanks around it, whole numbers without a point, halves of surrogate pairs as `?`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return text if text.isascii() else text.encode(errors="replace").decode()


def parts(cell: Cell) -> frozenset[str]:
    """The words of a column's name: of `PostingDate`, `posting_date` and `Posting Date` the same."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(cell).strip())
    return frozenset(re.split(r"[_\W]+", plain(apart)))


@lru_cache(65_536)
def is_total(cell: Cell) -> bool:
    """Whether a row or a column of this name adds up others."""
    return plain(title(cell).rstrip(":")) in TOTALS
