"""CSV (RFC 4180), UTF-8, with a header.

A text that a spreadsheet would take for a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
from collections.abc import Iterable, Iterator

from fanfold.batches.exports import Row

BLOCK = 1024 * 1024
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Csv:
    light = True

    def parts(self, rows: Iterable[Row]) -> Iterator[bytes]:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(Row._fields)
        for row in rows:
            writer.writerow([_harmless(cell) for cell in row])
            if text.tell() > BLOCK:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode()


def _harmless(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


PLUGIN = Csv
