"""The journal."""

import time
from functools import cache

from fanfold.aws.table import DynamoTable
from fanfold.clock import utc_now
from fanfold.journal.backend import Backend
from fanfold.journal.hour_index import HourIndex
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, client, errands
from fanfold.wiring.shared import settings as settings


@cache
def journal() -> Backend:
    kept = journal_table()
    return Backend(
        table=kept,
        places=HourIndex(kept),
        blobs=blobs(),
        exports=errands("journal_export_function"),
        clock=utc_now,
        pause=time.sleep,
        settings=settings(),
    )


@cache
def journal_table() -> DynamoTable:
    return DynamoTable(client("dynamodb"), settings().resource("journal_table_name"))
