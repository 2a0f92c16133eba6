"""What went wrong in a job, grouped by kind: small enough to be kept with every chunk, and added up from there."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

EXAMPLES = 3
"""Examples of a kind, at most."""
CODES = 10
"""Codes of a kind that are told apart; the rarest beyond that are left out."""
QUOTED = 200
"""Characters of a message that an example keeps: it is stored with its chunk."""


class Example(BaseModel):
    """A unit that went wrong."""

    model_config = ConfigDict(frozen=True)

    id: str
    line: int
    message: str


class ErrorGroup(BaseModel):
    """Everything of one kind: how often, with which codes of the provider's, and a few examples."""

    model_config = ConfigDict(frozen=True)

    kind: str
    count: int
    codes: dict[str, int] = {}
    examples: tuple[Example, ...] = ()


def error_group(kind: str, code: str | None, example: Example) -> ErrorGroup:
    """One unit that went wrong."""
    brief = example.model_copy(update={"message": example.message[:QUOTED]})
    return ErrorGroup(kind=kind, count=1, codes={code: 1} if code else {}, examples=(brief,))


def grouped(groups: Iterable[ErrorGroup]) -> tuple[ErrorGroup, ...]:
    """Groups added up by kind, the most frequent first."""
    found: dict[str, ErrorGroup] = {}
    for group in groups:
        found[group.kind] = _joined(found[group.kind], group) if group.kind in found else group
    return tuple(sorted(found.values(), key=lambda group: -group.count))


def _joined(one: ErrorGroup, other: ErrorGroup) -> ErrorGroup:
    codes = {code: one.codes.get(code, 0) + other.codes.get(code, 0) for code in {**one.codes, **other.codes}}
    most = sorted(codes.items(), key=lambda each: -each[1])[:CODES]
    return ErrorGroup(
        kind=one.kind,
        count=one.count + other.count,
        codes=dict(most),
        examples=_telling(one.examples, other.examples),
    )


def _telling(known: tuple[Example, ...], new: tuple[Example, ...]) -> tuple[Example, ...]:
    """A few examples, those with a message of their own before the rest."""
    every = {each.id: each for each in (*known, *new)}.values()
    first: dict[str, Example] = {}
    for each in every:
        first.setdefault(each.message, each)
    own = list(first.values())
    rest = [each for each in every if first[each.message] is not each]
    return tuple([*own, *rest][:EXAMPLES])
