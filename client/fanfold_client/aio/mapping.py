"""Rows in, rows with answers out."""

from collections.abc import Callable
from typing import Any, Unpack

from fanfold_client.aio.batches import AsyncBatches
from fanfold_client.errors import Refused
from fanfold_client.mapped import answered, content_key, custom_ids
from fanfold_client.models import Batch
from fanfold_client.models.options import BatchOptions
from fanfold_client.results import Results, rows_of


class AsyncRowMapping:
    """A client that maps rows to answers by its batches."""

    batches: AsyncBatches

    async def map(
        self, rows: Any, *, seen: Callable[[Batch], None] = lambda batch: None, **options: Unpack[BatchOptions]
    ) -> Results:
        """The rows with an answer each, in their order; `template` says what is asked of a row.

        Rows are dicts, or a DataFrame of pandas or polars. Each comes back with `output`, `status`, `error` and
        `finish_reason`. The same rows with the same options are the same batch: a call that broke, in an earlier
        process too, goes on where it was when it is repeated. Raises Refused if no row could be run.
        """
        table = rows_of(rows)
        if not table:
            return Results()
        records = custom_ids(table)
        made = await self.batches.create(records, content_key(records, options), **options)
        batch = await self.batches.wait(made.id, seen)
        if batch.state == "failed":
            raise Refused({"title": "The batch failed", "detail": batch.error or f"{batch.id} failed"})
        results = [row async for row in self.batches.iter_results(batch.id)]
        rejected = [row async for row in self.batches.rejected(batch.id)] if batch.rejected else []
        return answered(table, results, rejected)
