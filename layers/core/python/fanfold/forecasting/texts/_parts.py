"""What sentences are made of, as data: a language writes all of it in one call (`Language.paragraphs`, `written`)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Share(NamedTuple):
    """A share of 1, written in percent."""

    value: float


class Day(NamedTuple):
    """An ISO date; what is none is written as it is."""

    iso: str


class StepSpan(NamedTuple):
    """So many steps of a frequency: `12 months`."""

    steps: float
    frequency: str | None


class Per(NamedTuple):
    """`a month`."""

    frequency: str | None


class Named(NamedTuple):
    """A name out of one of a language's lists, `months` or `weekdays`, counted from 0."""

    names: str
    place: int


class Listed(NamedTuple):
    """Parts one after the other."""

    parts: "tuple[Part, ...]"


class WithCount(NamedTuple):
    """A part, and in brackets how many times."""

    part: "Part"
    times: int


class Phrase(NamedTuple):
    """The text under a key, filled with parts; with a number, in the form that this takes, {n} being the number.

    `otherwise` stands there in a language that has no such text, as for a pattern of a plug-in's.
    """

    key: str
    parts: "Mapping[str, Part]" = MappingProxyType({})
    number: float | None = None
    otherwise: "Phrase | str | None" = None


Part = str | float | Share | Day | StepSpan | Per | Named | Listed | WithCount | Phrase
"""A text as it is, a number, or one of these."""
