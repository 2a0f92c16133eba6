"""How often to look at what takes its time."""

OUTAGES = 20
"""Looks in a row that may fail before waiting gives up."""


class PollPace:
    """Seconds between looks: a tenth of what was waited so far, within bounds."""

    def __init__(self, fastest: float = 0.5, slowest: float = 15.0) -> None:
        self._fastest, self._slowest, self._waited = fastest, slowest, 0.0

    def next(self) -> float:
        """The seconds until the next look."""
        seconds = min(max(self._waited / 10, self._fastest), self._slowest)
        self._waited += seconds
        return seconds
