"""What was judged about the series of a portfolio, as notes beside those of its file."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fanfold.forecasting.notes import Note

KEPT, LIVED, ALONE = "--keep-outliers", "--no-life-detection", "--no-borrowing"
TOLD = {
    "ended": ("nothing was sold for longer than any gap before: forecast as zero, without stock advice", LIVED),
    "new": ("zeros before the first sale are left out", LIVED),
    "outliers_cleaned": ("outliers and stock-outs beyond doubt are replaced before the fit", KEPT),
    "level_shift": ("the level changed: what was before is brought to the last level", KEPT),
    "borrowed": ("too new to show a season: that of the group is taken, under 5 observations also its level", ALONE),
    "few_observations": ("under 30 observations: a thin history", None),
    "drifted": ("what came is unlikely under the last forecast: it no longer held", None),
    "worsened": ("the expected error is half as large again as last time", None),
    "not_demand": ("too many values below zero for demand: no stock advice", "--non-negative"),
}
"""By flag: the decision, and the option that decides otherwise."""
UNMENDED = {"level_shift": "the level changed"}
NAMED = 5


@dataclass
class JudgedSeries:
    """Series counted by what was judged about them."""

    mended: bool = True
    """Whether outliers and shifts are mended."""
    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, flags: Iterable[str]) -> None:
        for flag in TOLD.keys() & set(flags):
            self.counts[flag] = self.counts.get(flag, 0) + 1
            named = self.names.setdefault(flag, [])
            if len(named) < NAMED:
                named.append(name)

    def notes(self) -> list[Note]:
        """A note for each kind, in the order of TOLD."""
        return [self._note(flag) for flag in TOLD if flag in self.counts]

    def _note(self, flag: str) -> Note:
        detail, option = TOLD[flag]
        if not self.mended and flag in UNMENDED:
            detail, option = UNMENDED[flag], "--clean-outliers"
        count, named = self.counts[flag], self.names[flag]
        more = ", …" if count > len(named) else ""
        evidence = f"{count} series: {', '.join(named)}{more}"
        return Note(flag, detail, None, evidence, option, certain=option is None)
