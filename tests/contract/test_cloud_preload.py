"""What workers share: modules that are imported before a worker has its function's variables may look at none."""

import json
import subprocess
import sys
from pathlib import Path

from local.cloud.starter import SAME_FOR_ALL
from local.cloud.template import read
from local.stack import PRELOADED, TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
LOOKED_AT = """
import collections, importlib, json, os, sys
looked_at = set()
class Recording(collections.UserDict):
    def __getitem__(self, name):
        looked_at.add(name)
        return super().__getitem__(name)
    def __contains__(self, name):
        looked_at.add(name)
        return super().__contains__(name)
os.environ = Recording(os.environ)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(map(str, looked_at))))
"""


def test_what_is_imported_for_all_looks_at_no_variable_of_a_function() -> None:
    asked = [sys.executable, "-c", LOOKED_AT, *PRELOADED]
    path = {"PYTHONPATH": str(ROOT / "layers/core/python")}
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env=SAME_FOR_ALL | path)
    looked_at = set(json.loads(done.stdout))
    assert "AWS_EXECUTION_ENV" in looked_at
    assert not looked_at & _variables()
    assert not {name for name in looked_at if name.startswith(("AWS_LAMBDA_FUNCTION_", "AWS_LAMBDA_LOG_"))}


def _variables() -> set[str]:
    """What the template sets, for all functions and for each."""
    source = read(TEMPLATE)
    functions = [each["Properties"] for each in source.of_type("AWS::Serverless::Function").values()]
    given = [source.body["Globals"]["Function"], *functions]
    return {name for each in given for name in each.get("Environment", {}).get("Variables", {})}
