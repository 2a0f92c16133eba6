"""What speaks for a mark being a decimal point, and what for one between thousands."""

from math import log10

OTHER = {",": ".", ".": ","}
CUSTOM = {(",", False): 3.0, (".", True): 1.0, (".", False): -0.5, (",", True): -0.5}
"""How much the delimiter speaks for groups of thousands, in powers of ten; by mark, and whether it is a semicolon."""


class Marked:
    """What was seen of one mark: cells that prove it decimal, cells that prove it sets thousands apart, and doubts."""

    def __init__(self) -> None:
        self.decimal = self.grouping = self.doubtful = 0
        self.sizes = 0.0
        """The sum of log10 of the doubtful cells, read as decimals."""

    @property
    def seen(self) -> int:
        """Cells with it."""
        return self.decimal + self.grouping + self.doubtful

    def see(self, whole: str, behind: str, *, several: bool, times: int = 1) -> None:
        if several:
            self.grouping += times
        elif len(behind) != 3 or len(whole) > 3 or whole in ("", "0") or whole.startswith("0"):
            self.decimal += times
        else:
            self.doubtful += times
            self.sizes += times * log10(float(f"{whole}.{behind}"))
