"""What a cell is worth: decimal points, commas and units told apart over the whole column.

A mark before exactly three digits may set thousands apart or decimals. What speaks for one of them is weighed over all
cells together: other digit counts, a leading zero, how large the cells without a mark are, and the file's delimiter.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import compress
from math import inf, log10, nan
from typing import Any

import numpy as np

from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Cell
from fanfold.forecasting.readers._cells import (
    GROUPED,
    MARKED,
    MISSING,
    MONEY,
    PLAIN_COMMA,
    SHAPED,
    TIMES,
    shapes_of,
    split,
)
from fanfold.forecasting.readers._marks import CUSTOM, OTHER, Marked

FEWEST_UNITS, FEW_UNITS = 3, 0.1
"""Cells with a unit from which on it is believed, and their share of all."""
LARGE = 1e15
"""From here on a float no longer holds every whole number."""
FEW = 64


class Numbers:
    """A column of numbers: `see` each cell, `decide` once, then `parse` each; `notes` say what was decided, and why."""

    def __init__(self, decimal: str | None = None, likely_comma: bool = False) -> None:
        self._given, self._likely = decimal, likely_comma
        self._marks = {",": Marked(), ".": Marked()}
        self._plain, self._sizes = 0, 0.0
        self._both: Counter[str] = Counter()
        self._units: Counter[str] = Counter()
        self._texts = 0
        self._minus_behind = self._large = 0
        self.decimal = "."
        self.notes: list[Note] = []
        self.late: list[Note] = []
        """What is found out by parsing."""

    def see_all(self, cells: Sequence[Cell]) -> None:
        """Take the cells of a column as evidence: many of the same shape (`99.9`) at once."""
        texts = _texts(cells)
        counted = Counter(texts) if len(texts) > FEW and len(set(texts[:FEW])) < FEW // 2 else None
        if counted is None and (shapes := shapes_of(texts)):
            counted = self._see_shapes(texts, shapes)
        for cell, times in (Counter(texts) if counted is None else counted).items():
            self.see(cell, times)

    def _see_shapes(self, texts: Sequence[str], shapes: Sequence[bytes]) -> Counter[str]:
        """Take cells as evidence whose shape tells all; the others, counted."""
        counted = Counter(shapes)
        told = {shape: times for shape, times in counted.items() if self._see_shape(shape, times)}
        if whole := {shape for shape in told if shape.isdigit()}:
            self._see_sizes(texts if whole == counted.keys() else _of_shapes(texts, shapes, whole))
        odd = counted.keys() - told.keys()
        return Counter(_of_shapes(texts, shapes, odd)) if odd else Counter()

    def _see_sizes(self, whole: Sequence[str]) -> None:
        """Note how large the numbers without a mark are."""
        sizes = np.array(list(map(float, whole)))
        self._plain += int(np.count_nonzero(sizes))
        self._sizes += float(np.log10(sizes[(sizes > 0) & (sizes < inf)]).sum())

    def _see_shape(self, shape: bytes, times: int) -> bool:
        """Whether the shape alone tells what there is to know of a cell."""
        if shape.isdigit():
            self._texts += times
            return True
        text = shape.decode().lstrip("+-")
        if MARKED.fullmatch(shape) and (("," in text and "." in text) or max(map(text.count, ",.")) > 1):
            self._texts += times
            self._see_marks(text, times)
            return True
        found = SHAPED.fullmatch(shape)
        if found is None or not found[1] + found[3] or (len(found[3]) == 3 and 1 <= len(found[1]) <= 3):
            return False
        self._texts += times
        self._marks[found[2].decode()].decimal += times
        return True

    def see(self, cell: Cell, times: int = 1) -> None:
        """Take the cell, which comes so many times, as evidence for one of the marks."""
        if not isinstance(cell, str):
            return
        text = cell.strip()
        if text.casefold() in MISSING:
            return
        self._texts += times
        if not text.isdecimal():
            text = self._bare(text, times)
        if "," in text or "." in text:
            self._see_marks(text.lstrip("+-("), times)
        elif text.isdecimal() and 0 < (number := float(text)) < inf:
            self._plain += times
            self._sizes += times * log10(number)

    def _bare(self, text: str, times: int) -> str:
        """The cell's number without sign and unit, which are counted."""
        found = split(text)
        if found is None:
            return text
        number, units, negative = found
        self._minus_behind += times * (negative == "behind")
        for unit in units:
            self._units[unit] += times
        return number

    def _see_marks(self, text: str, times: int) -> None:
        if "," in text and "." in text:
            self._both[max(",.", key=text.rindex)] += times
            return
        mark = "," if "," in text else "."
        whole, _, behind = text.partition(mark)
        if whole.isdecimal() or not whole:
            self._marks[mark].see(whole, behind, several=text.count(mark) > 1, times=times)

    def decide(self) -> None:
        """Settle the decimal mark, and which units there are."""
        self.decimal, why, doubt = self._given or "", "as asked", False
        if not self.decimal:
            self.decimal, why, doubt = self._decided()
        name = {",": "a decimal comma", ".": "a decimal point"}[self.decimal]
        grouped = self._both.total() or any(seen.grouping or seen.doubtful for seen in self._marks.values())
        if self.decimal == "," or grouped:
            thousands = {",": ": points set thousands apart", ".": ": commas set thousands apart"}[self.decimal]
            sets = self._both.total() or self._marks[OTHER[self.decimal]].seen
            self._say("decimal_mark", f"numbers have {name}{thousands if sets else ''}", why, doubt)
        self._decide_units()
        if self._minus_behind:
            said = "a minus behind a number makes it negative"
            self._say("trailing_minus", said, f"in {self._minus_behind:,} cells")

    def _decide_units(self) -> None:
        """Believe units that come often; several of them are told, and what multiplies is no unit."""
        often = max(FEWEST_UNITS, FEW_UNITS * self._texts)
        known = {unit: n for unit, n in self._units.items() if unit in MONEY or n >= often or 2 * n > self._texts}
        self._units = Counter(known)
        times = {unit: n for unit, n in known.items() if unit in TIMES}
        if times:
            said = ", ".join(f"{unit} is {TIMES[unit]:,}" for unit in times)
            self._say("multiplier", f"numbers are multiplied: {said}", f"in {sum(times.values()):,} cells")
        units = {unit: n for unit, n in known.items() if unit not in TIMES}
        if units:
            said = f"numbers stand without their unit: {', '.join(units)}"
            several = len(units) > 1
            said = f"{said}, though it differs" if several else said
            self._say("unit", said, f"in {sum(units.values()):,} cells", several)

    def _say(self, code: str, said: str, evidence: str, doubt: bool = False) -> None:
        option = "--decimal" if code == "decimal_mark" else None
        self.notes.append(Note(code=code, detail=said, evidence=evidence, option=option, certain=not doubt))

    def _decided(self) -> tuple[str, str, bool]:
        """The decimal mark, why, and whether that is in doubt."""
        proofs = {mark: seen.decimal + self._both[mark] for mark, seen in self._marks.items()}
        proofs[","] += self._marks["."].grouping
        proofs["."] += self._marks[","].grouping
        if proofs[","] or proofs["."]:
            mark = max(",.", key=lambda each: (proofs[each], each == "."))
            return mark, f"{proofs[mark]:,} cells prove it", min(proofs.values()) > 0
        doubtful = [mark for mark, seen in self._marks.items() if seen.doubtful]
        if not doubtful:
            return ("," if self._likely and not self._texts else "."), "no cell has a mark", False
        if len(doubtful) == 2:
            return (",", "the fields are set apart by ;", True) if self._likely else (".", "nothing tells", True)
        return self._weighed(doubtful[0])

    def _weighed(self, mark: str) -> tuple[str, str, bool]:
        """What a mark means that has three digits behind it in every cell."""
        seen = self._marks[mark]
        if self._plain:
            size, others = seen.sizes / seen.doubtful, self._sizes / self._plain
            groups = abs(size - others) - abs(size + 3 - others) + CUSTOM[mark, self._likely] > 0
            near = (
                "groups of thousands are nearer to the cells without a mark"
                if groups
                else "decimals are nearer to them"
            )
            return (OTHER[mark] if groups else mark), near, False
        decimal = (mark == ",") is self._likely
        name = {",": "comma", ".": "point"}[mark]
        return (mark if decimal else OTHER[mark]), f"every cell has three digits behind the {name}", True

    def parse_all(self, cells: Sequence[Cell]) -> tuple[Any, Sequence[int]]:
        """(n,) the cells' numbers, NaN where nothing is there, and the places of those that are something else."""
        found = self._at_once(cells)
        if found is not None:
            self._told(float(np.fmax.reduce(np.abs(found), initial=0)))
            return found, ()
        known = _Known(self)
        numbers = np.array(list(map(known.__getitem__, cells)), dtype=float)
        return numbers, [at for at, cell in enumerate(cells) if cell in known.wrong] if known.wrong else ()

    def _at_once(self, cells: Sequence[Cell]) -> Any:
        """The numbers of cells all of which are plain ones; None if any is not."""
        texts: Sequence[Any] = cells
        try:
            joined = "\n".join(texts)
        except TypeError:  # a format that has numbers
            return None if any(isinstance(cell, str) for cell in cells) else _floats(cells)
        if self.decimal == ",":
            if not all(map(PLAIN_COMMA.fullmatch, set(shapes_of(texts)) or {b"x"})):
                return None
            texts = joined.replace(".", "").replace(",", ".").split("\n")
        return None if "_" in joined else _floats(texts)

    def parse(self, cell: Cell) -> float:
        """The cell's number, NaN where nothing is there. Raises ValueError if it is something else."""
        if cell is None:
            return nan
        if not isinstance(cell, str):
            return self._told(_float(cell))
        if self.decimal == "." and "_" not in cell:
            try:
                return self._told(float(cell))
            except ValueError:
                pass
        return nan if cell.strip().casefold() in MISSING else self._told(self._written(cell))

    def _told(self, number: float) -> float:
        """The number; the first that is too large to be exact is told."""
        if abs(number) >= LARGE and not self._large:
            self._large = 1
            said = f"values such as {number:.3g} are left out: numbers hold 15 digits"
            self.late.append(Note("large", said, None, "a value of 1e15 or more", None, certain=False))
        return number

    def _written(self, cell: str) -> float:
        found = split(cell)
        if found is None or "_" in cell:
            raise ValueError(cell)
        text, units, negative = found
        if any(unit not in self._units for unit in units):
            raise ValueError(cell)
        thousands = OTHER[self.decimal]
        if thousands in text:
            if not GROUPED[thousands].fullmatch(text):
                raise ValueError(cell)
            text = text.replace(thousands, "")
        number = float(text.replace(self.decimal, "."))
        for unit in units:
            number *= TIMES.get(unit, 1)
        return -number if negative else number


def _float(number: int | float) -> float:
    """A whole number may be beyond what a float can be."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _floats(cells: Sequence[Any]) -> Any:
    try:
        return np.array(list(map(float, cells)))
    except (TypeError, ValueError, OverflowError):
        return None


class _Known(dict[Cell, float]):
    """What the cells of a block are worth; `wrong` are those that are no number."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self.wrong: set[Cell] = set()

    def __missing__(self, cell: Cell) -> float:
        try:
            found = self._numbers.parse(cell)
        except (ValueError, OverflowError):
            self.wrong.add(cell)
            found = nan
        self[cell] = found
        return found


def _texts(cells: Sequence[Cell]) -> Sequence[str]:
    """The cells that are texts."""
    kinds = set(map(type, cells))
    return cells if kinds == {str} else [cell for cell in cells if isinstance(cell, str)]  # type: ignore[return-value]


def _of_shapes(texts: Sequence[str], shapes: Sequence[bytes], wanted: Collection[bytes]) -> list[str]:
    return list(compress(texts, map(wanted.__contains__, shapes)))
