"""Every call pays for the authorizer: what it imports."""

import subprocess
import sys

FORBIDDEN = ("fanfold.batches", "fanfold.forecasts", "fanfold.writing", "fanfold.journal", "fanfold.wiring.shared")
HEAVY = ("jwt", "cryptography", "numpy", "openai", "genai_prices", "jsonschema")


def test_it_imports_no_service_and_nothing_heavy() -> None:
    code = "import accounts.authorize, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "fanfold.accounts.keys" in loaded
    assert [name for name in loaded if name.startswith((*FORBIDDEN, *HEAVY))] == []
