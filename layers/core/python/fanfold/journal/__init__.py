"""The journal: log entries taken at once, readable at once, and written behind to S3 in batches.

    POST ──▶ a block, one conditional write ──▶ the table's stream ──▶ flush ──▶ a segment: one object, one transaction
                     └────────── read: what is not flushed, then what is ─────────┘

The order of a journal is that of acceptance: ids sort by it. An entry's own `timestamp` is a field like others.
"""
