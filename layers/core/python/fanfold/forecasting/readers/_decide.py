"""What a portfolio's rows, counted, say of its calendar."""

from typing import Any

import numpy as np

from fanfold.errors import Invalid
from fanfold.forecasting.calendars import MONTHS, finer, floor, moved
from fanfold.forecasting.frequency import spelled
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import ReadOptions, day_of
from fanfold.forecasting.readers._common import Common
from fanfold.forecasting.readers._portfolio import HistoryTally, Stamps, bucket, common_frequency, mostly_regular

GAPS = 0.15
"""Share of periods without a row from which on a file may be one of sales alone."""
FEW_GAPS = 0.02
MOSTLY = 0.5
SMALL = 32.0
"""A usual value up to which whole numbers are counts of single sales."""
ZEROS = 0.25
"""Rows that say 0 over periods without a row, from which on a file says where nothing was sold."""
STRAY = 24
"""Periods without any date behind which a last date is a slip."""
AGREED = 0.5
"""Share of series that end on the same date, in a portfolio with one end."""
NEARLY, NEAR_BY, SOME = 0.8, 6, 0.25
"""Or so many that end at most so many periods before the last date, which so many reach."""
MOST_AHEAD = 1000
LOOKED_BACK = 12
DAY = np.timedelta64(86_400, "s")
CALLED = {"W": "week", "M": "month", "Q": "quarter"}


def common(tally: HistoryTally, options: ReadOptions) -> Common:
    """What the portfolio shows. Raises Invalid for an `end` that is no date."""
    stamps = tally.stamps
    found = Common(since=stamps[:1], counts=tally.whole and not tally.negative)
    asked = spelled(options.frequency)
    found.asked = asked is not None
    found.frequency = asked or common_frequency(tally)
    if len(stamps) == 0:
        return Common()
    if found.frequency is None and not mostly_regular(tally):
        _put_together(found, stamps)
    if found.frequency is None:
        return found
    found.bucketed = found.bucketed or finer(stamps, found.frequency)
    if found.bucketed:
        found.since = floor(stamps[:1], found.frequency)
    _said_together(found)
    found.end = _last(found, tally)
    _gaps(found, tally, options)
    _end(found, tally, options)
    _partial(found, stamps, options)
    return found


def _put_together(found: Common, stamps: Stamps) -> None:
    """Weeks or months for dates at no regular distance, as orders have them."""
    found.frequency = bucket(stamps)
    if found.frequency is not None:
        found.bucketed = True
        called = CALLED[found.frequency]
        said = f"dates come at no regular distance, as orders do: values are added up by {called}"
        why = f"{called}s are the shortest periods that its {len(stamps):,} dates fill"
        found.notes.append(Note("orders", said, None, why, "--frequency", certain=False))


def _said_together(found: Common) -> None:
    """Say that dates are put together by the frequency that was asked for."""
    if found.asked and found.bucketed:
        said = f"several dates a period: values are added up to the frequency {found.frequency}"
        found.notes.append(Note("aggregated", said, None, "as asked", "--frequency"))


def _gaps(found: Common, tally: HistoryTally, options: ReadOptions) -> None:
    """Whether a period without a row was one without demand."""
    share, shared = _missing(found, tally)
    if options.missing is not None:
        found.zeros = options.missing == "zero"
        return
    percent = f"{100 * share:.0f} % of the periods have no row"
    says_zero = tally.zeros > ZEROS * int(tally.counts.sum()) * share / max(1 - share, 0.01)
    likely = tally.reaches_down and (shared or tally.usual_size <= SMALL)
    sold = found.counts and share >= GAPS and (likely or share >= MOSTLY)
    if not says_zero and not tally.negative and (sold or (options.sold and share >= FEW_GAPS)):
        found.zeros = True
        why = "all values are counts" if found.counts else "the preset is one for sales"
        why = f"{percent}, no row says 0, {why}{', other series have those dates' if shared else ''}"
        said = "a period without a row is one without demand: 0"
        found.notes.append(Note("gaps_are_zeros", said, None, why, "--missing line", certain=False))
    elif share >= GAPS:
        said = "a period without a row is taken to be unknown: on a line between its neighbours"
        why = f"{percent}, {_against(found, says_zero=says_zero)}"
        found.notes.append(Note("gaps_are_unknown", said, None, why, "--missing zero", certain=False))


def _against(found: Common, *, says_zero: bool) -> str:
    if says_zero:
        return "rows say 0 where nothing was"
    return "0 would be far from all values" if found.counts else "the values are no counts"


