"""Starting and stopping: nothing is left behind, state survives when asked, two clouds don't meet."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.cloud.deploy import DeployFailed
from local.cloud.stack import Cloud, CloudFailed
from tests.contract.cloud.sample import TEMPLATE, alive, call, notes, run_machine, sample_cloud
from tests.waiting import until


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_close_ends_every_process_and_frees_the_port() -> None:
    with sample_cloud() as cloud:
        call(cloud, "Plain", {})
        host, workers, port, state = cloud.pid, list(cloud.workers()), cloud.port, cloud.state
        assert host is not None
        assert alive(host)
        assert workers
    assert not alive(host)
    assert not any(alive(pid) for pid in workers)
    assert free(port)
    assert not state.exists()


def test_workers_end_with_a_host_that_is_killed_also_in_the_middle_of_work(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with sample_cloud() as cloud:
        event = json.dumps({"do": "sleep", "seconds": 50, "mark": str(mark)})
        cloud.client("lambda").invoke(
            FunctionName=cloud.deployed.resources["Capped"], InvocationType="Event", Payload=event
        )
        until(lambda: mark.exists() and mark.read_text())
        assert cloud.pid is not None
        os.kill(cloud.pid, signal.SIGKILL)
        until(lambda: not alive(int(mark.read_text())))
    assert free(cloud.port)


def test_a_host_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from local.cloud.stack import Cloud\n"
        "cloud = Cloud(Path(sys.argv[1]), state_dir=Path(sys.argv[2])); cloud.start()\n"
        "print(cloud.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(TEMPLATE), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        host = int(owner.stdout.readline())
        assert alive(host)
        owner.kill()
    until(lambda: not alive(host))


def test_state_survives_a_restart_and_deploying_again_updates_in_place(tmp_path: Path) -> None:
    with sample_cloud(state_dir=tmp_path) as first:
        item = {"pk": {"S": "kept"}, "sk": {"S": "1"}}
        first.client("dynamodb").put_item(TableName=first.outputs["Table"], Item=item)
        first.client("s3").put_object(Bucket=first.outputs["Bucket"], Key="kept", Body=b"bytes")
        first.client("sqs").send_message(QueueUrl=first.outputs["DeadLetters"], MessageBody="kept")
        first.client("stepfunctions").start_execution(
            stateMachineArn=first.outputs["Machine"], name="interrupted", input='{"kind": "sleep"}'
        )
        deployed, api, port = first.deployed, first.api_url, first.port

    with sample_cloud(state_dir=tmp_path, parameters={"Greeting": "again"}) as second:
        assert (second.port, second.api_url) == (port, api)
        assert second.deployed.resources == deployed.resources
        found = second.client("dynamodb").get_item(
            TableName=second.outputs["Table"], Key={"pk": {"S": "kept"}, "sk": {"S": "1"}}
        )
        assert found["Item"] == item
        kept = second.client("s3").get_object(Bucket=second.outputs["Bucket"], Key="kept")
        assert kept["Body"].read() == b"bytes"
        (message,) = second.client("sqs").receive_message(QueueUrl=second.outputs["DeadLetters"])["Messages"]
        assert message["Body"] == "kept"
        config = second.client("lambda").get_function_configuration(FunctionName=second.deployed.resources["Plain"])
        assert config["Environment"]["Variables"]["GREETING"] == "again"
        assert run_machine(second, {"kind": "retry", "do": "fatal"})["status"] == "SUCCEEDED"
        until(lambda: {"name": "interrupted", "status": "FAILED"} in notes(second, "status"))


def test_two_clouds_run_side_by_side() -> None:
    with sample_cloud() as one, sample_cloud() as other:
        one.client("s3").put_object(Bucket=one.outputs["Bucket"], Key="mine", Body=b"1")
        listed = other.client("s3").list_objects_v2(Bucket=other.outputs["Bucket"])
        assert one.port != other.port
        assert listed["KeyCount"] == 0
        assert call(one, "Plain", {})[1]["pid"] != call(other, "Plain", {})[1]["pid"]
        assert not set(one.workers()) & set(other.workers())


def test_it_listens_on_the_loopback_only() -> None:
    cloud = Cloud(TEMPLATE)
    try:
        cloud.start()
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        addresses = {line[1].split(":")[0] for line in listening if int(line[1].split(":")[1], 16) == cloud.port}
        assert addresses == {"0100007F"}
    finally:
        cloud.close()


def test_a_taken_port_is_said_to_be_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cloud = Cloud(TEMPLATE, port=taken.getsockname()[1])
        with pytest.raises(CloudFailed, match="already in use"):
            cloud.start()
        cloud.close()


def test_a_stack_that_fails_says_why(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Parameters: {Seconds: {Type: Number, Default: 20}}\n"
        "Resources:\n"
        "  Queue: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: nonsense}}}\n"
    )
    cloud = Cloud(template)
    try:
        cloud.start()
        with pytest.raises(DeployFailed, match="Queue: "):
            cloud.deploy()
    finally:
        cloud.close()
