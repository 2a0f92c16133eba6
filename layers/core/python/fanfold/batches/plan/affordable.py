"""What a budget will do to a batch, told before anything of it is sent."""

from collections.abc import Iterator

from fanfold.batches.model.batch import LaneName, Mode, Options
from fanfold.pricing.estimate import Estimate, ModelEstimate
from fanfold.pricing.tariff import Lane, Tariff, dollars, nanos
from fanfold.providers import Usage


def budget_notes(options: Options, estimate: Estimate, tariffs: dict[str, Tariff], lane: LaneName) -> Iterator[str]:
    """Whether all requests fit into the budget of the batch; if not, how many do, and what to change."""
    budget, costs = options.budget_usd, estimate.lanes[lane.value]
    if budget is None or costs.most_usd is None or costs.expected_usd is None:
        return
    if costs.most_usd <= budget or not estimate.requests:
        return
    fit = int(estimate.requests * budget / costs.most_usd)
    said = f"the budget of {_plain(budget)} USD covers what {fit:,} of {estimate.requests:,} requests can cost at most"
    change = _change(options, estimate, tariffs, lane)
    if costs.expected_usd > budget:
        yield f"{said}, and all are expected to cost {_plain(float(f'{costs.expected_usd:.3g}'))} USD; {change}"
    else:
        yield f"{said}; {_way(lane)}. So that all go at once, {change}"


def _plain(amount: float) -> str:
    """Dollars as people write them: 0.000001, never 1e-06."""
    return f"{amount:.9f}".rstrip("0").rstrip(".")


def lane_of(options: Options) -> LaneName:
    """The lane that a batch is most likely to take, where that is not chosen yet."""
    return LaneName.REALTIME if options.mode is Mode.REALTIME else LaneName.BATCH


def _way(lane: LaneName) -> str:
    if lane is LaneName.REALTIME:
        return "the others follow as answers turn out to cost less, until the money is spent"
    return "the others follow in at most two further waves, as answers turn out to cost less"


def _change(options: Options, estimate: Estimate, tariffs: dict[str, Tariff], lane: LaneName) -> str:
    """What to change: the output that requests may have, or the budget."""
    budget, most = options.budget_usd or 0, estimate.lanes[lane.value].most_usd or 0
    limits = [_limit(each, tariffs, budget, lane) for each in estimate.models] if len(estimate.models) == 1 else []
    lower = f"set max_tokens to {limits[0]:,} or less, or " if limits and limits[0] else ""
    return f"{lower}give it a budget of {_plain(_up(most))} USD"


def _limit(model: ModelEstimate, tariffs: dict[str, Tariff], budget: float, lane: LaneName) -> int:
    """Output tokens of each request with which all of them fit into the budget; 0 if none do."""
    if (tariff := tariffs.get(model.model)) is None:
        return 0
    taken = tariff.charge(Usage(input_tokens=model.most_input_tokens), _priced(lane)).spent
    one = tariff.charge(Usage(output_tokens=1000), _priced(lane)).spent
    return max(0, int((nanos(budget) - taken) * 1000 / (one * model.requests))) if one else 0


def _priced(lane: LaneName) -> Lane:
    return "realtime" if lane is LaneName.REALTIME else "batch"


def _up(amount: float) -> float:
    """Dollars, rounded up to three digits."""
    step = float(f"1e{len(str(int(amount))) - 3}") if amount >= 1 else dollars(1000)
    return float(f"{(int(amount / step) + 1) * step:.6g}")
