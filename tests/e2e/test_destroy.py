"""`make destroy`: nothing of a stage is left."""

from pathlib import Path

import pytest

from fanfold_client import Fanfold
from local.cloud.deploy import ACCOUNT, REGION
from local.stack import LocalStack
from tools.destroy import Account, destroy

pytestmark = pytest.mark.wide


def test_nothing_is_left_of_a_protected_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalStack(None, tmp_path, environ={}, minute_seconds=2, parameters={"Protected": "yes"}) as stack:
        key = stack.issue_key("acme")
        stack.invoke("Admin", {"command": "set_provider_key", "tenant": "acme", "provider": "openai", "key": "sk-own"})
        with Fanfold(stack.url, key) as fanfold:
            fanfold.batches.wait(
                fanfold.batches.create([{"custom_id": "a", "input": "Hello"}], model="gpt-5.4-nano").id
            )
        variables = {
            "AWS_ENDPOINT_URL": stack.cloud.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        account = Account(REGION)
        before = account.client("s3").list_objects_v2(Bucket=stack.cloud.outputs["BucketName"])
        assert before["KeyCount"]
        gone = destroy("fanfold", account)
        assert "the stack fanfold" in gone
        assert "the secret fanfold/provider-keys/acme" in gone
        assert account.client("dynamodb").list_tables()["TableNames"] == []
        buckets = account.client("s3").list_buckets()["Buckets"]
        assert [each["Name"] for each in buckets if "artifacts" not in each["Name"]] == []
        assert account.client("secretsmanager").list_secrets()["SecretList"] == []
        assert account.client("lambda").list_functions()["Functions"] == []
        groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/fanfold/fanfold")["logGroups"]
        assert groups == []
