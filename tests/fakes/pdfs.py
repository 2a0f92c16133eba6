"""PDFs, good and bad, made byte by byte or by fpdf2."""

import zlib
from io import BytesIO
from typing import Any


def pdf(*pages: str) -> bytes:
    """A PDF with a text on each page; an empty text is a page without any."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("Helvetica", size=12)
    for page in pages:
        made.add_page()
        if page:
            made.multi_cell(0, 6, page)
    return bytes(made.output())


def pictures(pages: int = 2) -> bytes:
    """A PDF of nothing but pictures, as a scanner makes it."""
    from fpdf import FPDF
    from PIL import Image

    made = FPDF()
    for page in range(pages):
        made.add_page()
        made.image(Image.new("RGB", (20, 20), (page, 10, 10)), w=100)
    return bytes(made.output())


def encrypted(password: str = "secret") -> bytes:
    """A PDF that opens with a password alone."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf("A secret."))))
    writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(unpacked: int = 40_000_000, layers: int = 1) -> bytes:
    """A PDF whose one page unpacks to so many bytes, packed so many times."""
    content = b" " * unpacked
    for _ in range(layers):
        content = zlib.compress(content, 9)
    return assembled(content, {"Filter": "[" + "/FlateDecode " * layers + "]"})


def assembled(content: bytes, stream: dict[str, Any] | None = None, kids: str = "[3 0 R]", count: int = 1) -> bytes:
    """A PDF of one page with this content; `kids` and `count` are what the page tree says."""
    entries = " ".join(f"/{name} {value}" for name, value in (stream or {}).items())
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        f"<</Type /Pages /Kids {kids} /Count {count}>>".encode(),
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources <<>> >>",
        f"<</Length {len(content)} {entries}>>\nstream\n".encode() + content + b"\nendstream",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size 5 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
