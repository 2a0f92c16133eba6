"""The template before AWS's own linters."""

import json
import sys
from pathlib import Path

import pytest

from tests.template.commands import SAM, passed
from tests.template.stack import TEMPLATE, expanded

CFN_LINT = Path(sys.executable).with_name("cfn-lint")


def test_the_expanded_template_has_no_faults(tmp_path: Path) -> None:
    template = tmp_path / "expanded.json"
    template.write_text(json.dumps(expanded(), indent=1))
    passed(CFN_LINT, "--regions", "eu-central-1", "--template", template)


def test_sam_validates_the_template() -> None:
    if not SAM.exists():
        pytest.skip("the SAM CLI is not installed: make tools")
    passed(SAM, "validate", "--lint", "--template", TEMPLATE)
