"""Which column is which: by its name first, and then by what its cells are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import TableRow
from fanfold.forecasting.readers._kinds import are_dates, cell_of, holds_numbers, is_fraction, named
from fanfold.forecasting.readers._supply import Places, places_of
from fanfold.forecasting.readers._words import (
    ATTRIBUTES,
    DATE_ENDINGS,
    DATE_WORDS,
    ITEM_WORDS,
    KEY_WORDS,
    NUMBER_WORDS,
    ROLES,
    VALUE_WORDS,
    parts,
    plain,
    title,
)

MOST_KEYS = 3
FEW_ROWS = 8
"""Rows from which on it means something that a column never repeats."""
MOST_CANDIDATES = 12
RANKS = (ITEM_WORDS, frozenset({"code"}), KEY_WORDS)
"""Parts of the names of columns that tell series apart, the likeliest first."""


@dataclass
class Columns:
    """The places of a table's columns by what they are; `keys` name the series together."""

    date: int | None = None
    value: int | None = None
    group: int | None = None
    keys: tuple[int, ...] = ()
    rest: list[int] = field(default_factory=list)
    """Columns with a name and no role."""
    notes: list[Note] = field(default_factory=list)
    long: bool = False
    """Whether the rows show that each is an observation."""

    supply: Places = field(default_factory=dict)
    """Columns of stock and orders."""

    def roles(self) -> Iterator[int]:
        """The columns that have one."""
        places = (self.date, self.value, self.group, *self.keys, *self.supply.values())
        yield from (at for at in places if at is not None)


def columns(header: Sequence[Cell], first: Sequence[TableRow], given: Mapping[str, str], line: int) -> Columns:
    """The columns of a table with these first rows. Raises Invalid for a column told that is not there.

    A column called like stock may be what is to be forecast, where nothing else is.
    """
    supply = places_of(header, given, line)
    wrong = (at for at in given.values() for each in [*supply] if plain(header[supply[each]]) == plain(at))
    if supply and not any(each in given for each in supply) and next(wrong, None) is not None:
        supply = {}
    found = _Finder(header, first, given, line, supply).found()
    dated = sum(are_dates([cell]) for cell in header)
    if supply and found.value is None and dated < 2:
        return _Finder(header, first, given, line, {}).found()
    return found


