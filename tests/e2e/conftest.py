"""One stack for all end-to-end tests of a process: the whole template, real workers, the provider emulator."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanfold_client import Fanfold
from local.cloud import permission_log
from local.stack import LocalStack
from local.webhooks import WEBHOOK_SECRET


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell who notes which permissions are needed for which test."""
    if log := os.environ.get(permission_log.VARIABLE):
        Path(log).with_suffix(".test").write_text(item.nodeid)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    scratch = tmp_path_factory.mktemp("stack")
    given: dict[str, Any] = {
        "parameters": {"JournalWindowSeconds": "1"},
        "settings": {"removal_grace_seconds": 1, "fallback_after_seconds": 2},
        "provider_keys": {"openai_webhook": WEBHOOK_SECRET},
    }
    with LocalStack(None, scratch, environ={}, minute_seconds=2, provider_latency=0.5, **given) as stack:
        yield stack


@pytest.fixture(scope="session")
def fanfold(stack: LocalStack) -> Iterator[Fanfold]:
    with Fanfold(stack.url, stack.issue_key("acme")) as client:
        yield client
