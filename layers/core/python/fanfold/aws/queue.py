"""SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import BaseModel

from fanfold.errors import Incomplete

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MOST = 10
"""Messages of one call."""
NUMBERS: "tuple[QueueAttributeNameType, ...]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


class SqsQueue:
    """One standard queue: at least once, in any order, and fair to tenants, whose messages are a group each. Its URL is
    asked for at the first call.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """

    def __init__(self, client: "SQSClient", url: Callable[[], str]) -> None:
        self._client, self._url = client, url

    def send(self, message: BaseModel, delay: int = 0) -> None:
        body = message.model_dump_json()
        group = _group(message)
        self._client.send_message(QueueUrl=self._url(), MessageBody=body, DelaySeconds=delay, MessageGroupId=group)

    def send_all(self, messages: Iterable[BaseModel]) -> None:
        left = iter(messages)
        while some := list(islice(left, MOST)):
            entries = [_entry(str(number), message) for number, message in enumerate(some)]
            done = self._client.send_message_batch(QueueUrl=self._url(), Entries=entries)
            if failed := done.get("Failed"):
                raise Incomplete(f"{len(failed)} of {len(entries)} messages were not taken: {failed[0].get('Message')}")

    def waiting(self) -> int:
        found = self._client.get_queue_attributes(QueueUrl=self._url(), AttributeNames=list(NUMBERS))
        return sum(int(found["Attributes"].get(name, 0)) for name in NUMBERS)


def _entry(id: str, message: BaseModel) -> "SendMessageBatchRequestEntryTypeDef":
    return {"Id": id, "MessageBody": message.model_dump_json(), "MessageGroupId": _group(message)}


def _group(message: BaseModel) -> str:
    """Whose message it is: while one tenant's keep many consumers busy, the others' come first."""
    return str(getattr(message, "tenant", "nobody"))
