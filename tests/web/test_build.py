"""What the build makes: the API's types as they are, few bytes, and nothing that the page's policy would stop."""

import gzip
import hashlib
import re
from pathlib import Path

from tools import web_types

WEB = Path(__file__).parents[2] / "web"
MOST_BYTES = 60_000


def test_types_are_those_of_the_api() -> None:
    schema = web_types.SCHEMA.read_text(encoding="utf-8")
    assert schema == web_types.text(), "run: make web-types"
    made_of = (WEB / "src" / "api" / "types.ts").read_text(encoding="utf-8")
    assert hashlib.sha256(schema.encode()).hexdigest() in made_of.splitlines()[0], "run: make web-types"


def test_the_first_look_is_light(built: None) -> None:
    page = (WEB / "dist" / "index.html").read_text(encoding="utf-8")
    needed = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', page)
    files = [WEB / "dist" / "index.html", *(WEB / "dist" / name for name in needed)]
    assert len(files) <= 3, "with config.json four requests before the first content"
    size = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert size < MOST_BYTES, f"{size:,} bytes"


def test_nothing_is_inline(built: None) -> None:
    page = (WEB / "dist" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) == []


def test_no_text_is_taken_for_html() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (WEB / "src").rglob("*.ts*"))
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code) == []
