"""A template's conditions and parameters, worked out before the emulator sees it."""

from typing import Any

NOTHING = {"Ref": "AWS::NoValue"}


def with_values(part: Any, expanded: dict[str, Any], given: dict[str, str]) -> Any:
    """A part of the template with each `Ref` to a parameter, and each `Fn::If`, replaced by what it comes to."""
    if isinstance(part, dict) and part.get("Ref") in expanded.get("Parameters", {}):
        return given.get(part["Ref"], expanded["Parameters"][part["Ref"]].get("Default"))
    if isinstance(part, dict) and part.keys() == {"Fn::If"}:
        condition, yes, no = part["Fn::If"]
        return with_values(yes if holds({"Condition": condition}, expanded, given) else no, expanded, given)
    if isinstance(part, dict):
        inner = ((name, with_values(value, expanded, given)) for name, value in part.items())
        return {name: value for name, value in inner if value != NOTHING}
    return [with_values(inner, expanded, given) for inner in part] if isinstance(part, list) else part


def holds(rule: dict[str, Any], expanded: dict[str, Any], given: dict[str, str]) -> bool:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""
    ((kind, operands),) = rule.items()
    if kind == "Condition":
        return holds(expanded["Conditions"][operands], expanded, given)
    if kind == "Fn::Equals":
        left, right = (with_values(each, expanded, given) for each in operands)
        return bool(left == right)
    held = [holds(each, expanded, given) for each in operands]
    return {"Fn::Not": not held[0], "Fn::And": all(held), "Fn::Or": any(held)}[kind]


def without_unwanted(expanded: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """The template without the resources whose `Condition` does not hold: CloudFormation makes none of them."""
    wanted = {
        name: resource
        for name, resource in expanded["Resources"].items()
        if "Condition" not in resource or holds({"Condition": resource["Condition"]}, expanded, given)
    }
    return expanded | {"Resources": wanted}
