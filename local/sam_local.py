"""What `sam local` needs to run functions in containers against this machine's stack."""

import fcntl
import json
import socket
import struct
from pathlib import Path
from typing import Any

from local.cloud.deploy import ACCOUNT, REGION
from local.cloud.stack import Cloud

BRIDGE = "docker0"
_SIOCGIFADDR = 0x8915


class NoBridge(Exception):
    """No container engine has made a network on this machine."""


def bridge_address(name: str = BRIDGE) -> str:
    """This machine's address in its containers' network; nothing outside of the machine has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            found = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()))
        except OSError:
            raise NoBridge(f"there is no network {name}: start a container engine, or name the address") from None
    return socket.inet_ntoa(found[20:24])


def environment(cloud: Cloud) -> dict[str, str]:
    """The shell's variables for `sam local`, which hands them on: the cloud takes one key, and has one region.

    The command asks for the account, too, and would wait for AWS's answer.
    """
    return {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }


def write_variables(cloud: Cloud, file: Path) -> None:
    """The variables of every function, as `--env-vars` takes them: by the function's name in the template."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(variables(cloud), indent=2))


def variables(cloud: Cloud) -> dict[str, dict[str, str]]:
    """What each deployed function is given, and where its AWS is."""
    physical = {name: logical for logical, name in cloud.deployed.resources.items()}
    return {
        physical[each["FunctionName"]]: _own(each) | {"AWS_ENDPOINT_URL": cloud.url}
        for page in cloud.client("lambda").get_paginator("list_functions").paginate()
        for each in page["Functions"]
        if each["FunctionName"] in physical
    }


def _own(function: dict[str, Any]) -> dict[str, str]:
    given: dict[str, str] = function["Environment"]["Variables"]
    return given
