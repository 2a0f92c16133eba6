"""Rows in, rows with answers out."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack

from fanfold_client.aio.batches import AsyncBatches
from fanfold_client.errors import Refused
from fanfold_client.mapped import COLUMN, answered, content_key, records_of
from fanfold_client.models import Batch
from fanfold_client.models.options import BatchOptions
from fanfold_client.profiles import uploads_path
from fanfold_client.results import Results, rows_of


class AsyncRowMapping:
    """A client that maps rows to answers by its batches."""

    batches: AsyncBatches

    async def map(
        self,
        rows: Any,
        *,
        seen: Callable[[Batch], None] = lambda batch: None,
        remember: str | Path | None = None,
        **options: Unpack[BatchOptions],
    ) -> Results:
        """The rows with an answer each, in their order; `template` says what is asked of a row.

        Rows are dicts, or a DataFrame of pandas or polars. Each comes back with `output`, `status`, `error` and
        `finish_reason`. The same rows with the same options are the same batch: a call that broke, in an earlier
        process too, goes on where it was when it is repeated; `remember` is the folder that knows what has been sent,
        otherwise that of the command line. Raises Refused if no row could be run.
        """
        table = rows_of(rows)
        if not table:
            return Results()
        records = records_of(table)
        options["id_column"] = COLUMN
        key, folder = content_key(records, options), remember or uploads_path(os.environ)
        made = await self.batches.create(records, key, remember=folder, **options)
        batch = await self.batches.wait(made.id, seen)
        if batch.state == "failed":
            raise Refused({"title": "The batch failed", "detail": batch.error or f"{batch.id} failed"})
        results = [row async for row in self.batches.iter_results(batch.id)]
        rejected = [row async for row in self.batches.rejected(batch.id)] if batch.rejected else []
        return answered(table, results, rejected)
