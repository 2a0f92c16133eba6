"""CSV (RFC 4180), UTF-8, with a header."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fanfold.batches.views.exports._columns import ResultRow, cells, header
from fanfold.cells import harmless

BLOCK = 1024 * 1024


class BatchCsvExport:
    light = True

    def parts(self, rows: Iterable[ResultRow], columns: Sequence[str] = ()) -> Iterator[bytes]:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(map(harmless, header(columns)))
        for row in rows:
            writer.writerow([harmless(cell) for cell in cells(row, columns)])
            if text.tell() > BLOCK:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode()


PLUGIN = BatchCsvExport
