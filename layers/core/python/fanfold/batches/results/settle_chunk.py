"""Settling: what both lanes do when every request of a chunk has its result.

Results that came in this attempt are charged, the others keep their charge. Money and times are added to those of the
attempts before: what a retry replaces was paid for, and took its time.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.result import Result, is_empty
from fanfold.batches.model.shard import Shard
from fanfold.batches.results.error_groups import group_errors
from fanfold.jobs.chunk_results import ChunkResult, Served, pack_offsets
from fanfold.jobs.duration_histogram import Times
from fanfold.jobs.job import Counts, JobRef
from fanfold.pricing.tariff import Charge, Lane, Tariff, dollars
from fanfold.providers import Status, Usage

LANES: dict[LaneName, Lane] = {LaneName.BATCH: "batch", LaneName.REALTIME: "realtime"}
"""Lanes as prices have them."""
UNAFFORDABLE = "budget"
"""The kind of fault of requests that there was no money for."""
NOT_SENT = frozenset({UNAFFORDABLE, "cancelled", "given_up"})


class Attempt(NamedTuple):
    """An attempt on a chunk: its number in the job's round, and which model answered in which lane, at which prices."""

    ref: JobRef
    chunk: int
    round: int
    number: int
    """The fencing number of whoever writes the results."""
    provider: str
    model: str
    lane: Lane
    tariff: Tariff | None
    seconds: float | None = None
    """How long every answer took, where results do not say it themselves."""
    tariffs: Mapping[str, Tariff] = {}
    """The prices of all that may answer, by model."""

    def by(self, result: Result) -> "Attempt":
        """The attempt as it was for one result: by another model, or in another lane."""
        if result.answered_by is None and result.lane is None:
            return self
        provider, _, model = (result.answered_by or f"{self.provider}/{self.model}").partition("/")
        lane, tariff = result.lane or self.lane, self.tariffs.get(model, self.tariff if model == self.model else None)
        return self._replace(provider=provider, model=model, lane=lane, tariff=tariff)

    @property
    def usage_key(self) -> tuple[str, str, str]:
        return self.provider, self.model, self.lane


def attempt(job: BatchJob, shard: Shard, chunk: int, number: int) -> Attempt:
    """An attempt on a chunk of the shard's, all of whose requests are for the shard's model."""
    tariff, lane = job.tariffs.get(shard.model), LANES[shard.lane]
    seconds, provider = shard.seconds, job.options.provider
    return Attempt(job.ref, chunk, shard.round, number, provider, shard.model, lane, tariff, seconds, job.tariffs)


def chunk_result(
    attempt: Attempt, results: list[Result], fresh: Set[int], before: ChunkResult | None
) -> tuple[ChunkResult, list[bytes]]:
    """The chunk as it is to be recorded, and the lines of its results object.

    `fresh` are the positions that were answered in this attempt; `before` is the chunk as the last round left it.
    """
    charges = {place: charge(attempt.by(results[place]), results[place].usage) for place in fresh}
    charged = [_charged(result, charges.get(position)) for position, result in enumerate(results)]
    lines = [result.model_dump_json().encode() + b"\n" for result in charged]
    counts = _counts(results) + _money(charges.values()) + _paid(before)
    made = ChunkResult(
        chunk=attempt.chunk,
        attempt=attempt.round,
        results=attempt.ref.results_key(attempt.chunk, attempt.round, attempt.number),
        counts=counts,
        offsets=pack_offsets([len(line) for line in lines]),
        faults=group_errors(results),
        charged=sum(charge.spent for charge in charges.values() if charge),
        served=tuple(_served(attempt, results, charges, before)),
    )
    return made, lines


def charge(attempt: Attempt, usage: Usage) -> Charge | None:
    """What one answer cost; None if it used tokens whose price or number is not known."""
    if usage.uncounted:
        return None
    if not (usage.input_tokens or usage.output_tokens):
        return Charge()
    return attempt.tariff.charge(usage, attempt.lane) if attempt.tariff else None


def _charged(result: Result, charge: Charge | None) -> Result:
    return result.model_copy(update={"cost_usd": dollars(charge.spent)}) if charge and charge.listed else result


def _counts(results: list[Result]) -> Counts:
    succeeded = sum(result.status is Status.SUCCEEDED for result in results)
    usages = [result.usage for result in results]
    return Counts(
        succeeded=succeeded,
        failed=len(results) - succeeded,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        cancelled=sum(result.status is Status.CANCELLED for result in results),
        empty=sum(is_empty(result) for result in results),
        **Counter(f"finish_{result.finish_reason}" for result in results if result.finish_reason),
    )


def _money(charges: Collection[Charge | None]) -> Counts:
    known = [charge for charge in charges if charge]
    return Counts(
        spent_nanos=sum(charge.spent for charge in known),
        list_nanos=sum(charge.listed for charge in known),
        unpriced=len(charges) - len(known),
    )


def _paid(before: ChunkResult | Served | None) -> Counts:
    """The money of earlier attempts."""
    if before is None or before.counts is None:
        return Counts()
    return Counts(**before.counts.model_dump(include={"spent_nanos", "list_nanos", "unpriced"}))


def _served(
    attempt: Attempt, results: list[Result], charges: Mapping[int, Charge | None], before: ChunkResult | None
) -> Iterator[Served]:
    """Who has answered: as a rule the one model that all of the chunk is for."""
    earlier = {(each.provider, each.model, each.lane): each for each in before.served} if before else {}
    found: dict[tuple[str, str, str], list[int]] = {usage_key: [] for usage_key in earlier}
    for position, result in enumerate(results):
        found.setdefault(attempt.by(result).usage_key, []).append(position)
    for usage_key, positions in found.items():
        fresh = [position for position in positions if position in charges]
        served = _part(attempt, usage_key, [results[position] for position in fresh], before, earlier.get(usage_key))
        if len(found) > 1:
            paid = _paid(
                before if before and len(before.served) == 1 and usage_key in earlier else earlier.get(usage_key)
            )
            money = _money([charges[position] for position in fresh]) + paid
            counts = _counts([results[position] for position in positions]) + money
            served = served.model_copy(update={"counts": counts})
        yield served


def _part(
    attempt: Attempt,
    usage_key: tuple[str, str, str],
    fresh: list[Result],
    before: ChunkResult | None,
    earlier: Served | None,
) -> Served:
    sent = [result for result in fresh if not (result.error and result.error.kind in NOT_SENT)]
    again = len(sent) if before else 0
    provider, model, lane = usage_key
    return Served(
        provider=provider,
        model=model,
        lane=lane,
        times=Times.of(list(_seconds(attempt, fresh))) + (earlier.times if earlier else Times()),
        retries=sum(result.tries - 1 for result in sent) + again + (earlier.retries if earlier else 0),
    )


def _seconds(attempt: Attempt, fresh: Iterable[Result]) -> Iterator[float]:
    """The times of answers."""
    for result in fresh:
        if result.seconds is not None:
            yield result.seconds
        elif attempt.seconds is not None and result.status is Status.SUCCEEDED:
            yield attempt.seconds
