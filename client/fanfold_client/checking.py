"""A look at a file before it is sent: what can be seen to be wrong with all of it costs no upload.

The service reads every line and is strict about it; this only makes sure that there is one request at all, and that
a template's fields are there.
"""

import codecs
import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fanfold_client.errors import Refused

DELIMITERS = (",", ";", "\t", "|")
TABLES = (".csv", ".tsv")
CONTENTS = ("input", "messages", "body", "params", "request")
GAP = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
PROMPTS = {"template", "from_template"}
"""Options that say what is asked of a row."""
LONGEST = 4 * 1024 * 1024
ZIPPED = b"PK\x03\x04"
FIELDS = (*CONTENTS, "custom_id", "system", "model", "max_tokens", "temperature")


def check_file(file: Path, name: str, options: Mapping[str, Any]) -> None:
    """Raises Refused for a file without a request, or without the fields that its options name."""
    with file.open("rb") as content:
        if content.read(len(ZIPPED)) == ZIPPED:
            raise _refused("it is an Excel file, or another that is zipped: save it as CSV", "file")
    try:
        with file.open(encoding=options.get("encoding") or _encoding(file), errors="replace", newline="") as text:
            if name.lower().endswith(TABLES):
                _check_table(text, options)
            elif not _is_array(text):
                _check_lines(text, options)
    except LookupError:
        raise _refused(f"there is no encoding {options.get('encoding')!r}", "encoding") from None


def _encoding(file: Path) -> str:
    with file.open("rb") as content:
        head = content.read(200)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 3 else "utf-8-sig"


def _is_array(text: Any) -> bool:
    """Whether the file is a JSON array, which is left to the service; the text is then where it was."""
    head = text.read(4096).lstrip()
    text.seek(0)
    return bool(head.startswith("["))


def _check_table(text: Iterable[str], options: Mapping[str, Any]) -> None:
    csv.field_size_limit(LONGEST)
    lines = (line for line in text if line.strip(" ,;\t|\r\n\ufeff"))
    first = next(lines, "")
    delimiter = options.get("delimiter")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, first = delimiter or first[4], next(lines, "")
    if not first:
        raise _refused("the file is empty", "file")
    named = _named(options)
    header = _header(first, delimiter or max(DELIMITERS, key=lambda each: _worth(first, each, named)))
    if twice := next((name for name in header if name and header.count(name) > 1), None):
        raise _refused(f"the header names {twice!r} twice: rename one", twice)
    for name in named:
        if name not in header:
            raise _refused(f"no column is called {name!r}; the columns are: {', '.join(header[:20])}", name)
    if not options.keys() & PROMPTS and not set(header) & set(CONTENTS):
        said = f"the columns are: {', '.join(header[:20])}; name one of them `input`, or give a template"
        raise _refused(f"no column holds the requests; {said}", "input")
    if next(lines, None) is None:
        raise _refused("the file has a header and no rows", "file")


def _check_lines(text: Iterable[str], options: Mapping[str, Any]) -> None:
    """Whether one line can be a request: most often it is the first."""
    named, why, seen = _named(options), "", 0
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        seen += 1
        flaw = _flaw(line, named, options)
        if flaw is None:
            return
        why = why or f"line {number}: {flaw}"
    if not seen:
        raise _refused("the file is empty", "file")
    raise _refused(f"none of its {seen:,} lines can be run; {why}", "file")


def _flaw(line: str, named: Collection[str], options: Mapping[str, Any]) -> str | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        comma = "; a line of JSON Lines ends without a comma" if line.rstrip().endswith("},") else ""
        return f"it is not valid JSON: {error}{comma}"
    if not isinstance(record, dict):
        return "it is no JSON object"
    for name in named:
        if name not in record:
            return f"no field is called {name!r}; the fields are: {', '.join(list(record)[:20]) or 'none'}"
    if options.keys() & PROMPTS or record.keys() & set(CONTENTS):
        return None
    return f"it has none of {', '.join(CONTENTS[:3])}; its fields are: {', '.join(list(record)[:20]) or 'none'}"


def _named(options: Mapping[str, Any]) -> list[str]:
    """The fields that the options name."""
    keep = options.get("keep_columns") or ()
    names = [*_gaps(options.get("template") or ""), options.get("id_column"), *([] if keep == "all" else keep)]
    return [name for name in dict.fromkeys(names) if name]


def _gaps(template: str) -> Iterator[str]:
    return (found[1].strip() for found in GAP.finditer(template) if found[1])


def _worth(line: str, delimiter: str, named: Collection[str]) -> tuple[int, int]:
    """The service's own measure: with which delimiter the most wanted names are there, and then the most fields."""
    names = _header(line, delimiter)
    return len(set(names) & {*FIELDS, *named}), len(names)


def _header(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [name.strip().removeprefix("\ufeff") for name in cells]


def _refused(detail: str, field: str) -> Refused:
    return Refused({"title": "Invalid input", "detail": detail, "errors": [{"field": field, "detail": detail}]})
