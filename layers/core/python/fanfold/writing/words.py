"""Words of a text: what stands between spaces and has a letter or a digit; each sign of Chinese or Japanese is one."""

import re

MARKUP = re.compile(r"^\s{0,3}(#{1,6}\s.*|[-*_=]{3,}\s*)$", re.M)
SIGNS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{SIGNS}]|[^\s{SIGNS}]*\w[^\s{SIGNS}]*")
TOLERANCE = 0.10


def count(text: str) -> int:
    """Words of Markdown, headings left out."""
    return len(WORD.findall(MARKUP.sub("", text)))


def fits(written: int, asked: int) -> bool:
    """Whether a length is within a tenth of what was asked for."""
    return abs(written - asked) <= TOLERANCE * asked
