"""Whether the emulated cloud can run a template as AWS would: all that it would ignore is an error.

The table lists, by resource type, the properties the emulator obeys, those that fixups.py sets after the
deployment, and those without effect on behaviour here (tags, roles, encryption, alarms). What is not listed
is refused, so a new property is first looked up in the emulator and then added to the table.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.cloud import asl
from local.cloud.template import Packages, Template, TemplateError, code_folders, definition, expand, read

_OBEYED: dict[str, str] = {
    "AWS::ApiGatewayV2::Api": "Name ProtocolType CorsConfiguration Description Tags DisableExecuteApiEndpoint",
    "AWS::ApiGatewayV2::Authorizer": "ApiId Name AuthorizerType AuthorizerUri AuthorizerPayloadFormatVersion"
    " EnableSimpleResponses AuthorizerResultTtlInSeconds IdentitySource",
    "AWS::ApiGatewayV2::Integration": "ApiId IntegrationType IntegrationUri PayloadFormatVersion",
    "AWS::ApiGatewayV2::Route": "ApiId RouteKey Target AuthorizationType AuthorizerId",
    "AWS::ApiGatewayV2::Stage": "ApiId StageName AutoDeploy Tags DefaultRouteSettings RouteSettings AccessLogSettings",
    "AWS::CloudWatch::Alarm": "*",
    "AWS::CloudWatch::Dashboard": "*",
    "AWS::DynamoDB::Table": "TableName BillingMode AttributeDefinitions KeySchema GlobalSecondaryIndexes"
    " LocalSecondaryIndexes StreamSpecification TimeToLiveSpecification PointInTimeRecoverySpecification"
    " SSESpecification DeletionProtectionEnabled Tags ProvisionedThroughput",
    "AWS::Events::EventBus": "Name Description Tags",
    "AWS::Events::Rule": "Name Description State EventBusName EventPattern ScheduleExpression Targets RoleArn Tags",
    "AWS::Glue::Database": "*",
    "AWS::Glue::Table": "*",
    "AWS::IAM::ManagedPolicy": "*",
    "AWS::IAM::Policy": "*",
    "AWS::IAM::Role": "*",
    "AWS::Lambda::Alias": "FunctionName FunctionVersion Name Description",
    "AWS::Lambda::EventInvokeConfig": "FunctionName Qualifier DestinationConfig MaximumEventAgeInSeconds"
    " MaximumRetryAttempts",
    "AWS::Lambda::EventSourceMapping": "EventSourceArn FunctionName BatchSize MaximumBatchingWindowInSeconds Enabled"
    " FilterCriteria FunctionResponseTypes ScalingConfig StartingPosition MaximumRecordAgeInSeconds"
    " MaximumRetryAttempts BisectBatchOnFunctionError DestinationConfig Tags",
    "AWS::Lambda::Function": "FunctionName Code Handler Runtime Role Timeout MemorySize Environment Layers Description"
    " Architectures EphemeralStorage TracingConfig LoggingConfig Tags ReservedConcurrentExecutions PackageType",
    "AWS::Lambda::LayerVersion": "LayerName Content CompatibleRuntimes CompatibleArchitectures Description LicenseInfo",
    "AWS::Lambda::Permission": "*",
    "AWS::Lambda::Version": "FunctionName Description",
    "AWS::Logs::LogGroup": "LogGroupName RetentionInDays KmsKeyId Tags",
    "AWS::Logs::MetricFilter": "*",
    "AWS::S3::Bucket": "BucketName NotificationConfiguration CorsConfiguration PublicAccessBlockConfiguration"
    " VersioningConfiguration LifecycleConfiguration BucketEncryption LoggingConfiguration OwnershipControls Tags",
    "AWS::S3::BucketPolicy": "Bucket PolicyDocument",
    "AWS::SNS::Topic": "TopicName DisplayName Subscription Tags",
    "AWS::SQS::Queue": "QueueName VisibilityTimeout MessageRetentionPeriod DelaySeconds MaximumMessageSize"
    " ReceiveMessageWaitTimeSeconds RedrivePolicy RedriveAllowPolicy SqsManagedSseEnabled KmsMasterKeyId Tags FifoQueue"
    " ContentBasedDeduplication",
    "AWS::SQS::QueuePolicy": "Queues PolicyDocument",
    "AWS::SSM::Parameter": "Name Type Value Description Tags",
    "AWS::Scheduler::Schedule": "Name GroupName Description State ScheduleExpression FlexibleTimeWindow Target",
    "AWS::Scheduler::ScheduleGroup": "Name Tags",
    "AWS::SecretsManager::Secret": "Name Description SecretString GenerateSecretString KmsKeyId Tags",
    "AWS::StepFunctions::StateMachine": "StateMachineName StateMachineType DefinitionString DefinitionSubstitutions"
    " RoleArn LoggingConfiguration TracingConfiguration Tags",
}
_OBEYED_INSIDE: dict[tuple[str, str], str] = {
    ("AWS::Events::Rule", "Targets"): "Id Arn Input InputPath InputTransformer RoleArn SqsParameters"
    " RetryPolicy DeadLetterConfig",
    ("AWS::Scheduler::Schedule", "Target"): "Arn RoleArn Input RetryPolicy DeadLetterConfig",
    ("AWS::Scheduler::Schedule", "FlexibleTimeWindow"): "Mode",
    ("AWS::Lambda::EventSourceMapping", "ScalingConfig"): "MaximumConcurrency",
    ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes"): "IndexName KeySchema Projection",
}
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def check(path: Path, parameters: dict[str, str] | None = None, region: str = "us-east-1") -> None:
    """Raise `TemplateError`, with every problem, unless the template at `path` runs here as on AWS."""
    template = read(path)
    expanded = expand(template, _nowhere(template), parameters or {}, region)
    found = [*_definitions(template), *_resources(expanded["Resources"]), *_queues(expanded, parameters or {})]
    if found:
        raise TemplateError(sorted(found))


def _nowhere(template: Template) -> Packages:
    layers = template.of_type("AWS::Serverless::LayerVersion")
    return Packages(dict.fromkeys(code_folders(template), "s3://nowhere/x"), dict.fromkeys(layers, "s3://nowhere/x"))


def _definitions(template: Template) -> Iterator[str]:
    for name, machine in template.of_type("AWS::Serverless::StateMachine").items():
        states = definition(template, machine)
        yield from (f"{name}: {problem}" for problem in asl.problems(_in_partition(states, machine)))
        wanted = set(_PLACEHOLDER.findall(str(states)))
        given = set(machine["Properties"].get("DefinitionSubstitutions", {}))
        yield from (f"{name}: DefinitionSubstitutions lacks {key}" for key in wanted - given)
        yield from (f"{name}: DefinitionSubstitutions gives {key}, which nothing uses" for key in given - wanted)


def _in_partition(states: dict[str, Any], machine: dict[str, Any]) -> dict[str, Any]:
    """The definition with the name of AWS's partition where it stands for it."""
    given = machine["Properties"].get("DefinitionSubstitutions", {})
    text = json.dumps(states)
    for name, value in given.items():
        if value == {"Ref": "AWS::Partition"}:
            text = text.replace(f"${{{name}}}", "aws")
    filled: dict[str, Any] = json.loads(text)
    return filled


