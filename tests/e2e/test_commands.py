"""`make up` and `make demo`, as processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def up(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`python -m local up` in a folder of its own, and what it printed, by name."""
    environ = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "up"],
        cwd=folder,
        env=environ | {"FANFOLD_PORT": str(port), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    said: dict[str, str] = {}
    try:
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
            name, value = line.rstrip().split("\t")
            said[name] = value
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def test_up_runs_until_ctrl_c_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    port = free_port()
    with up(tmp_path, port) as (process, said):
        headers = {"Authorization": f"Bearer {said['key']}"}
        for_containers = json.loads((tmp_path / ".fanfold/env.json").read_text())
        assert for_containers["PlanFunction"]["AWS_ENDPOINT_URL"] == said["AWS endpoint"]
        assert f"AWS_ENDPOINT_URL={said['AWS endpoint']} " in said["sam local"]
        made = httpx.post(
            f"{said['API']}/v1/batches", json={"requests": [{"input": "Say hello"}]}, headers=headers, timeout=300
        )
        assert made.status_code == 202
        provider = int(re.search(r":(\d+)", said["provider"])[1])  # type: ignore[index]
    assert process.returncode == 0
    for each in (port, provider):
        socket.create_server(("127.0.0.1", each)).close()

    with up(tmp_path, port) as (_, again):
        assert again["key"] == said["key"]
        listed = httpx.get(f"{again['API']}/v1/batches", headers=headers, timeout=300).json()["batches"]
        assert [batch["id"] for batch in listed] == [made.json()["id"]]


def test_two_copies_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with up(folders[0], free_port()) as (_, one), up(folders[1], free_port()) as (_, two):
        for said in (one, two):
            assert httpx.get(f"{said['API']}/v1/health", timeout=300).status_code == 200
        foreign = {"Authorization": f"Bearer {one['key']}"}
        assert httpx.get(f"{two['API']}/v1/batches", headers=foreign, timeout=300).status_code == 401


def test_the_demo_adds_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "demo: ok"
