"""PDF: set by fpdf2 in FiraGO (Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai, Georgian), shaped by HarfBuzz.

WenQuanYi Micro Hei is in reserve for Chinese, Japanese and Korean.

Signs that no font has are named in `missing`: they are boxes in the PDF, and whole in the other forms.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from fanfold.writing.formats import Rendered
from fanfold.writing.formats._blocks import TextBlock, TextRun, blocks

if TYPE_CHECKING:
    from fpdf import FPDF

MAIN, RESERVE = "FiraGO", "WenQuanYi Micro Hei"
FACES = {"": "Regular", "B": "Bold", "I": "Italic", "BI": "BoldItalic"}
SIZES = {1: 20, 2: 15, 3: 13}
BODY, LINE = 11, 1.45
POINT = 25.4 / 72
"""Millimetres."""
MOST_MISSING = 40


class PdfFormat:
    ending = "pdf"
    media_type = "application/pdf"

    def render(self, text: str, title: str) -> Rendered:
        page = _page(title, text)
        for block in blocks(text):
            _set(page, block)
        missing = sorted(_signs(text) - frozenset().union(*_coverage().values()))
        return Rendered(bytes(page.output()), "".join(map(chr, missing[:MOST_MISSING])))


def _page(title: str, text: str) -> "FPDF":
    from fpdf import FPDF

    page = FPDF(format="A4")
    page.set_title(title)
    page.set_creator("Fanfold")
    page.set_margin(22)
    page.set_auto_page_break(True, 22)
    for style in FACES:
        page.add_font(MAIN, style, _face(style))
    if not _signs(text) <= _coverage()[MAIN]:
        page.add_font(RESERVE, "", _reserve())
        page.set_fallback_fonts([RESERVE], exact_match=False)
    page.set_text_shaping(True)
    page.add_page()
    page.set_font(MAIN, size=BODY)
    return page


def _set(page: "FPDF", block: TextBlock) -> None:
    """Put a block under the one before."""
    if block.kind == "rule":
        page.ln(4)
        page.line(page.l_margin + 50, page.get_y(), page.w - page.r_margin - 50, page.get_y())
        page.ln(4)
        return
    size = SIZES.get(block.level, 12) if block.kind == "heading" else BODY
    page.ln(size * POINT * (0.9 if block.kind == "heading" else 0.4))
    runs = (TextRun(f"{block.mark} "), *block.runs) if block.mark else block.runs
    indent = 6 * (block.depth - 1 if block.kind == "item" else block.depth)
    left = page.l_margin
    page.set_left_margin(left + indent)
    page.set_x(left + indent)
    for run in runs:
        bold = run.bold or block.kind == "heading"
        page.set_font(MAIN, ("B" if bold else "") + ("I" if run.italic else ""), size)
        page.write(size * POINT * LINE, run.text)
    page.ln(size * POINT * LINE)
    page.set_left_margin(left)


def _signs(text: str) -> set[int]:
    """What has to be shown, as code points."""
    return {ord(sign) for sign in set(text) if sign.isprintable() and not sign.isspace()}


@cache
def _face(style: str) -> Path:
    """The main font in this style, as a file, which is what fpdf2 takes."""
    content: bytes = import_module(f"pymupdf_fonts.FiraGO_{FACES[style]}").fontbuffer
    file = Path(mkdtemp(prefix="fanfold-fonts-")) / f"{FACES[style]}.ttf"
    file.write_bytes(content)
    return file


def _reserve() -> Path:
    import paperang_p2_fonts_cjk

    return next(Path(str(paperang_p2_fonts_cjk.__file__)).parent.rglob("*.ttc"))


@cache
def _coverage() -> dict[str, frozenset[int]]:
    """The signs that each font has."""
    from fontTools.ttLib import TTFont

    found = {}
    for name, file in {MAIN: _face(""), RESERVE: _reserve()}.items():
        with TTFont(file, fontNumber=0, lazy=True) as font:
            found[name] = frozenset(font.getBestCmap())
    return found


PLUGIN = PdfFormat()