def _resources(resources: dict[str, Any]) -> Iterator[str]:
    for name, resource in resources.items():
        kind = resource["Type"]
        if kind not in _OBEYED:
            yield f"{name}: the emulated cloud has no {kind}"
            continue
        properties = resource.get("Properties", {})
        known = _OBEYED[kind].split()
        if known != ["*"]:
            yield from (f"{name}: the emulator ignores {kind}.{key}" for key in properties.keys() - set(known))
        yield from _inside(name, kind, properties)
        yield from _particular(name, kind, properties)


def _inside(name: str, kind: str, properties: dict[str, Any]) -> Iterator[str]:
    for (of_kind, key), known in _OBEYED_INSIDE.items():
        given = properties.get(key, []) if of_kind == kind else []
        for document in given if isinstance(given, list) else [given]:
            unknown = set(document) - set(known.split()) if isinstance(document, dict) else set()
            yield from (f"{name}: the emulator ignores {kind}.{key}.{field}" for field in unknown)


def _particular(name: str, kind: str, properties: dict[str, Any]) -> Iterator[str]:
    if kind == "AWS::ApiGatewayV2::Stage" and properties.get("StageName") != "$default":
        yield f"{name}: only the $default stage; AWS puts other names into rawPath and the emulator does not"
    if kind == "AWS::Scheduler::Schedule" and properties.get("FlexibleTimeWindow", {}).get("Mode") != "OFF":
        yield f"{name}: the emulator ignores FlexibleTimeWindow"
    if kind == "AWS::Lambda::EventSourceMapping" and {"StartingPosition", "FunctionResponseTypes"} <= properties.keys():
        yield f"{name}: the emulator ignores ReportBatchItemFailures of streams"


def _queues(expanded: dict[str, Any], parameters: dict[str, str]) -> Iterator[str]:
    """Queues that give a message back while its function may still be running: AWS refuses the mapping."""
    resources = expanded["Resources"]
    values = _Values(expanded, parameters)
    for name, mapping in resources.items():
        if mapping["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        queue = resources.get(_target(mapping["Properties"]["EventSourceArn"]), {})
        function = resources.get(_target(mapping["Properties"]["FunctionName"]), {})
        visibility = values.number(queue, "AWS::SQS::Queue", "VisibilityTimeout", 30)
        timeout = values.number(function, "AWS::Lambda::Function", "Timeout", 3)
        if visibility is not None and timeout is not None and visibility < timeout:
            yield f"{name}: queue visibility timeout {visibility} s is less than the function's timeout {timeout} s"


class _Values:
    """Numbers of a template, given directly or by a parameter."""

    def __init__(self, expanded: dict[str, Any], parameters: dict[str, str]) -> None:
        defaults = {name: given.get("Default") for name, given in expanded.get("Parameters", {}).items()}
        self._parameters = defaults | parameters

    def number(self, resource: dict[str, Any], kind: str, name: str, default: int) -> int | None:
        if resource.get("Type") != kind:
            return None
        value = resource.get("Properties", {}).get(name, default)
        if isinstance(value, dict):
            value = self._parameters.get(value.get("Ref", ""))
        return None if value is None else int(value)


def _target(reference: Any) -> str:
    """The logical id that `Ref` or `Fn::GetAtt` names."""
    if not isinstance(reference, dict):
        return ""
    named = reference.get("Ref") or reference.get("Fn::GetAtt") or ""
    return named[0] if isinstance(named, list) else str(named).split(".")[0]
