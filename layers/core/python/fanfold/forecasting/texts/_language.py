"""How a language writes numbers, dates and counted things. Each file beside this one gives one."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from fanfold.forecasting.texts._parts import Day, Listed, Named, Part, Per, Phrase, Share, StepSpan, WithCount

DIGITS = 3
"""Significant digits in a sentence, as far as they lie behind the decimal mark."""
TOP = 10.0
"""Shares from here on say nothing more: 1,000 %."""

Text = str | tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """Texts under the same keys in every language; one that depends on a count is a tuple of its plural forms."""

    name: str
    decimal: str
    thousands: str
    percent: str
    """With {} for the number."""
    date: str
    """With {day}, {month} (its name), {number} (of the month) and {year}."""
    first: str
    """The first day of a month."""
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    """From Monday."""
    comma: str
    """Between items of a list."""
    gap: str
    """Between sentences."""
    form: Callable[[float], int]
    """Which plural form a count takes. https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html"""
    texts: Mapping[str, Text]
    grouped_from: float = 1000
    """Smaller numbers have no mark between their digits."""

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Headings, by what stands behind `label.` in their keys."""
        return self._under("label.")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of patterns, states and what needs a look."""
        return self._under("name.")

    def _under(self, start: str) -> dict[str, str]:
        return {key.removeprefix(start): str(text) for key, text in self.texts.items() if key.startswith(start)}

    def paragraphs(self, each: Iterable[Sequence[Phrase]]) -> list[str]:
        """A paragraph for each series of sentences."""
        return [self.gap.join(map(self._written, sentences)) for sentences in each]

    def written(self, parts: Iterable[Part]) -> list[str]:
        """Each part as it stands in a text."""
        return [self._written(part) for part in parts]

    def _written(self, part: Part) -> str:
        match part:
            case str():
                return part
            case Phrase():
                return self._filled(part)
            case Share():
                return self.share(part.value)
            case Day():
                return self.day(part.iso)
            case StepSpan():
                return self.span(part.steps, part.frequency)
            case Per():
                return self.per(part.frequency)
            case Named():
                names: tuple[str, ...] = getattr(self, part.names)
                return names[part.place]
            case Listed():
                return self.comma.join(map(self._written, part.parts))
            case WithCount():
                return f"{self._written(part.part)} ({self.number(part.times)})"
        return self.number(part)

    def _filled(self, phrase: Phrase) -> str:
        if phrase.otherwise is not None and phrase.key not in self.texts:
            return self._written(phrase.otherwise)
        parts = {name: self._written(part) for name, part in phrase.parts.items()}
        return (
            self.say(phrase.key, **parts) if phrase.number is None else self.count(phrase.key, phrase.number, **parts)
        )

    def say(self, key: str, **parts: Any) -> str:
        """The text under a key, filled. Raises KeyError for an unknown one."""
        text = self.texts[key]
        return (text if isinstance(text, str) else text[-1]).format(**parts)

    def count(self, key: str, number: float, **parts: Any) -> str:
        """The text under a key in the form that the number takes; {n} in it is the number."""
        forms = self.texts[key]
        chosen = forms if isinstance(forms, str) else forms[min(self.form(number), len(forms) - 1)]
        return chosen.format(n=self.number(number), **parts)

    def has(self, key: str) -> bool:
        return key in self.texts

    def number(self, value: float) -> str:
        """1234.5 as `1,234` or `1.234`, 0.012345 as `0.0123`."""
        if not math.isfinite(value):
            return "–"
        size = abs(value)
        places = 0 if size >= 100 or size == 0 else min(max(DIGITS - 1 - math.floor(math.log10(size)), 0), 12)
        text = f"{value:,.{places}f}"
        whole, _, rest = text.partition(".")
        rest = rest.rstrip("0")
        whole = "0" if whole == "-0" and not rest else whole
        mark = self.thousands if size >= self.grouped_from else ""
        return whole.replace(",", mark).replace("-", "\N{MINUS SIGN}") + (self.decimal + rest if rest else "")

    def share(self, value: float) -> str:
        """0.123 as `12%`; below ten percent with one decimal, above a thousand just that."""
        if value >= TOP:
            return "> " + self.percent.format(self.number(100 * TOP))
        return self.percent.format(self.number(round(100 * value, 1 if abs(value) < 0.1 else 0)))

    def day(self, iso: str) -> str:
        """An ISO date in words; what is none comes back as it is."""
        try:
            found = date.fromisoformat(iso[:10])
        except ValueError:
            return iso
        day = self.first if found.day == 1 else str(found.day)
        month = self.months[found.month - 1]
        return self.date.format(day=day, month=month, number=found.month, year=found.year)

    def span(self, steps: float, frequency: str | None) -> str:
        """`12 months`, or `12 periods` where the frequency is unknown."""
        key = f"span.{(frequency or '').partition('/')[0]}"
        return self.count(key if self.has(key) else "span.none", steps)

    def per(self, frequency: str | None) -> str:
        """`a month`."""
        key = f"per.{(frequency or '').partition('/')[0]}"
        return self.say(key if self.has(key) else "per.none")


def two_forms(number: float) -> int:
    """One, and everything else: English, Italian, Spanish."""
    return 0 if number == 1 else 1


def from_two_on(number: float) -> int:
    """French: 0, 1 and 1.5 are singular."""
    return 0 if abs(number) < 2 else 1


def one_form(number: float) -> int:
    """Chinese."""
    return 0
