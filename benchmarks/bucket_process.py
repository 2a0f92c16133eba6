"""A process that takes all it can get from a bucket for a while; prints its grants and writes.

python -m benchmarks.bucket_process ENDPOINT TABLE SECONDS REQUESTS_A_MINUTE
"""

import json
import sys
import time
from typing import Any

import boto3

from fanfold.aws.table import DynamoTable
from fanfold.clock import utc_now
from fanfold.limits.bucket import Bucket
from fanfold.limits.route import Route
from fanfold.settings import Rate
from local.cloud.deploy import ACCOUNT, REGION

ROUTE = Route("bench", "model", "account")


def main() -> None:
    endpoint, name, seconds, rate = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    make: Any = boto3.client
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}
    client = make("dynamodb", endpoint_url=endpoint, region_name=REGION, **keys)
    writes = 0

    def written(**_: Any) -> None:
        nonlocal writes
        writes += 1

    client.meta.events.register("before-call.dynamodb.UpdateItem", written)
    limits = Rate(requests=rate, tokens=rate * 1000)
    bucket, granted = Bucket(DynamoTable(client, name), utc_now, lambda route: limits), 0
    first = last = time.time()
    until = first + seconds
    while time.time() < until:
        lease = bucket.lease(ROUTE, [100] * 100)
        granted += lease.requests
        last = time.time()
        time.sleep(min(lease.wait, until - last) if until > last else 0)
    print(json.dumps({"granted": granted, "writes": writes, "first": first, "last": last}))


if __name__ == "__main__":
    main()
