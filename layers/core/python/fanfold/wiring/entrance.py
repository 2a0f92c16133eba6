"""The part of the wiring that every call goes through: who asks, and whether they may.

The authorizer runs at each call and imports this alone; `wiring` is all of it, and takes these from here.
"""

import gc
import os
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from fanfold.accounts.audit import Audit
from fanfold.accounts.keys import ApiKeys
from fanfold.accounts.tenants import Tenants
from fanfold.accounts.tokens import IssuerTokens, TrustedIssuer
from fanfold.aws.http import fetched
from fanfold.aws.table import DynamoTable
from fanfold.clock import utc_now
from fanfold.limits.bucket import Bucket
from fanfold.limits.pace import Pace
from fanfold.limits.route import rate_of
from fanfold.settings import Settings

MAKING = Lock()
"""boto3's clients may be used by several threads, and not be made by them at the same time."""


# Looking for garbage among what an SDK's import makes, every 700 objects, is a fifth of that import's time.
gc.set_threshold(10_000)


@cache
def settings() -> Settings:
    return Settings.from_environment(os.environ)


@cache
def client(service: str) -> Any:
    """A boto3 client. S3 is addressed by path, which works behind every endpoint, and signed for every region, at that
    region's own address: the dashboard's headers name it."""
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        s3={"addressing_style": "path", "us_east_1_regional_endpoint": "regional"},
        signature_version="s3v4",
    )
    make: Any = boto3.client
    with MAKING:
        return make(service, config=config)


@cache
def table() -> DynamoTable:
    return DynamoTable(client("dynamodb"), settings().resource("table_name"))


@cache
def tenants() -> Tenants:
    return Tenants(table(), utc_now)


@cache
def api_keys() -> ApiKeys:
    return ApiKeys(table(), tenants(), utc_now)


@cache
def tokens() -> IssuerTokens | None:
    """Tokens of the issuer that the operator trusts, if there is one."""
    kept = settings()
    if not kept.oidc_issuer:
        return None
    trust = TrustedIssuer(
        kept.oidc_issuer, kept.resource("oidc_audience"), kept.oidc_tenant_claim, kept.oidc_role_claim
    )
    return IssuerTokens(trust, fetched, utc_now)


@cache
def audit() -> Audit:
    return Audit(table(), utc_now, settings().audit_retention_days)


@cache
def bucket() -> Bucket:
    return Bucket(table(), utc_now, lambda route: rate_of(route, settings().rate_limits))


@cache
def pace() -> Pace:
    """How many calls a minute tenants may make."""
    return Pace(bucket(), utc_now)
