"""List prices of us-east-1 in USD, from dated public sources (AWS's price pages, 2026-11), and what is billed how."""

import math

WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
LAMBDA_GB_SECOND = 0.0000133334
"""On arm64."""
LAMBDA_REQUEST = 0.20e-6
SQS_REQUEST = 0.40e-6
TRANSITION = 25e-6
"""Of a Standard workflow."""
HTTP_API_REQUEST = 1.00e-6
S3_PUT = 5e-6
"""PUT, POST, COPY, LIST and the parts of a multipart upload."""
S3_GET = 0.40e-6
LOGS_GB = 0.50
EVENT = 1.00e-6
"""Put on a bus by us."""
SECRET_CALL = 0.05 / 10_000

VCPU_MEBI = 1769
"""Memory at which Lambda gives a function one whole CPU."""
LOG_BYTES_AN_INVOCATION = 700
"""What Lambda itself logs of an invocation in JSON: platform.start, .initReport and .report."""


def write_units(size: int) -> int:
    """A write of an item of so many bytes."""
    return max(1, math.ceil(size / 1024))


def read_units(size: int, *, consistent: bool) -> float:
    """A read of so many bytes."""
    return max(1, math.ceil(size / 4096)) * (1 if consistent else 0.5)


def sqs_requests(size: int) -> int:
    """A message of so many bytes, sent, received and deleted."""
    return 2 * max(1, math.ceil(size / 65536)) + 1
