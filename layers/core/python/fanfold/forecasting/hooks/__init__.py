"""What users put before and after the fit: each file holds a PLUGIN with `before` and `after`; its name is its key.

`before(series: Clean) -> Clean` may change a series (flags and values), `after(forecast: SeriesForecast) ->
SeriesForecast` its finished forecast. A hook that raises fails its series alone.
"""
