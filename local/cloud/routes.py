"""An HTTP API's `Body` as Integration, Route and Authorizer resources: the emulator does not read OpenAPI."""

import re
from collections.abc import Iterator
from typing import Any

Resource = dict[str, Any]
Resources = dict[str, Resource]

_ANY = "x-amazon-apigateway-any-method"
_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", _ANY}


class UnknownBody(Exception):
    """A part of an API's Body that has no counterpart here."""


def spell_out(resources: Resources) -> None:
    """Replace every HTTP API's Body in `resources` by resources of its own."""
    apis = [name for name, resource in resources.items() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
    for api in apis:
        properties = resources[api]["Properties"]
        body = properties.pop("Body", None)
        if body is None:
            continue
        properties.pop("FailOnWarnings", None)
        properties |= {"ProtocolType": "HTTP", "Name": api}
        if "x-amazon-apigateway-cors" in body:
            properties["CorsConfiguration"] = body["x-amazon-apigateway-cors"]
        resources.update(_authorizers(api, body))
        resources.update(_routes(api, body))


def _authorizers(api: str, body: Resource) -> Resources:
    schemes = body.get("components", {}).get("securitySchemes", {})
    return {_authorizer_id(api, name): _authorizer(api, name, scheme) for name, scheme in schemes.items()}


def _authorizer(api: str, name: str, scheme: Resource) -> Resource:
    given = scheme.get("x-amazon-apigateway-authorizer", {})
    if given.get("type") != "request":
        raise UnknownBody(f"{api}: authorizer {name} is of type {given.get('type')}; only Lambda authorizers run here")
    properties = {
        "ApiId": {"Ref": api},
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": given["authorizerUri"],
        "AuthorizerPayloadFormatVersion": given.get("authorizerPayloadFormatVersion", "2.0"),
        "EnableSimpleResponses": given.get("enableSimpleResponses", False),
        "AuthorizerResultTtlInSeconds": given.get("authorizerResultTtlInSeconds", 300),
        "IdentitySource": given.get("identitySource", []),
    }
    return {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": properties}


def _routes(api: str, body: Resource) -> Resources:
    made: Resources = {}
    for path, method, operation in _operations(body):
        key = "$default" if path == "/$default" else f"{'ANY' if method == _ANY else method.upper()} {path}"
        stem = f"{api}{_letters(key)}"
        made[f"{stem}Integration"] = _integration(api, key, operation)
        made[f"{stem}Route"] = _route(api, key, operation, f"{stem}Integration")
    return made


def _operations(body: Resource) -> Iterator[tuple[str, str, Resource]]:
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method not in _METHODS:
                raise UnknownBody(f"{path}: {method} is no HTTP method")
            yield path, method, operation


def _integration(api: str, key: str, operation: Resource) -> Resource:
    given = operation["x-amazon-apigateway-integration"]
    if given["type"] != "aws_proxy" or given.get("payloadFormatVersion") != "2.0":
        raise UnknownBody(f"{api}: {key} is no Lambda integration of payload format 2.0")
    properties = {
        "ApiId": {"Ref": api},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": given["uri"],
        "PayloadFormatVersion": "2.0",
    }
    return {"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties}


def _route(api: str, key: str, operation: Resource, integration: str) -> Resource:
    properties: Resource = {
        "ApiId": {"Ref": api},
        "RouteKey": key,
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
    }
    names = [name for scheme in operation.get("security", []) for name in scheme if name != "NONE"]
    if names:
        properties |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": _authorizer_id(api, names[0])}}
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}


def _authorizer_id(api: str, name: str) -> str:
    return f"{api}{_letters(name)}Authorizer"


def _letters(text: str) -> str:
    """Letters and digits that stay apart when `text` differs only in its signs."""
    return re.sub(r"[^A-Za-z0-9]", lambda sign: f"{ord(sign[0]):02x}" if sign[0] not in " /" else "X", text)
