"""The template before AWS's own linters."""

import json
import sys
from pathlib import Path

import pytest

from tests.template.commands import SAM, passed
from tests.template.stack import TEMPLATE, expanded

CFN_LINT = Path(sys.executable).with_name("cfn-lint")


USED_UP = {"Canary", "Release"}
"""Parameters that SAM itself reads: nothing that it writes has them."""


@pytest.mark.parametrize("canary", ["false", "true"])
def test_the_expanded_template_has_no_faults(canary: str, tmp_path: Path) -> None:
    plain = expanded(Canary=canary)
    parameters = {name: each for name, each in plain["Parameters"].items() if name not in USED_UP}
    template = tmp_path / "expanded.json"
    template.write_text(json.dumps(plain | {"Parameters": parameters}, indent=1))
    passed(CFN_LINT, "--regions", "eu-central-1", "--template", template)


def test_sam_validates_the_template() -> None:
    if not SAM.exists():
        pytest.skip("the SAM CLI is not installed: make tools")
    passed(SAM, "validate", "--lint", "--template", TEMPLATE)
