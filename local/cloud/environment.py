"""A function as its workers need it: paths, limits and the environment, which is all a worker gets."""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.packages import unpack

_PASSED_ON = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Function:
    """One version of one function, ready to run."""

    name: str
    handler: str
    timeout: int
    task_root: Path
    layers: str
    variables: dict[str, str]
    digest: str


def describe(
    record: dict[str, Any], layers: list[bytes], credentials: dict[str, str], endpoint: str, code: Path
) -> Function:
    """Read MiniStack's record of a function; `layers` are zips, in the template's order."""
    config = record["config"]
    root = unpack(record["code_zip"], code)
    folders = [str(folder) for layer in layers if (folder := unpack(layer, code) / "python").is_dir()]
    variables = _variables(config, root) | _clean(credentials)
    variables |= {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    variables |= _own_variables(config) | {"AWS_ENDPOINT_URL": endpoint}
    path = os.pathsep.join(folders)
    timeout = int(config.get("Timeout") or 3)
    identity = json.dumps(
        [config["FunctionName"], config["Handler"], timeout, str(root), path, variables], sort_keys=True
    )
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return Function(config["FunctionName"], config["Handler"], timeout, root, path, variables, digest)


def _variables(config: dict[str, Any], root: Path) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    region = config["FunctionArn"].split(":")[3]
    logging = config.get("LoggingConfig") or {}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(root),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "_HANDLER": config["Handler"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.13')}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"[{version}]",
        "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel", ""),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    }


def _own_variables(config: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in ((config.get("Environment") or {}).get("Variables") or {}).items()}


def _clean(credentials: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in credentials.items() if value}


def trace(synthesised: str | None, new: Callable[[int], str] = secrets.token_hex) -> str:
    """The X-Ray header of an invocation: Lambda always sends one, unsampled when tracing is off."""
    return synthesised or f"Root=1-{int(time.time()):08x}-{new(12)};Parent={new(8)};Sampled=0"
