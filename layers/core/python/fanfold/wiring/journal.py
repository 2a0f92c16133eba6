"""The journal."""

import time
from functools import cache

from fanfold.aws.table import DynamoTable
from fanfold.clock import utc_now
from fanfold.journal.backend import JournalBackend
from fanfold.journal.hour_index import HourIndex
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, client, errands, events
from fanfold.wiring.shared import settings as settings


@cache
def journal() -> JournalBackend:
    kept = journal_table()
    return JournalBackend(
        table=kept,
        places=HourIndex(kept),
        blobs=blobs(),
        exports=errands("journal_export_function"),
        events=events(),
        clock=utc_now,
        pause=time.sleep,
        settings=settings(),
    )


@cache
def journal_table() -> DynamoTable:
    return DynamoTable(client("dynamodb"), settings().resource("journal_table_name"))
