"""A table's stream as Lambda reads it: a batching window, bisection, bounded retries, a place for what failed.

The emulator's own poller tries a failing batch for ever. Ours keeps the ranges of records that are still to be tried
in order; a range that fails is halved if the mapping says so, which is no retry, and a single record (or a whole
range without bisection) that failed too often, or is too old, goes to the on-failure destination.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.cloud.seam import replace, require

Record = dict[str, Any]
BACKOFF_SECONDS = 0.5


@dataclass
class Range:
    """Records of a stream from an absolute position on, and how often they failed."""

    start: int
    length: int
    failures: int = 0


class Reader:
    """How far one mapping is."""

    def __init__(self) -> None:
        self.ranges: list[Range] = []
        self._waits_since: float | None = None
        self.rests_until = 0.0

    def gathers(self, count: int, mapping: Record) -> bool:
        """Whether to wait for more records than these."""
        window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        if self._waits_since is None:
            self._waits_since = time.monotonic()
        if count < int(mapping.get("BatchSize", 100)) and time.monotonic() - self._waits_since < window:
            return True
        self._waits_since = None
        return False

    def failed(self, tried: Range, mapping: Record) -> bool:
        """Set the range up to be tried again; False if that was often enough."""
        most = int(mapping.get("MaximumRetryAttempts", -1))
        half = tried.length // 2
        if mapping.get("BisectBatchOnFunctionError") and half:
            rest = Range(tried.start + half, tried.length - half, tried.failures)
            self.ranges[:1] = [Range(tried.start, half, tried.failures), rest]
            return True
        tried.failures += 1
        self.rests_until = time.monotonic() + BACKOFF_SECONDS
        return not 0 <= most < tried.failures


_readers: dict[str, Reader] = {}


def install() -> None:
    from ministack.services import dynamodb, lambda_svc

    require(lambda_svc, "_iter_all_esms", "_apply_filter_criteria", "_execute_function", "_dynamodb_stream_positions")
    require(lambda_svc, "_send_ddb_stream_failure_record", "_dynamodb_stream_table_from_arn_spec", "parse_arn")
    require(lambda_svc, "_get_func_record_for_qualifier", "_dynamodb_stream_positions_lock")
    require(dynamodb, "_tables", "stream_start_position", "stream_end_position", "stream_records_since")
    replace(lambda_svc, "_poll_dynamodb_streams", "", _poll)


def _poll(_: Callable[[], bool]) -> Callable[[], bool]:
    def poll() -> bool:
        moved = [_read(mapping) for mapping in _mappings()]
        return any(moved)

    return poll


def _mappings() -> Iterator[Record]:
    """Every mapping that is on, while its account and region are those of the process."""
    from ministack.services import lambda_svc

    for account, region, mapping in lambda_svc._iter_all_esms():
        if mapping.get("Enabled", True) and ":dynamodb:" in mapping.get("EventSourceArn", ""):
            with _as(account, region):
                yield mapping


@contextmanager
def _as(account: str, region: str) -> Iterator[None]:
    from ministack.services import lambda_svc

    tokens = lambda_svc._request_account_id.set(account), lambda_svc._request_region.set(region)
    try:
        yield
    finally:
        lambda_svc._request_account_id.reset(tokens[0])
        lambda_svc._request_region.reset(tokens[1])


def _read(mapping: Record) -> bool:
    """Try the next records of the mapping's stream; whether it got on."""
    from ministack.services import dynamodb, lambda_svc

    arn = mapping["EventSourceArn"]
    found = lambda_svc._dynamodb_stream_table_from_arn_spec(lambda_svc.parse_arn(arn))
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    table = found[0] if found else ""
    if function is None or (dynamodb._tables.get(table) or {}).get("LatestStreamArn") != arn:
        return False
    reader = _readers.setdefault(mapping["UUID"], Reader())
    next_range = _next(reader, mapping, table)
    if next_range is None:
        return False
    records = dynamodb.stream_records_since(table, next_range.start, next_range.length)
    wanted = lambda_svc._apply_filter_criteria(records, mapping)
    result = lambda_svc._execute_function(function, {"Records": wanted}) if wanted else {}
    if result.get("error") and not _given_up(reader, next_range, mapping, function, wanted, result):
        return False
    reader.ranges.pop(0)
    _move(mapping, next_range.start + next_range.length)
    return True


def _next(reader: Reader, mapping: Record, table: str) -> Range | None:
    """The records to try now, or None."""
    from ministack.services import dynamodb, lambda_svc

    if time.monotonic() < reader.rests_until:
        return None
    if not reader.ranges:
        horizon, end = dynamodb.stream_start_position(table), dynamodb.stream_end_position(table)
        first = horizon if mapping.get("StartingPosition") == "TRIM_HORIZON" else end
        with lambda_svc._dynamodb_stream_positions_lock:
            position = max(lambda_svc._dynamodb_stream_positions.setdefault(mapping["UUID"], first), horizon)
        count = min(end - position, int(mapping.get("BatchSize", 100)))
        if count <= 0 or reader.gathers(count, mapping):
            return None
        reader.ranges = [Range(position, count)]
    return reader.ranges[0]


def _given_up(
    reader: Reader, tried: Range, mapping: Record, function: Record, records: list[Record], result: Record
) -> bool:
    """Whether what failed is not tried again: it is too old, or failed too often."""
    from ministack.services import lambda_svc

    age = int(mapping.get("MaximumRecordAgeInSeconds") or -1)
    oldest = min(float(each["dynamodb"]["ApproximateCreationDateTime"]) for each in records)
    if 0 < age < time.time() - oldest:
        condition = "MaxRecordAgeExceeded"
    elif reader.failed(tried, mapping):
        return False
    else:
        condition = "RetryAttemptsExhausted"
    arn = mapping["EventSourceArn"]
    lambda_svc._send_ddb_stream_failure_record(mapping, function, records, arn, result, condition)
    return True


def _move(mapping: Record, position: int) -> None:
    from ministack.services import lambda_svc

    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position
