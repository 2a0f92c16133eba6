"""template.yaml as CloudFormation gets it: SAM's resources expanded, state machines beside their substitutions.

Nothing here asks AWS: code locations are replaced by made-up S3 addresses, as `sam validate` does.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from boto3.session import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from fanfold.api import named
from tools.openapi import operations

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

Json = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """A state machine of the template: its definition as written, and the values its `${names}` are given."""

    logical_id: str
    definition: Json
    substitutions: Json

    def placeholders(self) -> set[str]:
        return set(re.findall(r"\$\{([^}]+)\}", json.dumps(self.definition)))

    def filled(self) -> str:
        """The definition as JSON, with an ARN for each placeholder, or a number where it stands for one.

        CloudFormation puts the text of a value where the placeholder is, so YAML reads a number's as a number.
        """
        arn = r"arn:aws:lambda:eu-central-1:123456789012:function:\1"
        text = json.dumps(self.definition).replace("${Partition}", "aws")
        for name, value in self.substitutions.items():
            parameter = source()["Parameters"].get(value.get("Ref"), {}) if isinstance(value, dict) else {}
            if parameter.get("Type") == "Number":
                text = text.replace(f'"${{{name}}}"', str(parameter["Default"]))
        return re.sub(r"\$\{([^}]+)\}", arn, text)

    def levels(self) -> Iterator[Json]:
        """Each object with `StartAt` and `States`: the machine itself, and those inside its maps and parallels."""
        waiting: list[Any] = [self.definition]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict) and "States" in node:
                yield node
            waiting.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())

    def states(self) -> Iterator[tuple[str, Json]]:
        for level in self.levels():
            yield from level["States"].items()


@cache
def source() -> Json:
    """The template as written, with intrinsic functions in their long form."""
    template: Json = yaml_parse(TEMPLATE.read_text())
    return template


def routes() -> list[str]:
    """Every route of the handlers, such as `GET /v1/batches/{job}`."""
    return [f"{each.route.method} {named(each.route.path)}" for each in operations()]


def surface_routes() -> list[str]:
    """Every route of the surfaces of other SDKs: their own documentation describes them."""
    app = import_module("dropin.api").app
    return [f"{route.method} {named(route.path)}" for route in (*app._static_routes, *app._dynamic_routes)]


class GatewayRoute(NamedTuple):
    """A route as the gateway has it, and the function that it leads to."""

    key: str
    handler: str
    is_open: bool
    """Whether no authorizer stands before it."""

    def takes(self, call: str) -> bool:
        """Whether it can be the one for `GET /v1/batches/x`."""
        pattern = re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+\+\}", ".+", self.key.replace("ANY", r"[A-Z]+")))
        return self.key == "$default" or bool(re.fullmatch(pattern, call))

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """Which of several that can be is taken: the least.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
        """
        return self.key == "$default", "+}" in self.key, self.key.count("{"), self.key.startswith("ANY")


def gateway_routes() -> list[GatewayRoute]:
    """Every route of the template."""
    found = []
    for function in of_type("AWS::Serverless::Function", source()).values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                given = event["Properties"]
                key = f"{given['Method'].upper()} {given['Path']}" if "Path" in given else "$default"
                found.append(GatewayRoute(key, function["Handler"], given.get("Auth", {}).get("Authorizer") == "NONE"))
    return found


@cache
def expanded(**parameters: str) -> Json:
    """The template as CloudFormation gets it, each state machine's definition in place and filled in."""
    template = copy.deepcopy(source())
    for resource in template["Resources"].values():
        _hide_local_files(resource.get("Properties", {}))
    _hide_local_files(template.get("Globals", {}).get("Function", {}))
    translator = Translator({}, Parser(), boto_session=Session(region_name="eu-central-1"))
    plain: Json = json.loads(json.dumps(translator.translate(template, parameter_values=parameters)))
    for machine in machines():
        properties = plain["Resources"][machine.logical_id]["Properties"]
        del properties["DefinitionS3Location"]
        properties["DefinitionString"] = machine.filled()
    return plain


def _hide_local_files(properties: Json) -> None:
    for name in ("CodeUri", "ContentUri", "DefinitionUri"):
        if isinstance(properties.get(name), str):
            properties[name] = "s3://bucket/key"


@cache
def machines() -> tuple[Machine, ...]:
    found = of_type("AWS::Serverless::StateMachine", source())
    return tuple(Machine(name, _definition(it), it.get("DefinitionSubstitutions", {})) for name, it in found.items())


def _definition(properties: Json) -> Json:
    definition: Json = yaml.safe_load((ROOT / properties["DefinitionUri"]).read_text())
    return definition


def of_type(kind: str, template: Json | None = None) -> dict[str, Json]:
    """The properties of each resource of this type, by logical id; in the expanded template unless another is given."""
    resources = (template or expanded())["Resources"]
    return {name: it.get("Properties", {}) for name, it in resources.items() if it["Type"] == kind}


def functions() -> dict[str, Json]:
    return of_type("AWS::Lambda::Function")


def handlers() -> list[str]:
    return sorted({function["Handler"] for function in functions().values()})


def references(value: Any) -> set[str]:
    """Every logical id, parameter and pseudo parameter that a value names by Ref, GetAtt or Sub."""
    text = json.dumps(value)
    refs = re.findall(r'"Ref": "([^"]+)"', text)
    attributes = re.findall(r'"Fn::GetAtt": \["([^".]+)', text) + re.findall(r'"Fn::GetAtt": "([^".]+)', text)
    substitutions = re.findall(r"\$\{([^!}.]+)", text)
    return {*refs, *attributes, *substitutions}


def number(value: Any) -> int:
    """A number of the template, given directly or as a parameter's default."""
    return int(source()["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value)
