"""The state machines: names, targets and errors that exist, judged by Amazon States Language's own schema."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanfold import errors
from tests.template.commands import ASL_VALIDATOR, NODE, passed
from tests.template.stack import ROOT, Json, Machine, machines, references, source
from tools.state_machines import PAGE, page

# Errors that Lambda and Step Functions raise themselves and that a later try can mend.
RETRYABLE_BY_AWS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.TaskFailed",
    "States.Timeout",
    "States.ALL",
}

LOST_BY_AWS = {name for name in RETRYABLE_BY_AWS if not name.startswith("States.")}

every_machine = pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.logical_id)


def targets(state: Json) -> set[str]:
    """Every state of its level that this one can go to."""
    branches = [*state.get("Choices", []), *state.get("Catch", []), state]
    return {branch["Next"] for branch in branches if "Next" in branch} | {*filter(None, [state.get("Default")])}


def errors_in(machine: Machine, field: str) -> Iterator[str]:
    for _, state in machine.states():
        for rule in state.get(field, []):
            yield from rule["ErrorEquals"]


def our_errors(root: type[Exception]) -> set[str]:
    return {name for name, it in inspect.getmembers(errors, inspect.isclass) if issubclass(it, root) and it is not root}


def test_every_state_machine_is_in_the_template() -> None:
    named = {(ROOT / it["Properties"]["DefinitionUri"]) for it in source()["Resources"].values() if is_machine(it)}
    assert set((ROOT / "statemachine").glob("*")) == named


def is_machine(resource: Json) -> bool:
    return bool(resource["Type"] == "AWS::Serverless::StateMachine")


@every_machine
def test_every_substitution_is_used_and_given(machine: Machine) -> None:
    assert machine.placeholders() == machine.substitutions.keys()


@every_machine
def test_every_substitution_resolves(machine: Machine) -> None:
    known = source()["Resources"].keys() | source().get("Parameters", {}).keys()
    assert {name for name in references(machine.substitutions) if not name.startswith("AWS::")} <= known


@every_machine
def test_every_target_exists_and_every_state_is_reached(machine: Machine) -> None:
    for level in machine.levels():
        reached = {level["StartAt"]}.union(*(targets(state) for state in level["States"].values()))
        assert reached == level["States"].keys()


@every_machine
def test_retry_names_only_errors_that_a_retry_can_mend(machine: Machine) -> None:
    assert (
        set(errors_in(machine, "Retry")) <= our_errors(errors.Retryable) | {errors.Crowded.__name__} | RETRYABLE_BY_AWS
    )


@every_machine
def test_catch_names_only_errors_that_exist(machine: Machine) -> None:
    caught = {name for name in errors_in(machine, "Catch") if not name.startswith(("States.", "Lambda."))}
    assert caught - LOST_BY_AWS <= our_errors(errors.FanfoldError)


def tasks(machine: Machine) -> Iterator[tuple[str, Json]]:
    return ((name, state) for name, state in machine.states() if state["Type"] == "Task")


@every_machine
def test_every_task_retries_every_error_that_a_retry_can_mend(machine: Machine) -> None:
    """Lambda reports the class of an exception by its name alone: a subclass that is not named is not retried."""
    for name, state in tasks(machine):
        retried = {error for rule in state["Retry"] for error in rule["ErrorEquals"]}
        assert our_errors(errors.Retryable) | LOST_BY_AWS <= retried, name


def test_every_fit_waits_long_for_a_place_of_its_tenants() -> None:
    found = (state for machine in machines() for state in tasks(machine))
    fits = {name: state for name, state in found if name.startswith(("Fit", "Narrow"))}
    assert len(fits) == 4
    for name, state in fits.items():
        [rule] = [rule for rule in state["Retry"] if "Crowded" in rule["ErrorEquals"]]
        assert rule["MaxAttempts"] == 1000, name


@every_machine
def test_what_sends_a_shard_back_is_caught_by_who_can_raise_it(machine: Machine) -> None:
    """`FailedOver` and `Misadopted` are raised by Collect; both lead to Submit again, and end no execution."""
    for name, state in tasks(machine):
        if state["Parameters"]["FunctionName"] == "${CollectFunction}":
            led = {error: rule["Next"] for rule in state["Catch"] for error in rule["ErrorEquals"]}
            assert (
                led.items() >= {"FailedOver": "Submit", "Misadopted": "Submit", "ProviderRefused": "Collect"}.items()
            ), name


@every_machine
def test_the_schema_of_the_language_is_kept(machine: Machine, tmp_path: Path) -> None:
    if not ASL_VALIDATOR.exists():
        pytest.skip("asl-validator is not installed: make tools")
    definition = tmp_path / "definition.json"
    definition.write_text(machine.filled())
    passed(NODE, ASL_VALIDATOR, "--json-path", definition)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.logical_id)
def test_every_state_says_what_it_is_for(machine: Machine) -> None:
    """The console shows it."""
    assert [name for name, state in machine.states() if not state.get("Comment", "").endswith(".")] == []


def test_the_page_of_state_machines_is_current() -> None:
    assert PAGE.read_text() == page(), "run make state-machines"
