"""`make up`: keep Fanfold running on this machine until Ctrl-C."""

import os
import shlex
import signal
import sys
import time
from pathlib import Path

from fanfold_client.profiles import Profile, write
from local.callers import LOOPBACK
from local.page_build import build_page
from local.pages import Pages, last_port
from local.sam_local import NoBridge, bridge_address, environment, write_variables
from local.stack import LocalStack

STATE = Path(".fanfold")


BEGAN = time.monotonic()


def up(bridge: str = "") -> int:
    """Start, print where everything is, and wait. State is kept in `.fanfold/`.

    `bridge` is "1" or an address: all but the dashboard then listens there alone, where containers reach it.
    FANFOLD_PORT sets the port; FANFOLD_HOSTS names further hosts it is reached by, as from containers
    (`172.17.0.1:4566`), with commas between.
    """
    os.umask(0o077)  # keys and everything else in .fanfold/ are for its owner
    port = int(os.environ["FANFOLD_PORT"]) if "FANFOLD_PORT" in os.environ else None
    no_page = build_page()
    for each in (signal.SIGINT, signal.SIGTERM):  # a shell's background job comes with SIGINT ignored
        signal.signal(each, signal.default_int_handler)
    try:
        with Pages(port=last_port(STATE / "page-port")) as pages:
            origin = {"AllowedOrigins": pages.origin}
            address = bridge_address() if bridge == "1" else bridge or LOOPBACK
            with LocalStack(
                STATE.resolve(), STATE.resolve(), port=port, parameters=origin, hosts=_hosts(), address=address
            ) as stack:
                key = _key(stack)
                write_variables(stack.cloud, STATE / "env.json")
                pages.belong_to(stack.url)
                _say(
                    stack,
                    key,
                    _profile(stack, key, None if no_page else pages.origin),
                    f"none: {no_page}" if no_page else pages.link(key),
                )
                signal.pause()
    except KeyboardInterrupt:
        print("stopped")
    except NoBridge as error:
        sys.stderr.write(f"make up: {error}, as in make up BRIDGE=172.17.0.1\n")
        return 2
    return 0


def _hosts() -> tuple[str, ...]:
    return tuple(filter(None, os.environ.get("FANFOLD_HOSTS", "").split(",")))


def _key(stack: LocalStack) -> str:
    """The key of the tenant `demo`, the same over restarts."""
    kept = STATE / "key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(stack.issue_key("demo"))
    return kept.read_text()


def _profile(stack: LocalStack, key: str, page: str | None) -> Path:
    """A configuration for the command line, in which this stack is the profile `local`."""
    config = STATE.resolve() / "config.toml"
    write(config, "local", Profile(url=stack.url, key=key, page=page, aws_endpoint=stack.cloud.url))
    return config


def _say(stack: LocalStack, key: str, config: Path, dashboard: str) -> None:
    facts = {
        "dashboard": dashboard,
        "API": stack.url,
        "key": key,
        "bucket": f"{stack.cloud.outputs['BucketName']} (drop files under inbox/demo/batches/)",
        "AWS endpoint": stack.cloud.url,
        "provider": stack.provider_url,
        "log": str(stack.cloud.log),
        "profile": f"export FANFOLD_CONFIG={shlex.quote(str(config))}",
        "sam local": f"{' '.join(f'{name}={value}' for name, value in environment(stack.cloud).items())} sam local …",
        "command": f"{Path(sys.executable).with_name('fanfold')} batch list",
        "try": f"curl -H 'Authorization: Bearer {key}' {stack.url}/v1/batches",
    }
    for name, value in facts.items():
        print(f"{name}\t{value}")
    print(f"ready after {time.monotonic() - BEGAN:.1f} s; Ctrl-C stops everything", flush=True)
