"""What can be used is in the docs: routes, providers, parameters, outputs, queues, metrics, readers and settings."""

import io
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from fanfold import providers
from fanfold.batches.model.result import Result
from fanfold.forecasting import PRESETS, ForecastSettings, Series, exports, forecast, readers, texts
from fanfold.providers import Usage
from fanfold.settings import VARIABLES
from fanfold.settings import Settings as OperatorSettings
from fanfold.writing import formats
from tests.template.stack import ROOT, of_type, routes, source, surface_routes

README = (ROOT / "README.md").read_text()
FILES = (ROOT / "docs/forecast-files.md").read_text()
API = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
OPERATIONS = (ROOT / "docs/operations.md").read_text()
ROUTES = sorted({route.partition(" ")[2] for route in routes() if "/v1/" in route})


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_in_the_docs(route: str) -> None:
    tail = route.split("/{job}", 1)[-1]
    assert route in API or (tail != route and f"…{tail}" in API) or f"…/{{job}}{tail}" in API


@pytest.mark.parametrize("route", surface_routes())
def test_every_route_of_a_surface_is_in_the_docs(route: str) -> None:
    method, _, path = route.partition(" ")
    assert f"`{method} {path}`" in (ROOT / "docs/clients.md").read_text()


@pytest.mark.parametrize("name", providers.names())
def test_every_provider_is_in_the_readme(name: str) -> None:
    assert name in README.lower()


def test_what_the_readme_shows_is_what_comes_back() -> None:
    out = io.BytesIO()
    exports.export("csv", forecast([Series("boots", [1.0, 2, 3, 4, 5, 6])], horizon=1, levels=(80, 95)), out)
    assert out.getvalue().decode().splitlines()[0] in README
    shown = json.loads(next(line for line in README.splitlines() if line.startswith('{"custom_id"')))
    assert shown.keys() <= {*Result.model_fields, "cost_usd"}
    assert shown["usage"].keys() <= Usage.model_fields.keys()


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "cli" / "index.html").exists()


@pytest.mark.parametrize("name", [*exports.names(), *texts.names()])
def test_every_form_and_language_of_forecasts_is_explained(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/forecast-exports.md").read_text()


@pytest.mark.parametrize("name", formats.names())
def test_every_form_of_a_text_is_explained(name: str) -> None:
    assert f"`{name}`" in API or f"={name}`" in API


@pytest.mark.parametrize("kind", ["Parameters", "Outputs"])
def test_every_parameter_and_operators_function_is_explained(kind: str) -> None:
    names = [name for name in source()[kind] if kind == "Parameters" or name.endswith("FunctionName")]
    assert [name for name in names if f"`{name}`" not in OPERATIONS] == []


def test_every_setting_of_a_deployment_is_explained() -> None:
    free = OperatorSettings.model_fields.keys() - VARIABLES
    assert [name for name in sorted(free) if f"`{name}`" not in OPERATIONS] == []


def test_every_queue_is_explained() -> None:
    queues = [name for name, resource in source()["Resources"].items() if resource["Type"] == "AWS::SQS::Queue"]
    assert [name for name in queues if f"`{name}`" not in OPERATIONS and not name.endswith("DeadLetters")] == []


def test_every_alarm_is_in_the_runbook_and_has_an_action_and_a_metric_that_there_is() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text()
    files = [*(ROOT / "functions").rglob("*.py"), ROOT / "layers/core/python/fanfold/observe.py"]
    code = "".join(path.read_text() for path in files)
    alarms = of_type("AWS::CloudWatch::Alarm", source())
    assert set(alarms) == set(re.findall(r"^## (\w+)$", runbook, re.MULTILINE))
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"]["Fn::If"][0] == "HasAlarmEmail", name
        assert alarm.get("Namespace") != "Fanfold" or f"{alarm['MetricName']}=" in code, name


def test_every_metric_is_named() -> None:
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    counted = {name for call in re.findall(r"count\(([^)]*)\)", code) for name in re.findall(r"(\w+)=", call)}
    assert [name for name in counted if f"`{name}`" not in OPERATIONS] == []


def test_every_format_setting_and_preset_of_forecasts_is_explained() -> None:
    known = [*readers.formats(), *readers.suffixes(), *(field.name for field in fields(ForecastSettings)), *PRESETS]
    assert [name for name in known if f"`{name}`" not in FILES and f" {name} " not in FILES] == []


def test_every_code_of_a_note_about_a_file_is_explained() -> None:
    code = "".join(path.read_text() for path in (ROOT / "layers/core/python/fanfold/forecasting/readers").glob("*.py"))
    code += (ROOT / "layers/core/python/fanfold/forecasting/dates.py").read_text()
    codes = set(re.findall(r'(?:Note|_say|_note)\(\s*"(\w+)"', code))
    assert len(codes) > 25
    assert [name for name in sorted(codes) if f"`{name}`" not in FILES] == []


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_table_is_cut(page: Path) -> None:
    """A row after an empty line begins a table, so a line of dashes has to follow it."""
    lines = ["", *page.read_text().splitlines(), ""]
    begun = [at for at, line in enumerate(lines[1:-1], 1) if line.startswith("|") and not lines[at - 1].startswith("|")]
    assert [lines[at] for at in begun if not re.fullmatch(r"\|[\s:|-]+", lines[at + 1])] == []
