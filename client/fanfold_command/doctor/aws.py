"""boto3's clients, for a region or an emulated endpoint. Needs boto3, so nothing else imports it at once."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from fanfold_client.profiles import Profile

EMULATED = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "local"}


def clients(profile: Profile) -> Callable[[str], Any]:
    """A client by service: your credentials and region, or an emulated cloud's that the profile names."""
    session = boto3.session.Session()
    config = Config(connect_timeout=10, retries={"max_attempts": 2})
    keys = EMULATED if profile.aws_endpoint else {}
    own = None if profile.aws_endpoint else session.region_name  # an emulated cloud is in a region of its own
    region = profile.region or own or "us-east-1"

    @cache
    def client(service: str) -> Any:
        make: Any = session.client
        return make(service, region_name=region, endpoint_url=profile.aws_endpoint, config=config, **keys)

    return client
