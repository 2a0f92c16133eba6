"""How a new version of the API comes to its callers: by an alias, with a canary where it is asked for."""

import pytest

from tests.template.stack import expanded, of_type, references, source

BEHIND_THE_GATEWAY = [
    name
    for name, function in of_type("AWS::Serverless::Function", source()).items()
    if any(event["Type"] == "HttpApi" for event in function.get("Events", {}).values())
]


@pytest.mark.parametrize("name", BEHIND_THE_GATEWAY)
def test_the_gateway_calls_an_alias(name: str) -> None:
    alias = of_type("AWS::Lambda::Alias")[f"{name}Aliaslive"]
    assert name in references(alias["FunctionName"])
    paths = expanded()["Resources"]["Api"]["Properties"]["Body"]["paths"]
    calls = [operation["x-amazon-apigateway-integration"] for path in paths.values() for operation in path.values()]
    uris = [str(call["uri"]) for call in calls]
    assert any(f"${{{name}Aliaslive}}" in uri for uri in uris)
    assert not any(f"${{{name}.Arn}}" in uri for uri in uris)


@pytest.mark.parametrize("name", BEHIND_THE_GATEWAY)
def test_a_canary_that_fails_is_rolled_back(name: str) -> None:
    resources = expanded(Canary="true")["Resources"]
    update = resources[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    group = resources[update["DeploymentGroupName"]["Ref"]]["Properties"]
    assert group["AlarmConfiguration"]["Alarms"] == [{"Name": resources["ApiFails"]["Properties"]["AlarmName"]}]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert "Canary10Percent5Minutes" in str(group["DeploymentConfigName"])


def test_without_canary_nothing_of_codedeploy_is_there() -> None:
    assert not [name for name, each in expanded()["Resources"].items() if "CodeDeploy" in each["Type"]]
    assert not [name for name, each in expanded()["Resources"].items() if "UpdatePolicy" in each]


def test_a_release_publishes_every_function_of_the_api_anew() -> None:
    """Also where parameters alone are others: SAM looks at their names only."""
    before, after = (set(of_type("AWS::Lambda::Version", expanded(Release=each))) for each in ("1" * 64, "2" * 64))
    assert len(before) == len(after) == len(BEHIND_THE_GATEWAY)
    assert not before & after
