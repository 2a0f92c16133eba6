"""Every function of the template: that it can be imported, is bounded, keeps its logs for a while only."""

import importlib
import json
import sys
from pathlib import Path

import pytest

from fanfold.settings import VARIABLES, Settings
from tests.template.stack import ROOT, Json, expanded, functions, handlers, number, of_type, references, source

EVENTS = ROOT / "events"


def test_the_stack_stays_small() -> None:
    assert len(functions()) <= 40
    assert len(expanded(Canary="true")["Resources"]) <= 400


@pytest.mark.parametrize("handler", handlers())
def test_handler_imports_from_functions(handler: str) -> None:
    module_name, function_name = handler.rsplit(".", 1)
    module = importlib.import_module(module_name)
    assert callable(getattr(module, function_name))
    assert Path(str(module.__file__)) == (ROOT / "functions" / module_name.replace(".", "/")).with_suffix(".py")


def test_every_handler_has_a_golden_event_and_every_event_a_handler() -> None:
    expected = {EVENTS / (handler.rsplit(".", 1)[0].replace(".", "/") + ".json") for handler in handlers()}
    every = set(EVENTS.rglob("*.json"))
    of_another_source = {path for path in every if "." in path.stem}
    assert every - of_another_source == expected
    assert {path.with_name(f"{path.stem.partition('.')[0]}.json") for path in of_another_source} <= expected
    for path in every:
        json.loads(path.read_text())


def test_no_service_hides_a_module_of_python() -> None:
    """functions/ leads sys.path in Lambda."""
    assert not {path.stem for path in (ROOT / "functions").iterdir()} & sys.stdlib_module_names


@pytest.mark.parametrize("name", functions())
def test_function_is_bounded(name: str) -> None:
    function = functions()[name]
    assert 1 <= number(function["Timeout"]) <= 900
    assert 128 <= function["MemorySize"] <= 10240
    assert function["Runtime"] == "python3.13"


CALLED = {
    "AWS::SQS::Queue": "URL",
    "AWS::Serverless::Function": "FUNCTION",
    "AWS::SecretsManager::Secret": "SECRET",
    "AWS::Scheduler::ScheduleGroup": "GROUP",
}
"""Resources that a function calls, and the last word of the variables that name them."""

HAVE_SCHEDULER_START = frozenset({"ForecastsApiFunction", "ObserveForecastsFunction"})
"""Functions that take observations: Scheduler starts the machine of forecasts for them, with a role of its own."""

BY_SCHEDULER = {"RunScheduleFunction"}
"""What functions only name for Scheduler, which calls it with a role of its own."""


@pytest.mark.parametrize("name", of_type("AWS::Serverless::Function", source()))
def test_function_is_given_the_names_of_what_it_may_call_and_of_nothing_else(name: str) -> None:
    function = of_type("AWS::Serverless::Function", source())[name]
    given = function.get("Environment", {}).get("Variables", {})
    kinds = {each: resource["Type"] for each, resource in source()["Resources"].items()}
    named = {each for each in references(given) if kinds.get(each) in CALLED}
    allowed = {each for each in references(function["Policies"]) if kinds.get(each) in CALLED}
    assert named - BY_SCHEDULER == allowed
    policies, starts_by_schedule = json.dumps(function["Policies"]), name in HAVE_SCHEDULER_START
    for machine in ("batch", "forecast", "writing"):
        may = f"-{machine}" in policies or f"{machine.title()}Machine" in references(function["Policies"])
        may |= machine == "forecast" and starts_by_schedule
        assert (f"{machine.upper()}_MACHINE_ARN" in given) == may


def test_what_has_a_default_in_the_code_is_given_to_every_function() -> None:
    """A function that lacks a name fails and says so; one that lacks a number would run on the default unseen."""
    everywhere = source()["Globals"]["Function"]["Environment"]["Variables"]
    defaults = {name.upper() for name in VARIABLES if Settings.model_fields[name].default}
    assert defaults <= everywhere.keys()


def test_variables_of_a_function_fit_with_the_longest_settings() -> None:
    """Lambda takes 4 KB of them."""
    longest = source()["Parameters"]["Settings"]["MaxLength"]
    everywhere = source()["Globals"]["Function"]["Environment"]["Variables"]
    for name, function in of_type("AWS::Serverless::Function", source()).items():
        variables = everywhere | function.get("Environment", {}).get("Variables", {})
        assert longest + sum(len(each) + longest_value(value) for each, value in variables.items()) <= 4096, name


def longest_value(value: Json | str) -> int:
    """What a variable may be given: itself, a parameter's number, or a name."""
    if isinstance(value, str):
        return len(value)
    if value.get("Ref") == "AWS::StackName":
        return LONGEST_STACK
    parameter = source()["Parameters"].get(value.get("Ref"), {})
    return len("1000000") if parameter.get("Type") == "Number" else LONGEST_NAME


LONGEST_STACK, LONGEST_NAME = 40, 130
"""Characters of a stack's name, and of an ARN or URL with one in it."""


BY_THE_CLOCK = {"PollFunction", "SweepFunction", "JournalSweepFunction"}
"""What one round missed the next one does."""


def test_an_event_that_nobody_waits_for_is_kept_when_it_failed() -> None:
    every = of_type("AWS::Serverless::Function", source())
    called = {
        each for function in every.values() for each in references(function.get("Environment", {})) if each in every
    }
    triggered = {
        name
        for name, function in every.items()
        for event in function.get("Events", {}).values()
        if event["Type"] in ("EventBridgeRule", "Schedule", "ScheduleV2")
    }
    kept = {each for each in every if "OnFailure" in str(every[each].get("EventInvokeConfig"))}
    assert kept == (called | triggered) - BY_THE_CLOCK
    for config in (every[each]["EventInvokeConfig"] for each in kept):
        assert references(config) == {"EventDeadLetters"}


@pytest.mark.parametrize("name", functions())
def test_function_logs_to_a_group_of_the_stack(name: str) -> None:
    assert log_group_of(name), "give it LoggingConfig.LogGroup, or a log group named /aws/lambda/${function}"


def log_group_of(function: str) -> str | None:
    configured = references(functions()[function].get("LoggingConfig", {}))
    for name, group in of_type("AWS::Logs::LogGroup").items():
        by_name = "/aws/lambda/" in json.dumps(group) and function in references(group.get("LogGroupName"))
        if name in configured or by_name:
            return name
    return None


def test_a_change_of_a_layer_reaches_an_aliased_function() -> None:
    """SAM publishes a new version on a changed layer only where both sides ask for it."""
    everywhere: Json = source().get("Globals", {}).get("Function", {})
    for name, function in of_type("AWS::Serverless::Function", source()).items():
        merged = {**everywhere, **function}
        assert "AutoPublishAlias" not in merged or merged.get("AutoPublishAliasAllProperties"), name
    for name, layer in of_type("AWS::Serverless::LayerVersion", source()).items():
        assert layer.get("PublishLambdaVersion"), name
