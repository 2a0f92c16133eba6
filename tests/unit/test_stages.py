"""Stages of `samconfig.toml`, and what deploying one runs."""

from tests.template.stack import number, source
from tools.deploy import commands
from tools.stages import stages


def test_each_stage_has_a_stack_of_its_own_and_knows_only_parameters_that_there_are() -> None:
    found = stages()
    assert set(found) == {"dev", "stage", "prod"}
    assert len({stage.stack for stage in found.values()}) == 3
    known = source()["Parameters"]
    for stage in found.values():
        assert stage.parameters.keys() <= known.keys()
        for name, value in stage.parameters.items():
            assert value in map(str, known[name].get("AllowedValues", [value]))


def test_prod_alone_is_protected_and_keeps_most() -> None:
    found = stages()
    assert [name for name, stage in found.items() if stage.is_protected] == ["prod"]
    kept = {name: int(stage.parameters["RetentionDays"]) for name, stage in found.items()}
    assert kept["dev"] < kept["prod"] <= number({"Ref": "RetentionDays"})


def test_a_deployment_builds_for_the_stages_own_architecture_and_names_the_stage() -> None:
    build, deploy = commands(stages()["prod"], "eu-west-1")
    assert build == ["make", "build", "ARCH=arm64"]
    assert deploy[deploy.index("--config-env") + 1] == "prod"
    assert deploy[deploy.index("--region") + 1] == "eu-west-1"
    assert "--parameter-overrides" not in deploy  # it would take the place of all that samconfig.toml has
