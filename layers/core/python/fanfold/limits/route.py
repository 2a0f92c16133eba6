"""A route: a model of a provider under one account there. Rates, health and holds are kept for each."""

from typing import NamedTuple

from fanfold.ports import Key
from fanfold.settings import Rate

PACE = "pace"


def paced(job: str, per_minute: int) -> "Route":
    """The route of a job's own pace, in requests a minute: all of its workers have it together."""
    return Route(PACE, str(per_minute), job)


class Route(NamedTuple):
    """`account` is a digest of the key."""

    provider: str
    model: str
    account: str

    def key(self, sk: str) -> Key:
        """One of the route's items."""
        return Key(f"R#{self.provider}#{self.model}#{self.account}", sk)

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


def rate_of(route: Route, rates: dict[str, Rate]) -> Rate:
    """The rate that is set for the model, or for its provider, or the default; of a pace it is what it says."""
    if route.provider == PACE:
        return Rate(requests=int(route.model), tokens=10**9)
    return rates.get(route.name) or rates.get(route.provider) or Rate()