class _Finder:
    def __init__(
        self, header: Sequence[Cell], first: Sequence[TableRow], given: Mapping[str, str], line: int, supply: Places
    ) -> None:
        self._header, self._first, self._given, self._line = header, first, given, line
        self._plains = [plain(cell) for cell in header]
        numeric = {each: at for each, at in supply.items() if each in given or self._holds_numbers(at)}
        self._columns = Columns(supply=numeric)

    def found(self) -> Columns:
        found = self._columns
        found.date = self._told("date") if "date" in self._given else self._date()
        found.value = self._told("value") if "value" in self._given else self._by_name("value")
        found.group = self._told("group") if "group" in self._given else self._by_name("group")
        if found.value is None and found.date is not None:
            found.value = self._only_numbers()
        if "name" in self._given:
            found.keys, found.long = tuple(self._place(name, "name") for name in self._given["name"].split(",")), True
        else:
            self._find_keys()
        taken = set(found.roles())
        found.rest = [at for at, cell in enumerate(self._header) if at not in taken and named(cell)]
        return found

    def _told(self, role: str) -> int:
        return self._place(self._given[role], role)

    def _place(self, column: str, role: str) -> int:
        if plain(column) not in self._plains:
            shown = ", ".join(title(cell) for cell in self._header[:20])
            said = f"there is no column {column.strip()!r}; there are {shown}"
            raise Invalid(said, Flaw(field=column.strip(), line=self._line, detail=f"no such column for {role}"))
        return self._plains.index(plain(column))

    def _by_name(self, role: str) -> int | None:
        taken = set(self._columns.roles())
        free = (self._plains.index(one) for one in ROLES[role] if one in self._plains)
        exact = next((at for at in free if at not in taken), None)
        if exact is not None or role != "value":
            return exact
        near = [at for at, cell in enumerate(self._header) if at not in taken and parts(cell) & VALUE_WORDS]
        numeric = [at for at in near if self._holds_numbers(at)]
        if len(numeric) > 1:
            self._note("value_column", numeric[0], "several columns may be the value", "--column value=…")
        return numeric[0] if numeric else None

    def _only_numbers(self) -> int | None:
        """The column of numbers beside columns of words: the only one, or the likeliest if a date has several rows."""
        taken = set(self._columns.roles())
        free = [at for at, cell in enumerate(self._header) if at not in taken and named(cell)]
        beside = [at for at in free if plain(self._header[at]) not in ATTRIBUTES]
        numeric = [at for at in beside if self._holds_numbers(at)]
        words = [at for at in beside if at not in numeric and self._repeats(at)]
        if len(numeric) == 1 and words:
            return numeric[0]
        if not numeric or not self._repeats(self._columns.date or 0):
            return None
        codes = [at for at in numeric if parts(self._header[at]) & (KEY_WORDS | NUMBER_WORDS)]
        if not words and not codes:
            return None
        values = [at for at in numeric if at not in codes and not self._never_repeats_whole(at)]
        if len(values) > 1:
            shown = ", ".join(title(self._header[at]) for at in values)
            every = ", ".join(title(cell) for cell in self._header[:20])
            said = f"which column is the value: {shown}? --column value={title(self._header[values[0]])} tells"
            raise Invalid(f"{said}; the columns are: {every}", Flaw(field="value", line=self._line, detail=said))
        return values[0] if values else None

    def _never_repeats_whole(self, at: int) -> bool:
        """Whether the column counts rows."""
        return self._never_repeats(at) and not any(map(is_fraction, self.cells(at)))

    def _note(self, code: str, at: int, why: str, option: str) -> None:
        column = title(self._header[at])
        self._columns.notes.append(Note(code, f"{column} is taken", column, why, option, certain=False))

    def _date(self) -> int | None:
        """By its name; else a name with a word for dates in it, or any name, over cells that are all dates."""
        exact = [self._plains.index(one) for one in ROLES["date"] if one in self._plains]
        sound = next((at for at in exact if self._are_dates(at)), None)
        if sound is not None:
            return sound
        near = [at for at, cell in enumerate(self._header) if self._sounds_dated(cell) and self._are_dates(at)]
        if len(near) > 1:
            self._note("date_column", near[0], "several columns hold dates", "--column date=…")
        if near:
            return near[0]
        if exact:
            return exact[0]
        if self._header and not named(self._header[0]) and self._are_dates(0):
            return 0
        texts = [at for at, cell in enumerate(self._header) if named(cell) and self._are_dates(at, written=True)]
        months = sum(are_dates([cell]) for cell in self._header)
        return texts[0] if len(texts) == 1 and len(self._header) > 2 and months < 2 else None

    def _sounds_dated(self, cell: Cell) -> bool:
        return bool(parts(cell) & DATE_WORDS) or plain(cell).endswith(DATE_ENDINGS)

    def cells(self, at: int) -> list[Cell]:
        return [cell_of(row, at) for row in self._first if cell_of(row, at) not in (None, "")]

    def _are_dates(self, at: int, *, written: bool = False) -> bool:
        cells = self.cells(at)
        if written and not all(isinstance(cell, str) and not cell.strip().isdecimal() for cell in cells):
            return False
        return are_dates(cells, share=0.9)

    def _repeats(self, at: int) -> bool:
        cells = self.cells(at)
        return len(set(cells)) < len(cells)

    def _holds_numbers(self, at: int) -> bool:
        return holds_numbers(self.cells(at))

    def _find_keys(self) -> None:
        """The fewest columns that tell rows of the same date apart."""
        found = self._columns
        named_so = [self._plains.index(one) for one in ROLES["name"] if one in self._plains]
        free = [at for at in named_so if at not in set(found.roles())]
        if found.date is None or found.value is None:
            found.keys = tuple(free[:1])
            return
        sound = [at for at in free if not self._never_repeats(at)]
        if not self._doubled(()):
            found.keys = tuple((sound or free)[:1]) or self._by_words()
            return
        found.long = True
        candidates = list(dict.fromkeys([*sound, *self._candidates()]))[:MOST_CANDIDATES]
        keys = next((each for each in self._choices(sound, candidates) if not self._doubled(each)), None)
        found.keys = tuple(sorted(keys)) if keys else tuple(sound[:1] or candidates[:1] or free[:1])
        if keys and len(keys) > 1:
            called = ",".join(title(self._header[at]) for at in found.keys)
            why = "with fewer columns the same date comes twice for one name"
            said = f"series are told apart by {called.replace(',', ', ')}"
            found.notes.append(Note("keys", said, None, why, f"--column name={called}", certain=False))

    def _by_words(self) -> tuple[int, ...]:
        """The column that is called like one of items or places, where no date comes twice, as orders have it."""
        taken = set(self._columns.roles())
        free = [at for at, cell in enumerate(self._header) if at not in taken and named(cell) and self._tells(at)]
        ranked = [(self._rank(at), -len(set(self.cells(at))), at) for at in free]
        found = sorted(each for each in ranked if each[0] < len(RANKS))
        if not found:
            return ()
        at = found[0][2]
        self._note("keys", at, "it is called like items or places are", "--column name=…")
        return (at,)

    def _rank(self, at: int) -> int:
        """How likely the column's name is one of what names series; the smaller the likelier."""
        return next((rank for rank, known in enumerate(RANKS) if parts(self._header[at]) & known), len(RANKS))

    def _tells(self, at: int) -> bool:
        """Whether the column has several codes or words that repeat."""
        cells = self.cells(at)
        return 1 < len(set(cells)) < len(cells) and not any(map(is_fraction, cells))

    def _choices(self, sound: Sequence[int], candidates: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Sets of columns, the likeliest first: with a column that is called a name, then any."""
        for size in range(1, MOST_KEYS + 1):
            every = list(combinations(candidates, size))
            yield from (each for each in every if not sound or sound[0] in each)
        for size in range(1, MOST_KEYS + 1):
            yield from combinations(candidates, size)

    def _candidates(self) -> list[int]:
        """Columns that may name series: words and codes that repeat and differ between rows of a date."""
        taken = set(self._columns.roles())
        free = [at for at, cell in enumerate(self._header) if at not in taken and named(cell) and self._is_code(at)]
        return sorted(free, key=lambda at: (not parts(self._header[at]) & KEY_WORDS, self._holds_numbers(at), at))

    def _is_code(self, at: int) -> bool:
        cells = self.cells(at)
        return bool(cells) and not self._never_repeats(at) and self._differs(at) and not any(map(is_fraction, cells))

    def _never_repeats(self, at: int) -> bool:
        cells = self.cells(at)
        return len(cells) >= FEW_ROWS and len(set(cells)) == len(cells)

    def _differs(self, at: int) -> bool:
        """Whether the column tells anything that the date does not."""
        by_date: dict[Cell, set[Cell]] = {}
        for row in self._first:
            by_date.setdefault(self._date_of(row), set()).add(cell_of(row, at))
        return any(len(each) > 1 for each in by_date.values())

    def _date_of(self, row: TableRow) -> Cell:
        return cell_of(row, self._columns.date or 0)

    def _doubled(self, keys: Sequence[int]) -> bool:
        """Whether a date comes twice for one name; rows that are the same to the last cell count once."""
        seen: set[tuple[Cell, ...]] = set()
        whole: set[tuple[Cell, ...]] = set()
        for row in self._first:
            cells = tuple(row.cells)
            if cells in whole or self._date_of(row) in (None, ""):
                continue
            whole.add(cells)
            key = (self._date_of(row), *(cell_of(row, at) for at in keys))
            if key in seen:
                return True
            seen.add(key)
        return False
