"""The API's description against the API: every operation with made-up input."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fanfold.described import openapi
from local.stack import LocalStack

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12
"""Made-up calls of each operation."""
described = schemathesis.openapi.from_dict(json.loads(openapi()))


@pytest.fixture(scope="module")
def key(stack: LocalStack) -> str:
    return stack.issue_key("operations")


@pytest.mark.wide
@described.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_does_as_described(case: schemathesis.Case, stack: LocalStack, key: str) -> None:  # type: ignore[type-arg]
    case.call_and_validate(
        base_url=stack.url,
        headers={"Authorization": f"Bearer {key}"},
        checks=CHECKS,
        timeout=300,
        allow_redirects=False,
    )
