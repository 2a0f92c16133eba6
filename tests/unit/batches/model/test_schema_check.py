"""Outputs held to a JSON Schema."""

import json
from typing import Any

import pytest

from fanfold.batches.model.schema_check import check_schema, flaw_of
from fanfold.errors import Invalid
from fanfold.providers import Finish, Outcome, Status, Usage
from tests.fakes.cloud import FakeCloud

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def outcome(output: str | None, finish: Finish = Finish.STOP) -> Outcome:
    usage = Usage(input_tokens=3)
    return Outcome(id="0-0-t", status=Status.SUCCEEDED, output=output, finish_reason=finish, usage=usage)


@pytest.mark.parametrize(
    ("output", "finish", "kind"),
    [
        ('{"n": 1}', Finish.STOP, None),
        ('{"n": "one"}', Finish.STOP, "invalid_output"),
        ("{}", Finish.STOP, "invalid_output"),
        ("Sure! Here is", Finish.STOP, "invalid_output"),
        ("", Finish.STOP, "invalid_output"),
        (None, Finish.OTHER, "invalid_output"),
        ("[" * 100_000, Finish.STOP, "invalid_output"),
        ('{"n": 1', Finish.LENGTH, "truncated"),
        (None, Finish.REFUSAL, "refused"),
        (None, Finish.TOOL, None),
    ],
)
def test_an_output_fails_for_what_it_is(output: str | None, finish: Finish, kind: str | None) -> None:
    found = check_schema(outcome(output, finish), SCHEMA)
    assert (found.error and found.error.kind) == kind
    assert (found.status is Status.SUCCEEDED) == (kind is None)
    assert (found.output, found.usage) == (output, Usage(input_tokens=3))


def test_without_a_schema_nothing_is_looked_at() -> None:
    assert check_schema(outcome("anything"), None).status is Status.SUCCEEDED


def test_what_failed_stays_as_it_failed() -> None:
    failed = outcome(None).model_copy(update={"status": Status.EXPIRED})
    assert check_schema(failed, SCHEMA) == failed


@pytest.mark.parametrize("schema", [{"type": "flat"}, {"properties": 7}, {"required": "n"}])
def test_what_is_no_schema_is_told(schema: dict[str, Any]) -> None:
    assert "no JSON Schema" in str(flaw_of(schema))
    with pytest.raises(Invalid, match="no JSON Schema"):
        FakeCloud().create([{"input": "a"}], response_schema=schema)


def test_nothing_is_fetched_for_a_reference_to_elsewhere() -> None:
    schema = {"$ref": "https://example.com/schema.json"}
    found = check_schema(outcome("{}"), schema)
    assert found.error
    assert "can't be checked" in found.error.message


def test_a_line_s_own_schema_goes_before_the_jobs() -> None:
    cloud = FakeCloud()
    own = {"type": "string"}
    requests = [{"input": '{"n": 1}'}, {"input": '{"n": 2}', "response_schema": own}, {"input": '"three"'}]
    requests.append({"input": "x", "response_schema": {"type": "flat"}})
    job = cloud.run(cloud.create([*requests], response_schema=SCHEMA))
    kinds = [(result.get("error") or {}).get("kind") for result in cloud.results(job)]
    assert kinds == [None, "invalid_output", "invalid_output"]
    assert (job.rejected, job.samples[0]["field"]) == (1, "response_schema")
    assert json.dumps(job.samples)
