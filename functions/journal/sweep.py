"""Every minute: flush what the stream missed, publish what a crash left, remove what is too old."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.journal.sweep import sweep
from fanfold.observe import Event, count, observed, report
from fanfold.wiring import journal as wiring


@observed("id")
def handler(event: Event, context: LambdaContext) -> Event:
    swept = sweep(wiring.journal())
    told = report(swept)
    count(EntriesSwept=swept.flushed, BlocksFailed=swept.failed, OldestBlockSeconds=swept.oldest_seconds)
    return told
