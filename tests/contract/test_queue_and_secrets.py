"""What every queue, errand, secret and bus of events does: those in memory and the adapters alike."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from fanfold.aws.errands import LambdaErrands
from fanfold.aws.events import EventBridge
from fanfold.aws.queue import SqsQueue
from fanfold.aws.secrets import SecretsManager
from fanfold.errors import Contended, Incomplete
from fanfold.jobs.identity import Begin
from fanfold.ports import Errands, Events, Queue, Secrets
from tests.fakes.errands import MemoryErrands, handed_over
from tests.fakes.events import MemoryEvents
from tests.fakes.moto_stack import Stack, client
from tests.fakes.queue import MemoryQueue
from tests.fakes.secrets import MemorySecrets

NUMBERS = count()
BEGIN = Begin(tenant="acme", job="b1", run=1, correlation_id="è <&> \U0001f642")


@pytest.fixture(params=["memory", "sqs"])
def queue(request: pytest.FixtureRequest) -> tuple[Queue, Callable[[], list[str]]]:
    """A queue, and what arrives at its other end."""
    if request.param == "memory":
        memory = MemoryQueue()
        return memory, lambda: memory.messages
    stack: Stack = request.getfixturevalue("aws")
    sqs = client("sqs")

    def received() -> list[str]:
        found = sqs.receive_message(QueueUrl=stack.work, MaxNumberOfMessages=10)
        return [message["Body"] for message in found.get("Messages", [])]

    return SqsQueue(sqs, lambda: stack.work), received


def test_a_message_arrives_as_it_was_sent(queue: tuple[Queue, Callable[[], list[str]]]) -> None:
    sender, received = queue
    sender.send(BEGIN)
    sender.send(BEGIN.model_copy(update={"run": 2}))
    arrived = [Begin.model_validate_json(text) for text in received()]
    assert sorted(arrived, key=lambda each: each.run) == [BEGIN, BEGIN.model_copy(update={"run": 2})]


def test_a_message_over_a_mebibyte_is_refused(queue: tuple[Queue, Callable[[], list[str]]]) -> None:
    sender, received = queue
    with pytest.raises((ClientError, ValueError)):
        sender.send(BEGIN.model_copy(update={"correlation_id": "x" * 1024 * 1024}))
    assert received() == []


def test_many_messages_all_arrive(queue: tuple[Queue, Callable[[], list[str]]]) -> None:
    sender, received = queue
    before = sender.waiting()
    sender.send_all(BEGIN.model_copy(update={"run": n}) for n in range(100, 123))
    assert sender.waiting() == before + 23
    runs = {Begin.model_validate_json(text).run for _ in range(9) for text in received()}
    assert runs >= set(range(100, 123))
    sender.send_all([])


def test_a_delayed_message_counts_as_waiting(queue: tuple[Queue, Callable[[], list[str]]]) -> None:
    sender, _ = queue
    before = sender.waiting()
    sender.send(BEGIN, 900)
    assert sender.waiting() == before + 1
    with pytest.raises((ClientError, ValueError)):
        sender.send(BEGIN, 901)


@pytest.fixture(params=["memory", "lambda"])
def errands(request: pytest.FixtureRequest) -> Iterator[tuple[Errands, Callable[[], list[str]]]]:
    """A function that is called without waiting, and what it is called with."""
    if request.param == "memory":
        memory = MemoryErrands()
        yield memory, lambda: memory.messages
        return
    lambda_client = client("lambda")
    with handed_over(lambda_client) as handed:
        yield LambdaErrands(lambda_client, lambda: "start"), lambda: [event for _, event in handed]


def test_an_errand_is_handed_over_as_it_was_sent(errands: tuple[Errands, Callable[[], list[str]]]) -> None:
    sender, received = errands
    sender.send(BEGIN)
    assert [Begin.read(text) for text in received()] == [BEGIN]


def test_an_errand_of_over_256_kib_is_refused(errands: tuple[Errands, Callable[[], list[str]]]) -> None:
    sender, received = errands
    with pytest.raises((ClientError, ValueError)):
        sender.send(BEGIN.model_copy(update={"correlation_id": "x" * 256 * 1024}))
    assert received() == []


def test_messages_that_sqs_did_not_take_are_told() -> None:
    class Full:
        def send_message_batch(self, **_: Any) -> dict[str, object]:
            return {"Failed": [{"Id": "0", "Message": "throttled"}]}

    with pytest.raises(Incomplete, match="throttled"):
        SqsQueue(cast(Any, Full()), lambda: "url").send_all([BEGIN])


def test_messages_are_grouped_by_tenant_so_that_queues_are_fair(aws: Stack) -> None:
    sqs = client("sqs")
    queue = SqsQueue(sqs, lambda: aws.work)
    queue.send(BEGIN.model_copy(update={"tenant": "one", "run": 900}))
    queue.send_all([BEGIN.model_copy(update={"tenant": "two", "run": 901})])
    groups: dict[int, str] = {}
    for _ in range(20):
        asked = {"QueueUrl": aws.work, "MaxNumberOfMessages": 10, "AttributeNames": ["MessageGroupId"]}
        for message in sqs.receive_message(**asked).get("Messages", []):
            groups[json.loads(message["Body"]).get("run")] = message["Attributes"]["MessageGroupId"]
    assert (groups[900], groups[901]) == ("one", "two")


@pytest.fixture(params=["memory", "secretsmanager"])
def secrets(request: pytest.FixtureRequest) -> tuple[Secrets, str]:
    """Secrets, and the name of one."""
    kept = {"openai": "sk-1", "gemini": ""}
    if request.param == "memory":
        return MemorySecrets({"keys": kept}), "keys"
    request.getfixturevalue("aws")
    manager = client("secretsmanager")
    manager.create_secret(Name=(name := f"keys-{next(NUMBERS)}"), SecretString=json.dumps(kept))
    return SecretsManager(manager), name


def test_a_secret_is_its_entries_by_name(secrets: tuple[Secrets, str]) -> None:
    keeper, name = secrets
    assert keeper.get(name) == {"openai": "sk-1", "gemini": ""}


def test_a_secret_is_what_was_put_last(secrets: tuple[Secrets, str]) -> None:
    keeper, name = secrets
    for where in (name, f"{name}/acme"):
        keeper.put(where, {"openai": "sk-2"})
        assert keeper.get(where) == {"openai": "sk-2"}


def test_a_secret_is_removed_for_good(secrets: tuple[Secrets, str]) -> None:
    keeper, name = secrets
    for _ in range(2):
        keeper.remove(name)
    with pytest.raises((ClientError, KeyError)):
        keeper.get(name)
    keeper.put(name, {"openai": "sk-2"})
    assert keeper.get(name) == {"openai": "sk-2"}


def test_a_secret_that_is_not_there_is_an_error(secrets: tuple[Secrets, str]) -> None:
    keeper, _ = secrets
    with pytest.raises((ClientError, KeyError)):
        keeper.get("nothing")


@pytest.fixture(params=["memory", "eventbridge"])
def events(request: pytest.FixtureRequest) -> tuple[Events, Callable[[], list[tuple[str, str]]]]:
    """A bus, and what those hear who listen for `Begun`: names and details."""
    if request.param == "memory":
        memory = MemoryEvents()
        return memory, lambda: memory.published
    request.getfixturevalue("aws")
    bus, sqs = client("events"), client("sqs")
    queue = sqs.create_queue(QueueName=f"heard-{next(NUMBERS)}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = f"begun-{next(NUMBERS)}"
    pattern = {"source": ["fanfold"], "detail-type": ["Begun"], "detail": {"deployment": ["shop-prod"]}}
    bus.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    bus.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    def heard() -> list[tuple[str, str]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [json.loads(message["Body"]) for message in found]
        return [(body["detail-type"], json.dumps(body["detail"])) for body in bodies]

    EventBridge(bus, "shop-dev").publish("Begun", BEGIN.model_copy(update={"tenant": "of another stage"}))
    return EventBridge(bus, "shop-prod"), heard


def test_who_listens_hears_an_event_as_it_was_told(events: tuple[Events, Callable[[], list[tuple[str, str]]]]) -> None:
    bus, heard = events
    bus.publish("Begun", BEGIN)
    ((name, detail),) = heard()
    assert (name, Begin.model_validate_json(detail)) == ("Begun", BEGIN)


def test_the_events_in_memory_refuse_what_eventbridge_would_and_moto_does_not() -> None:
    with pytest.raises(ValueError, match="256 KiB"):
        MemoryEvents().publish("Begun", BEGIN.model_copy(update={"correlation_id": "x" * 256 * 1024}))


def test_an_event_that_the_bus_did_not_take_is_told_of() -> None:
    class Full:
        def put_events(self, **asked: Any) -> dict[str, object]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}]}

    with pytest.raises(Contended, match="later"):
        EventBridge(Full(), "shop").publish("Begun", BEGIN)  # type: ignore[arg-type]