def _missing(found: Common, tally: HistoryTally) -> tuple[float, bool]:
    """The share of periods without a row within series that have gaps, and whether other series have them."""
    there, spanned, shared = 0, 0, 0
    every = np.unique(found.numbers(tally.stamps))
    every = every[every <= (found.end or 0)]
    for stamps in tally.by_series():
        periods = np.unique(found.numbers(stamps))
        periods = periods[periods <= every[-1]]
        if len(periods) == 0:
            continue
        last = int(periods[-1]) if len(periods) > 2 else int(every[-1])
        step = int(np.gcd.reduce(np.diff(periods))) if len(periods) > 4 else 1
        if (np.diff(periods) == step).all() and (step > 1 or last == int(periods[-1])):
            continue  # without a gap, or of a frequency of its own
        there += len(periods)
        spanned += last - int(periods[0]) + 1
        shared += int(np.searchsorted(every, last, side="right") - np.searchsorted(every, periods[0]))
    missing = spanned - there
    return (missing / spanned if spanned else 0.0), missing > 0 and (shared - there) >= 0.9 * missing


def _end(found: Common, tally: HistoryTally, options: ReadOptions) -> None:
    """The last period: the one told, the last with any sale, or the one that most series end with."""
    if options.end is not None:
        found.told = True
        found.end = int(found.numbers(np.array([day_of(options.end)], dtype="datetime64[s]"))[0])
        if abs(found.end) > MOST_AHEAD + int(found.numbers(tally.stamps[-1:])[0]):
            raise Invalid(f"{options.end} lies far behind the last date", field="end")
        return
    if found.zeros:
        return
    ends = found.numbers(tally.last[tally.counts > 0].view("datetime64[s]"))
    slips = ends > (found.end or 0)
    found.end = found.end if slips.any() else None
    ends = ends[~slips]
    if len(ends) > 1:
        found.end = _agreed(ends)
        if found.end is None:
            said = "series end on different dates: each is forecast from its own"
            found.notes.append(Note("ends_differ", said, option="--end", certain=False))


def _agreed(ends: Any) -> int | None:
    """The period that most series end with; None if there is none."""
    numbers, counts = np.unique(ends, return_counts=True)
    at = len(counts) - 1 - int(counts[::-1].argmax())
    end, share = int(numbers[at]), float(counts[at] / len(ends))
    near = float((ends >= end - NEAR_BY).mean())
    return end if share >= AGREED or (end == numbers[-1] and share >= SOME and near >= NEARLY) else None


def _last(found: Common, tally: HistoryTally) -> int:
    """The last period that has a sale in any series, unless it is far behind all others."""
    every = np.unique(found.numbers(tally.stamps))
    usual = int(np.diff(every).max(initial=1)) if len(every) < 3 else int(np.diff(every[:-1]).max(initial=1))
    slip = len(every) > 2 and int(every[-1] - every[-2]) > max(STRAY, 5 * usual)
    return int(every[-2] if slip else every[-1])


def _partial(found: Common, stamps: Stamps, options: ReadOptions) -> None:
    """Whether the last period is not over: its last date is further from its end than those of others were."""
    frequency = found.frequency or ""
    if options.end is not None or not (found.bucketed or frequency in MONTHS):
        return
    begun = floor(stamps, frequency)
    starts, firsts = np.unique(begun, return_index=True)
    lasts = stamps[np.append(firsts[1:], len(stamps)) - 1]
    ends = np.array([moved(start, frequency, [1])[0] for start in starts[-LOOKED_BACK - 1 :]], dtype="datetime64[s]")
    left = ends - lasts[-len(ends) :]
    if len(left) < 3 or left[-1] <= left[:-1].max() + _slack(ends[-1] - starts[-1]):
        return
    number = int(found.numbers(starts[-1:])[0])
    if found.end is not None and found.end < number:
        return
    _set_partial(found, number, float((ends[-1] - starts[-1]) / (lasts[-1] + DAY - starts[-1])), options)
    done = {"drop": "is left out", "keep": "is kept as it is", "scale": f"is multiplied by {found.factor:.2f}"}
    said = f"the last period, from {starts[-1].astype('datetime64[D]')} on, is not over: it {done[options.partial]}"
    why = f"its last date is {lasts[-1].astype('datetime64[D]')}"
    found.notes.append(Note("partial_period", said, None, why, "--partial", certain=False))


def _slack(period: Any) -> Any:
    """How much earlier than usual a period may end."""
    return max(min(DAY, period / 4), period * 0.05)


def _set_partial(found: Common, number: int, factor: float, options: ReadOptions) -> None:
    if options.partial == "keep":
        return
    found.partial, found.factor = number, factor if options.partial == "scale" else 0.0
    if options.partial == "drop" and found.end is not None:
        found.end = min(found.end, number - 1)
