"""What checkov and cfn-lint find in the template: each finding is mended, or has its reason in findings.tsv."""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.template.commands import run
from tests.template.stack import ROOT, expanded

CHECKOV = ROOT / ".tools/checkov/bin/checkov"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")


class Finding(NamedTuple):
    check: str
    resource: str


class Reason(NamedTuple):
    """Why a finding of a check stays as it is, for the resources that the pattern fits."""

    check: str
    resource: str
    why: str

    def covers(self, finding: Finding) -> bool:
        return finding.check == self.check and fnmatch(finding.resource, self.resource)


def reasons(prefix: str) -> list[Reason]:
    """Those of checks whose names begin so."""
    lines = (Path(__file__).with_name("findings.tsv")).read_text().splitlines()
    return [reason for line in lines if (reason := Reason(*line.split("\t"))).check.startswith(prefix)]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "expanded.json"
    file.write_text(json.dumps(expanded(Canary="true"), indent=1))
    return file


def test_every_finding_of_cfn_lint_is_mended_or_has_a_reason(template: Path) -> None:
    said = run(CFN_LINT, "--include-checks", "I", "--regions", "eu-central-1", "--format", "json", "--", template)
    found = {Finding(each["Rule"]["Id"], each["Location"]["Path"][1]) for each in json.loads(said.stdout)}
    held(found, [*reasons("I"), *reasons("W"), *reasons("E")])


@pytest.mark.wide
def test_every_finding_of_checkov_is_mended_or_has_a_reason(template: Path) -> None:
    if not CHECKOV.exists():
        pytest.skip("checkov is not installed: make .tools/checkov/bin/checkov")
    asked = ("--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "--output", "json")
    said = json.loads(run(CHECKOV, "--file", template, *asked).stdout)
    assert said["summary"]["parsing_errors"] == 0
    failed = said["results"]["failed_checks"]
    held({Finding(each["check_id"], each["resource"].rpartition(".")[2]) for each in failed}, reasons("CKV"))


def held(found: set[Finding], given: list[Reason]) -> None:
    """Nothing is without a reason, and no reason without something to explain."""
    assert found
    assert not [each for each in sorted(found) if not any(reason.covers(each) for reason in given)]
    assert not [reason for reason in given if not any(reason.covers(each) for each in found)]
