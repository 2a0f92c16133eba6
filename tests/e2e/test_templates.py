"""Saved templates on the deployed template: with the Python client, by a dropped file, with the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fanfold_client import Batch, Fanfold, Refused
from local.stack import LocalStack
from tests.waiting import until


def test_a_template_times_a_csv_is_a_batch(fanfold: Fanfold, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text\nred\nblue\n")
    first = fanfold.templates.save("sort", {"template": "{tone}: {text}", "mode": "realtime"}, {"tone": None})
    assert (first.label, first.fields) == ("sort@1", ["text"])
    with pytest.raises(Refused, match=r"variables\.tone|no default"):
        fanfold.batches.create(rows, from_template="sort")
    batch = fanfold.batches.wait(fanfold.batches.create(rows, from_template="sort", variables={"tone": "short"}).id)
    assert (batch.state, batch.progress.succeeded, batch.from_template) == ("completed", 2, "sort@1")
    assert fanfold.templates.save("sort", {"template": "Now: {text}", "mode": "realtime"}).label == "sort@2"
    assert fanfold.templates.get("sort").versions == [2, 1]
    fanfold.templates.archive("sort")
    with pytest.raises(Refused, match="archived"):
        fanfold.batches.create(rows, from_template="sort")
    fanfold.templates.restore("sort")


def test_a_dropped_file_names_one(fanfold: Fanfold, stack: LocalStack) -> None:
    fanfold.templates.save("drop", {"template": "Sort: {text}", "mode": "realtime"})
    s3, bucket = stack.cloud.client("s3"), stack.cloud.outputs["BucketName"]
    key = "inbox/acme/batches/with-template.csv"
    s3.put_object(Bucket=bucket, Key=f"{key}.options.json", Body=json.dumps({"from_template": "drop"}).encode())
    s3.put_object(Bucket=bucket, Key=key, Body=b"text\nred\n")

    def found() -> Batch | None:
        every = (each for each in fanfold.batches.list() if each.name == "with-template.csv")
        return next((each for each in every if each.state == "completed"), None)

    assert until(found).from_template == "drop@1"


def test_the_command(stack: LocalStack, tmp_path: Path) -> None:
    environ = os.environ | {"FANFOLD_URL": stack.url, "FANFOLD_KEY": stack.issue_key("acme")}
    rows = tmp_path / "rows.csv"
    rows.write_text("text\nred\nblue\ngreen\n")

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "fanfold_command", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    run("templates", "save", "mine", "--template", "{tone}: {text}", "--variable", "tone=kind", "--about", "first")
    assert "mine@1" in run("templates", "show", "mine")
    tried = run("batch", "try", str(rows), "--rows", "1", "--from-template", "mine")
    assert "kind: " in tried
    submitted = run("batch", "submit", str(rows), "--from-template", "mine@1", "--var", "tone=short", "--json")
    assert json.loads(submitted)["id"]
    assert "mine" in run("templates", "list")
    run("templates", "archive", "mine")
    run("templates", "restore", "mine")
