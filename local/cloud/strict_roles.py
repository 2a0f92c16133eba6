"""Services act with the roles they were given, and put into queues as the queues' policies let them.

The emulator does these within its process and asks no policy:

- Step Functions runs a state machine with its role: the functions it invokes, the objects of an `ItemReader`, and the
  child executions of a Distributed Map.
- EventBridge and Scheduler start what their targets name with the target's role, which has to let them assume it
  (`aws:SourceAccount` and `aws:SourceArn` are the rule's or the schedule's); a queue's policy has to name EventBridge.

What is denied fails as on AWS: a task with an error of its own, an event without a word but in the host's log.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
"""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace, require

EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
State = dict[str, Any]
logger = logging.getLogger(__name__)
_running = threading.local()


def install() -> None:
    from ministack.core import iam_evaluator
    from ministack.services import eventbridge, iam, sqs, stepfunctions

    require(iam_evaluator, "EvalContext", "evaluate", "evaluate_resource_policy", "_gather_role_policies")
    require(sqs, "queue_policy_allows")
    require(iam, "_roles")
    replace(stepfunctions, "_execute_task", "state_def raw_input execution ctx", _task_of)
    replace(stepfunctions, "_execute_map", "state_def raw_input execution ctx", _map_of)
    replace(stepfunctions, "_s3_object_text", "bucket key", _object_of)
    replace(eventbridge, "_invoke_target", "target event rule view", _target_of)


def allows(role: str, action: str, resource: str) -> bool:
    """Whether the role's policies allow the action."""
    from ministack.core.iam_evaluator import _gather_role_policies, evaluate

    found = _gather_role_policies(role.rpartition("/")[2], _account())
    return bool(evaluate(_context(role, action, resource), found).decision == "Allow")


def lets_in(role: str, service: str, source: str) -> bool:
    """Whether the role's trust policy lets the service assume it for a rule, a schedule or a machine."""
    from ministack.core.iam_evaluator import evaluate_resource_policy
    from ministack.services import iam

    found = iam._roles.get(role.rpartition("/")[2])
    if found is None:
        return False
    context = _context("*", "sts:AssumeRole", role)
    context.principal_type, context.principal_account = "Service", ""
    context.service_context = {"aws:sourcearn": source, "aws:sourceaccount": source.split(":")[4]}
    trust = _anywhere(found["AssumeRolePolicyDocument"])
    return bool(evaluate_resource_policy(trust, context, service=service).decision == "Allow")


def _anywhere(trust: str | State) -> State:
    """A trust policy names no resource, and holds for its role."""
    document: State = json.loads(trust) if isinstance(trust, str) else trust
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return {**document, "Statement": [{**each, "Resource": "*"} for each in listed]}


def _context(principal: str, action: str, resource: str) -> Any:
    from ministack.core.iam_evaluator import EvalContext
    from ministack.core.responses import get_region

    return EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=_account(),
        action=action,
        resource_arn=resource,
        region=get_region(),
    )


def _account() -> str:
    from ministack.core.responses import get_account_id

    return str(get_account_id())


def _task_of(original: Callable[..., Any]) -> Callable[..., Any]:
    def run(state_def: State, raw_input: Any, execution: State, ctx: State) -> Any:
        function = _function(state_def)
        if function and not allows(_role(execution), "lambda:InvokeFunction", function):
            _refuse("Lambda.AWSLambdaException", execution, "lambda:InvokeFunction", function)
        return original(state_def, raw_input, execution, ctx)

    return run


def _map_of(original: Callable[..., Any]) -> Callable[..., Any]:
    def run(state_def: State, raw_input: Any, execution: State, ctx: State) -> Any:
        machine = _machine(execution)
        if _is_distributed(state_def) and not allows(_role(execution), "states:StartExecution", machine):
            _refuse("States.Permissions", execution, "states:StartExecution", machine)
        before = getattr(_running, "execution", None)
        _running.execution = execution
        try:
            return original(state_def, raw_input, execution, ctx)
        finally:
            _running.execution = before

    return run


def _object_of(original: Callable[..., Any]) -> Callable[..., Any]:
    def read(bucket: str, key: str) -> Any:
        execution, place = getattr(_running, "execution", None), f"arn:aws:s3:::{bucket}/{key}"
        if execution and not allows(_role(execution), "s3:GetObject", place):
            _refuse("States.ItemReaderFailed", execution, "s3:GetObject", place)
        return original(bucket, key)

    return read


def _target_of(original: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(target: State, event: State, rule: State, view: Any = None) -> Any:
        if why := _denied(target, str(rule.get("Arn", ""))):
            logger.error("EventBridge: %s", why)
            return None
        return original(target, event, rule, view)

    return invoke


def _denied(target: State, source: str) -> str | None:
    """Why an event does not come to its target."""
    from ministack.services import sqs

    arn, role = str(target.get("Arn", "")), target.get("RoleArn")
    service = SCHEDULER if source.startswith("arn:aws:scheduler:") else EVENTS
    if arn.startswith("arn:aws:sqs:") and not sqs.queue_policy_allows(arn, service, source, source.split(":")[4]):
        return f"the policy of {arn} does not let {service} send for {source}"
    action = {"states": "states:StartExecution", "lambda": "lambda:InvokeFunction"}.get(arn.split(":")[2])
    if action is None or (role is None and action == "lambda:InvokeFunction"):
        return None
    if role is None or not lets_in(role, service, source):
        return f"{service} may not assume {role} for {source}"
    return None if allows(role, action, arn) else f"{role} may not {action} on {arn}"


def _function(state: State) -> str | None:
    """The ARN of the function that a task invokes."""
    resource = str(state.get("Resource", ""))
    named = (state.get("Parameters") or {}).get("FunctionName") if ":::lambda:invoke" in resource else resource
    if not isinstance(named, str) or not named or (named is resource and ":function:" not in resource):
        return None
    from ministack.core.responses import get_region

    return named if named.startswith("arn:") else f"arn:aws:lambda:{get_region()}:{_account()}:function:{named}"


def _is_distributed(state: State) -> bool:
    config = (state.get("ItemProcessor") or {}).get("ProcessorConfig") or {}
    return config.get("Mode") == "DISTRIBUTED"


def _role(execution: State) -> str:
    from ministack.services import stepfunctions

    return str(stepfunctions._state_machines[_machine(execution)]["roleArn"])


def _machine(execution: State) -> str:
    """The machine's ARN, also of a child of its Distributed Map, which has a label behind it."""
    return str(execution["stateMachineArn"]).partition("/")[0]


def _refuse(error: str, execution: State, action: str, resource: str) -> None:
    from ministack.services import stepfunctions

    said = f"{_role(execution)} is not authorized to perform: {action} on resource: {resource}"
    raise stepfunctions._ExecutionError(error, said)
