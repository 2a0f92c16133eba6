"""What a result means, in words. Each module in this package is one language, found under its file's name."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import _explain, _recommend
from fanfold.forecasting.texts._language import Language

DEFAULT = "en"


class Words(NamedTuple):
    """What a result means, in a paragraph each."""

    explanation: str
    """Pattern, components, models, backtest, expected error, reason, what was done to the data."""
    recommendation: str
    """What a buyer or planner can act on: how much, what to watch, how far to trust it, when to fit again."""


def names() -> tuple[str, ...]:
    """Every language there is."""
    return plugins.names(__name__)


@cache
def language(name: str | None = None) -> Language:
    """The language of that name, English for None. Raises Invalid."""
    try:
        found: Language = plugins.load(__name__, name or DEFAULT)
    except KeyError:
        raise Invalid(f"there is no language {name!r}; there are {', '.join(names())}", field="language") from None
    return found


def words(results: Iterable[SeriesForecast], language_name: str | None = None) -> list[Words]:
    """What each of the results means."""
    both = (said for one in results for said in (_explain.sentences(one), _recommend.sentences(one)))
    told = language(language_name).paragraphs(both)
    return [Words(*pair) for pair in zip(told[::2], told[1::2], strict=True)]


def explain(result: SeriesForecast, language_name: str | None = None) -> str:
    """The explanation alone."""
    return language(language_name).paragraphs([_explain.sentences(result)])[0]


def recommend(result: SeriesForecast, language_name: str | None = None) -> str:
    """The recommendation alone."""
    return language(language_name).paragraphs([_recommend.sentences(result)])[0]
