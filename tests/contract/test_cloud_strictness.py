"""What AWS would refuse, or the emulator would ignore, stops a deployment; each rule is seen to fail."""

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cloud import asl
from local.cloud.check import check
from local.cloud.fixups import Overdrawn, check_concurrency
from local.cloud.routes import UnknownBody, spell_out
from local.cloud.seam import EmulatorChanged, replace, require
from local.cloud.template import TemplateError
from tests.contract.cloud.sample import TEMPLATE

FUNCTION: dict[str, Any] = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "code/", "Handler": "a.handler", "Runtime": "python3.13", "Timeout": 30},
}


def problems(folder: Path, resources: dict[str, Any], **more: Any) -> list[str]:
    (folder / "code").mkdir(exist_ok=True)
    template = folder / "template.yaml"
    template.write_text(yaml.safe_dump({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, **more}))
    with pytest.raises(TemplateError) as caught:
        check(template)
    return caught.value.problems


def machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::StateMachine", "Properties": {"Role": "arn:aws:iam::1:role/a", **properties}}


def test_the_sample_passes() -> None:
    check(TEMPLATE)


@pytest.mark.parametrize(
    ("kind", "properties", "problem"),
    [
        ("AWS::Kinesis::Stream", {}, "It: the emulated cloud has no AWS::Kinesis::Stream"),
        ("AWS::SQS::Queue", {"Colour": 1}, "It: the emulator ignores AWS::SQS::Queue.Colour"),
        (
            "AWS::S3::Bucket",
            {"ReplicationConfiguration": {}},
            "It: the emulator ignores AWS::S3::Bucket.ReplicationConfiguration",
        ),
        (
            "AWS::Events::Rule",
            {"Targets": [{"Id": "a", "Arn": "b", "HttpParameters": {}}]},
            "It: the emulator ignores AWS::Events::Rule.Targets.HttpParameters",
        ),
        (
            "AWS::Scheduler::Schedule",
            {"ScheduleExpressionTimezone": "Europe/Rome", "FlexibleTimeWindow": {"Mode": "OFF"}},
            "It: the emulator ignores AWS::Scheduler::Schedule.ScheduleExpressionTimezone",
        ),
        (
            "AWS::Scheduler::Schedule",
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
            "It: the emulator ignores FlexibleTimeWindow",
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": "a", "FunctionName": "b", "TumblingWindowInSeconds": 30},
            "It: the emulator ignores AWS::Lambda::EventSourceMapping.TumblingWindowInSeconds",
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": "a", "FunctionName": "b", "StartingPosition": "LATEST", "FunctionResponseTypes": []},
            "It: the emulator ignores ReportBatchItemFailures of streams",
        ),
        (
            "AWS::ApiGatewayV2::Stage",
            {"StageName": "v1"},
            "It: only the $default stage; AWS puts other names into rawPath and the emulator does not",
        ),
    ],
)
def test_a_property_without_effect_is_named(tmp_path: Path, kind: str, properties: Any, problem: str) -> None:
    assert problem in problems(tmp_path, {"It": {"Type": kind, "Properties": properties}})


@pytest.mark.parametrize("visibility", [29, {"Ref": "Seconds"}, None])
def test_a_queue_that_gives_messages_back_too_early(tmp_path: Path, visibility: Any) -> None:
    event = {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    function = {**FUNCTION, "Properties": {**FUNCTION["Properties"], "Timeout": 40, "Events": {"Q": event}}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {} if visibility is None else {"VisibilityTimeout": visibility}}
    (problem,) = problems(
        tmp_path,
        {"It": function, "Queue": queue},
        Parameters={"Seconds": {"Type": "Number", "Default": 20}},
    )
    assert "less than the function's timeout 40 s" in problem


def test_substitutions_that_lack_or_lead_nowhere(tmp_path: Path) -> None:
    task = {"Type": "Task", "Resource": "${Wanted}", "End": True}
    definition = {"StartAt": "A", "States": {"A": task}}
    found = problems(tmp_path, {"It": machine(Definition=definition, DefinitionSubstitutions={"Spare": "x"})})
    assert found == [
        "It: DefinitionSubstitutions gives Spare, which nothing uses",
        "It: DefinitionSubstitutions lacks Wanted",
    ]


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        (machine(DefinitionUri="nowhere.asl.yaml"), "DefinitionUri nowhere.asl.yaml is not a file"),
        ({**FUNCTION, "Properties": {**FUNCTION["Properties"], "CodeUri": "no/"}}, "CodeUri no/ is not a folder"),
    ],
)
def test_files_that_are_not_there(tmp_path: Path, resource: Any, problem: str) -> None:
    assert problems(tmp_path, {"It": resource}) == [problem]


TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
MAP = {"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}, "End": True}
WAITING = {**TASK, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
BRANCH = {"StartAt": "B", "States": {"B": {**TASK, "HeartbeatSeconds": 1}}}
SPREAD = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P"}


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({**TASK, "HeartbeatSeconds": 5}, "state A: the emulator ignores HeartbeatSeconds"),
        ({**TASK, "TimeoutSecondsPath": "$.t"}, "state A: the emulator ignores TimeoutSecondsPath"),
        ({**TASK, "Assign": {"a": 1}}, "state A: the emulator ignores Assign"),
        ({**TASK, "Credentials": {}}, "state A: the emulator ignores Credentials"),
        ({**TASK, "ResultPath": "$.a[0]"}, "state A: ResultPath with an index is not obeyed"),
        ({**TASK, "Retry": [{"ErrorEquals": ["x"], "Until": 1}]}, "state A, Retry: the emulator ignores Until"),
        ({**TASK, "Catch": [{"Next": "A", "Assign": {}}]}, "state A, Catch: the emulator ignores Assign"),
        ({**TASK, "Resource": "arn:aws:states:::aws-sdk:s3:putObject"}, "aws-sdk:s3:putObject does not run here"),
        ({**TASK, "Next": "Z"}, "A: there is no state Z"),
        ({"Type": "Dance"}, "state A: unknown Type 'Dance'"),
        ({**MAP, "ItemBatcher": {"MaxItemsPerBatch": 2}}, "state A: the emulator ignores ItemBatcher"),
        ({**MAP, "ResultWriter": {}}, "state A: the emulator ignores ResultWriter"),
        (
            {**MAP, "MaxConcurrency": 2, "MaxConcurrencyPath": "$.c"},
            "state A: AWS refuses MaxConcurrency beside MaxConcurrencyPath",
        ),
        ({**MAP, "ToleratedFailurePercentage": 5}, "state A: the emulator ignores ToleratedFailurePercentage"),
        (
            {**MAP, "ItemProcessor": {**SPREAD, "States": {"P": WAITING}}},
            "state P: AWS refuses waitForTaskToken in EXPRESS executions",
        ),
        (
            {
                **MAP,
                "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "PARQUET"}},
                "ItemProcessor": {**SPREAD, "States": {"P": TASK}},
            },
            "state A, ItemReader: InputType PARQUET does not run here",
        ),
        (
            {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "StringLessThanPath": "$.b"}, "Next": "A"}]},
            "state A, Choices: the emulator ignores StringLessThanPath",
        ),
        (
            {"Type": "Parallel", "Branches": [BRANCH], "End": True},
            "state B: the emulator ignores HeartbeatSeconds",
        ),
    ],
)
def test_a_field_of_asl_without_effect_is_named(state: Any, problem: str) -> None:
    found = list(asl.problems({"StartAt": "A", "States": {"A": state}}))
    assert any(problem in one for one in found), found


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ({"StartAt": "B", "States": {"A": TASK}}, "StartAt: there is no state B"),
        ({"StartAt": "A", "States": {"A": TASK}, "Timeout": 5}, "the state machine: the emulator ignores Timeout"),
        ({"StartAt": "A", "States": {"A": TASK}, "QueryLanguage": "JSONata"}, "only JSONPath runs here"),
    ],
)
def test_a_field_of_the_machine_without_effect_is_named(definition: Any, problem: str) -> None:
    assert any(problem in one for one in asl.problems(definition))


@pytest.mark.parametrize(
    "body",
    [
        {"components": {"securitySchemes": {"A": {"x-amazon-apigateway-authorizer": {"type": "jwt"}}}}},
        {"paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy"}}}}},
        {"paths": {"/a": {"x-other": {}}}},
    ],
)
def test_a_part_of_an_api_without_counterpart_is_refused(body: Any) -> None:
    with pytest.raises(UnknownBody):
        spell_out({"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body}}})


def module(**functions: Callable[..., Any]) -> types.ModuleType:
    made = types.ModuleType("emulator")
    vars(made).update(functions)
    return made


def test_an_emulator_that_changed_is_found_at_once() -> None:
    emulator = module(call=lambda event: event)
    with pytest.raises(EmulatorChanged, match=r"emulator\.gone is gone"):
        replace(emulator, "gone", "event", lambda original: original)
    with pytest.raises(EmulatorChanged, match=r"takes \(event\), not \(event context\)"):
        replace(emulator, "call", "event context", lambda original: original)
    with pytest.raises(EmulatorChanged, match="lacks also_gone"):
        require(emulator, "call", "also_gone")


RESERVING = {"F": {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": 1}}}


@pytest.mark.parametrize("concurrency", [1_000, 101])
def test_an_account_with_room_reserves_concurrency(concurrency: int) -> None:
    check_concurrency(RESERVING, concurrency)


@pytest.mark.parametrize("concurrency", [10, 100])
def test_a_small_account_reserves_none(concurrency: int) -> None:
    with pytest.raises(Overdrawn, match="below its minimum"):
        check_concurrency(RESERVING, concurrency)
