"""template.yaml as the emulated cloud deploys it: transformed by SAM's own translator, routes spelt out."""

import copy
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.open_api import open_api
from samtranslator.translator.transform import transform as translate
from samtranslator.yaml_helper import intrinsics_multi_constructor

from local.cloud.conditions import without_unwanted
from local.cloud.routes import spell_out
from local.cloud.seam import replace

Resources = dict[str, dict[str, Any]]

logging.getLogger("samtranslator").addHandler(logging.NullHandler())  # it complains of metrics nobody publishes
# It copies the API's document twice a route, which is nearly all of its time, and has no use for the copies.
replace(open_api, "_deepcopy", "x memo _nil", lambda _: lambda document: document)
yaml.CSafeLoader.add_multi_constructor("!", intrinsics_multi_constructor)


class TemplateError(Exception):
    """What AWS would refuse or the emulator would ignore, one problem a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Template:
    """A SAM template and the folder its paths start from."""

    body: dict[str, Any]
    folder: Path

    @property
    def resources(self) -> Resources:
        resources: Resources = self.body["Resources"]
        return resources

    def of_type(self, kind: str) -> Resources:
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}


@dataclass(frozen=True)
class Packages:
    """Where the code lies, as `s3://` addresses: by CodeUri, and by a layer's logical id."""

    code: dict[str, str]
    layers: dict[str, str]


def read(path: Path) -> Template:
    """Parse a SAM template."""
    return Template(yaml.load(path.read_text(), yaml.CSafeLoader), path.parent.resolve())


def definition(template: Template, machine: dict[str, Any]) -> dict[str, Any]:
    """A state machine's ASL: from the file its DefinitionUri names, or inline."""
    properties = machine["Properties"]
    if "DefinitionUri" not in properties:
        inline: dict[str, Any] = properties.get("Definition", {})
        return inline
    path = template.folder / str(properties["DefinitionUri"])
    if not path.is_file():
        raise TemplateError([f"DefinitionUri {properties['DefinitionUri']} is not a file"])
    loaded: dict[str, Any] = yaml.load(path.read_text(), yaml.CSafeLoader)
    return loaded


def code_folders(template: Template) -> list[str]:
    """Every CodeUri in use; one that names no folder is a `TemplateError`."""
    shared = template.body.get("Globals", {}).get("Function", {}).get("CodeUri")
    functions = template.of_type("AWS::Serverless::Function").values()
    found = sorted({str(f["Properties"].get("CodeUri", shared)) for f in functions})
    wrong = [f"CodeUri {uri} is not a folder" for uri in found if not (template.folder / uri).is_dir()]
    if wrong:
        raise TemplateError(wrong)
    return found


def expand(template: Template, packages: Packages, parameters: dict[str, str], region: str) -> dict[str, Any]:
    """Plain CloudFormation: the SAM transform, offline, and HTTP routes as resources of their own.

    Resources whose condition does not hold are left out, and alarms over several metrics, which the emulator refuses:
    a unit test works out their expressions.
    """
    body = copy.deepcopy(template.body)
    numbers = _numbers(body, parameters)
    for name, resource in body["Resources"].items():
        _point_at_packages(template, name, resource, packages)
        if resource["Type"] == "AWS::Serverless::StateMachine":
            _fill_numbers(resource["Properties"], numbers)
    shared = body.get("Globals", {}).get("Function", {})
    if "CodeUri" in shared:
        shared["CodeUri"] = packages.code[str(shared["CodeUri"])]
    os.environ.setdefault("AWS_DEFAULT_REGION", region)  # the translator asks boto3 for the region
    expanded: dict[str, Any] = translate(body, dict(parameters), _ManagedPolicies())
    spell_out(expanded["Resources"])
    _leave_out_metric_math(expanded["Resources"])
    return without_unwanted(expanded, parameters)


def _leave_out_metric_math(resources: dict[str, Any]) -> None:
    for name, resource in list(resources.items()):
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
            del resources[name]


def _point_at_packages(template: Template, name: str, resource: dict[str, Any], packages: Packages) -> None:
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::Serverless::LayerVersion":
        properties["ContentUri"] = packages.layers[name]
    elif resource["Type"] == "AWS::Serverless::Function" and "CodeUri" in properties:
        properties["CodeUri"] = packages.code[str(properties["CodeUri"])]
    elif resource["Type"] == "AWS::Serverless::StateMachine":
        properties["Definition"] = definition(template, resource)
        properties.pop("DefinitionUri", None)


def _numbers(body: dict[str, Any], parameters: dict[str, str]) -> dict[str, str]:
    """The values of the template's parameters that are numbers."""
    found = body.get("Parameters", {}).items()
    return {name: str(parameters.get(name, it.get("Default"))) for name, it in found if it["Type"] == "Number"}


def _fill_numbers(properties: dict[str, Any], numbers: dict[str, str]) -> None:
    """Put numbers where a definition's `${names}` stand for them.

    CloudFormation substitutes in the file's text, where `${N}` without quotes becomes a number; by now it is parsed.
    """
    given = properties.get("DefinitionSubstitutions", {})
    text = json.dumps(properties["Definition"])
    for name, value in list(given.items()):
        if isinstance(value, dict) and value.get("Ref") in numbers and f'"${{{name}}}"' in text:
            text = text.replace(f'"${{{name}}}"', numbers[value["Ref"]])
            del given[name]
    properties["Definition"] = json.loads(text)


class _ManagedPolicies(dict[str, str]):
    """Any policy by its name, for a translator that would ask IAM."""

    def load(self) -> "_ManagedPolicies":
        return self

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and "/" not in name

    def __missing__(self, name: str) -> str:
        return f"arn:aws:iam::aws:policy/{name}"

    def get(self, name: str, default: Any = None) -> Any:
        return self.__missing__(name) if name in self else default
