"""State machine `forecast`, each child of its fan-out: fit one chunk. Two functions run it, one with statsmodels.

It answers nothing: all that children answer goes into one state.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.forecasts.fit import FitChunk, fit_chunk
from fanfold.observe import Event, count, observed
from fanfold.wiring import forecasts as wiring


@observed()
def handler(event: Event, context: LambdaContext) -> Event:
    fitted = fit_chunk(FitChunk.model_validate(event), wiring.forecasts())
    count(SeriesFitted=fitted.fitted, SeriesReused=fitted.reused)
    return {}
