"""Outputs held to a JSON Schema."""

import json
import re
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


def nots(levels: int) -> dict[str, Any]:
    return {"not": nots(levels - 1)} if levels else {}


def tower(floors: int) -> dict[str, Any]:
    """Each floor names the one below twice."""
    floor = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at - 1}"}] * 2} for at in range(1, floors)}
    return {"$defs": {"d0": {"type": "string"}} | floor, "$ref": f"#/$defs/d{floors - 1}"}


TWICE_DEEPER = {"allOf": [{"properties": {"a": {"$ref": "#"}}}] * 2}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
CLOSED = {"patternProperties": {"^(a+)+$": False}, "additionalProperties": False}
MIXED = json.dumps([[at] if at % 2 else {"a": at} for at in range(20_000)])


@pytest.mark.parametrize(
    ("schema", "output", "said"),
    [
        ({"pattern": "^(a+)+$"}, json.dumps("a" * 40_000 + "!"), "does not match"),
        ({"$schema": DIALECT, "pattern": "^(a+)+$"}, json.dumps("a" * 40_000 + "!"), "does not match"),
        (
            {"patternProperties": {"^(a+)+$": False}, "additionalProperties": False},
            json.dumps({"a" * 99 + "!": 1}),
            "not allowed",
        ),
        ({"pattern": "(x|y){300}(z.*){50}"}, json.dumps("x" * 100_000), "too much work"),
        (tower(30), '"x"', "too much work"),
        (TWICE_DEEPER, '{"a":' * 60 + "{}" + "}" * 60, "too much work"),
        ({"uniqueItems": True}, MIXED, "too much work"),
        ({"$ref": "#"}, "1", "recursion"),
        ({"allOf": [{"$ref": "#"}] * 2}, "1", "recursion"),
        ({"multipleOf": 0.5}, "9" * 400, "too large"),
        ({"multipleOf": 0.5}, "9" * 5000, "can't be checked"),
        ({"properties": 7}, "{}", "no JSON Schema"),
        ({"pattern": "(?=a)b"}, '"b"', "not one of RE2's"),
    ],
)
def test_no_schema_makes_a_check_long(schema: dict[str, Any], output: str, said: str) -> None:
    found = check_schema(outcome(output), schema)
    assert found.error
    assert said in found.error.message
    assert found.error.kind == "invalid_output"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"pattern": "(?=a)b"}, "not one of RE2's"),
        ({"properties": {"a": {"pattern": "(a)\\1"}}}, "not one of RE2's"),
        ({"patternProperties": {"((a{100}){100}){100}": {}}}, "not one of RE2's"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "can't be checked"),
        ({"properties": {"a": {"$schema": DIALECT}}}, "names its dialect|name its dialect"),
        (nots(60), None),
        (nots(65), "nested over 64 levels"),
        (nots(500), "nested over 64 levels"),
        ({"enum": ["x" * 70_000]}, "and may have 65,536"),
        ({"anyOf": [{}] * 3000}, "3,001 parts, and may have 2,000"),
        ({"minimum": float("inf")}, "a number that JSON does not have"),
        ({"enum": [{"pattern": "(?=a)"}]}, None),
        ({"pattern": "^[\\u00e0-\\u00ff]+\\d$"}, None),
    ],
)
def test_a_schema_that_can_not_be_checked_is_told_before(schema: dict[str, Any], said: str | None) -> None:
    found = flaw_of(schema)
    assert found is None if said is None else found and re.search(said, found)


def test_patterns_are_as_json_schema_has_them() -> None:
    schema = {"pattern": "^[\\u00e0-\\u00ff]+$"}
    assert check_schema(outcome('"éà"'), schema).error is None
    assert check_schema(outcome('"ea"'), schema).error
