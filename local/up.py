"""`make up`: keep Fanfold running on this machine until Ctrl-C."""

import os
import signal
from pathlib import Path

from local.stack import LocalStack

STATE = Path(".fanfold")


def up() -> int:
    """Start, print where everything is, and wait. State is kept in `.fanfold/`; FANFOLD_PORT sets the port."""
    port = int(os.environ["FANFOLD_PORT"]) if "FANFOLD_PORT" in os.environ else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LocalStack(STATE.resolve(), STATE.resolve(), port=port) as stack:
            _say(stack, _key(stack))
            signal.pause()
    except KeyboardInterrupt:
        print("stopped")
    return 0


def _key(stack: LocalStack) -> str:
    """The key of the tenant `demo`, the same over restarts."""
    kept = STATE / "key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(stack.issue_key("demo"))
    return kept.read_text()


def _say(stack: LocalStack, key: str) -> None:
    facts = {
        "API": stack.url,
        "key": key,
        "bucket": f"{stack.cloud.outputs['BucketName']} (drop files under inbox/demo/batches/)",
        "AWS endpoint": stack.cloud.url,
        "provider": stack.provider_url,
        "log": str(stack.cloud.log),
        "try": f"curl -H 'Authorization: Bearer {key}' {stack.url}/v1/batches",
    }
    for name, value in facts.items():
        print(f"{name}\t{value}")
    print("Ctrl-C stops everything", flush=True)
