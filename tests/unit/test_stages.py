"""Stages of `samconfig.toml`, and what deploying one runs."""

from pathlib import Path
from typing import Any

from fanfold_command import main
from tests.template.stack import number, source
from tools.deploy import NEXT, build_command, deploy_command, publish_page, release, sign_in
from tools.page import SignIn, publish
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


def test_a_deployment_builds_for_the_stages_own_architecture_and_names_the_stage(tmp_path: Path) -> None:
    prod = stages()["prod"]
    assert build_command(prod) == ["make", "build", "ARCH=arm64"]
    deploy = deploy_command(prod, "eu-west-1", tmp_path)
    assert deploy[deploy.index("--config-env") + 1] == "prod"
    assert deploy[deploy.index("--region") + 1] == "eu-west-1"
    given = dict(each.split("=", 1) for each in deploy[deploy.index("--parameter-overrides") + 1 :])
    assert prod.parameters == {name: value for name, value in given.items() if name != "Release"}
    assert given["Release"] == release(tmp_path, prod.parameters)


def test_a_release_is_another_when_code_or_a_parameter_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = release(tmp_path, {"LogLevel": "INFO"})
    assert release(tmp_path, {"LogLevel": "INFO"}) == first
    others = {release(tmp_path, {"LogLevel": "DEBUG"})}
    (tmp_path / "a.py").write_text("2")
    others.add(release(tmp_path, {"LogLevel": "INFO"}))
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    others.add(release(tmp_path, {"LogLevel": "INFO"}))
    assert len(others | {first}) == 4


def test_what_a_deployment_says_to_do_next_are_commands_that_there_are() -> None:
    lines = [line.split("      ")[0].split() for line in NEXT.format(stack="fanfold-dev", url="u").splitlines()]
    told = [line[1:] for line in lines if line[:1] == ["fanfold"]]
    assert len(told) == 3
    for command in told:
        assert main([*command, "--help"]) == 0


class Bucket:
    """What was put there, in order."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []

    def put_object(self, **given: Any) -> None:
        self.put.append(given)


def test_the_page_is_published_with_its_index_last(tmp_path: Path) -> None:
    for name in ("index.html", "assets/z-1.js", "assets/a-2.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    bucket = Bucket()
    assert publish("pages", SignIn("https://issuer.test", "page"), bucket, tmp_path) == 4
    assert [each["Key"] for each in bucket.put] == ["config.json", "assets/a-2.css", "assets/z-1.js", "index.html"]
    kept = {each["Key"]: each["CacheControl"] for each in bucket.put}
    assert (kept["config.json"], kept["index.html"]) == ("no-store", "no-cache")
    assert "immutable" in kept["assets/z-1.js"]
    said = bucket.put[0]["Body"]
    assert said == b'{"api": "", "sign_in": {"issuer": "https://issuer.test", "client_id": "page"}}'


def test_a_stack_without_a_dashboard_gets_no_page() -> None:
    bucket = Bucket()
    assert list(publish_page({"ApiUrl": "https://api.test"}, {}, bucket)) == []
    assert bucket.put == []


def test_people_sign_in_where_the_parameters_say() -> None:
    assert sign_in({"OidcIssuer": "https://issuer.test", "DashboardClientId": ""}) is None
    known = {"OidcIssuer": "https://issuer.test", "DashboardClientId": "page"}
    assert sign_in(known) == SignIn("https://issuer.test", "page")
