"""What a result means, in words. Each module in this package is one language, found under its file's name."""

from functools import cache

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.texts import _explain, _recommend
from fanfold.forecasting.texts._language import Language

DEFAULT = "en"


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


def explain(result: SeriesForecast, language_name: str | None = None) -> str:
    """One paragraph: pattern, components, models, backtest, expected error, reason, what was done to the data."""
    said = language(language_name)
    return said.gap.join(_explain.sentences(result, said))


def recommend(result: SeriesForecast, language_name: str | None = None) -> str:
    """One paragraph a buyer or planner can act on: how much, what to watch, how far to trust it, when to fit again."""
    said = language(language_name)
    return said.gap.join(_recommend.sentences(result, said))
