"""The description of the API is current, whole, and true to the template and to the models."""

import json
import re
from functools import cache
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from fanfold.accounts.permissions import OPEN
from fanfold.described import methods, openapi
from tests.template.stack import GatewayRoute, gateway_routes, surface_routes
from tools import openapi as builder
from tools.openapi_examples import EXAMPLES
from tools.openapi_page import page

PATHS: dict[str, dict[str, Any]] = json.loads(openapi())["paths"]
CALLS = [f"{method.upper()} {path}" for path, found in PATHS.items() for method in found]
described = cache(builder.description)
"""As the handlers say, which takes a second: no worker needs it only to know the tests' names."""
operations = cache(builder.operations)


def test_the_files_are_what_the_handlers_say() -> None:
    assert openapi() == builder.text(), "run make openapi"
    assert builder.PAGE.read_text(encoding="utf-8") == page(described()), "run make openapi"


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(described()).validate()


@pytest.mark.parametrize("key", CALLS)
def test_the_gateway_leads_to_the_handler_of_every_route(key: str) -> None:
    each = next(each for each in operations() if each.key == key)
    call = re.sub(r"\{\w+\}", "x", each.key)
    taken = min((route for route in gateway_routes() if route.takes(call)), key=lambda route: route.rank)
    assert taken.handler == f"{each.route.func.__module__}.handler"
    assert taken.is_open == (each.key in OPEN)


@pytest.mark.parametrize("key", surface_routes())
def test_the_gateway_leads_to_the_surfaces(key: str) -> None:
    call = re.sub(r"\{\w+\}", "x", key)
    taken = min((route for route in gateway_routes() if route.takes(call)), key=lambda route: route.rank)
    assert (taken.handler, taken.is_open) == ("dropin.api.handler", False)


@pytest.mark.parametrize("route", gateway_routes(), ids=lambda route: route.key)
def test_no_route_of_the_gateway_leads_nowhere(route: GatewayRoute) -> None:
    calls = [re.sub(r"\{\w+\}", "x", each) for each in CALLS + surface_routes()]
    assert any(route.takes(call) for call in calls)


def test_everything_is_said_in_words() -> None:
    for each in operations():
        said = described()["paths"][each.path][each.route.method.lower()]
        assert said["summary"].endswith(".")
        assert [status for status in said["responses"] if status != "default"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_taken(name: str) -> None:
    model = next(each.body for each in operations() if each.body and each.body.__name__ == name)
    assert model.model_validate(EXAMPLES[name])


def test_operations_have_a_name_each() -> None:
    names = [operation["operationId"] for found in described()["paths"].values() for operation in _each(found)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/batches", ("GET", "POST")),
        ("/v1/batches/b1", ("DELETE", "GET", "PATCH")),
        ("/v1/batches/b1/requests/a", ("GET",)),
        ("/v1/nothing", ()),
        ("/", ("GET",)),
    ],
)
def test_a_path_knows_its_methods(path: str, allowed: tuple[str, ...]) -> None:
    assert methods(path) == allowed


def _each(found: dict[str, Any]) -> list[dict[str, Any]]:
    return list(found.values())
