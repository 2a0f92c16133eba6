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
    """One standard queue: at least once, in any order. Its URL is asked for at the first call."""

    def __init__(self, client: "SQSClient", url: Callable[[], str]) -> None:
        self._client, self._url = client, url

    def send(self, message: BaseModel, delay: int = 0) -> None:
        self._client.send_message(QueueUrl=self._url(), MessageBody=message.model_dump_json(), DelaySeconds=delay)

    def send_all(self, messages: Iterable[BaseModel]) -> None:
        left = iter(messages)
        while some := list(islice(left, MOST)):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(n), "MessageBody": each.model_dump_json()} for n, each in enumerate(some)
            ]
            done = self._client.send_message_batch(QueueUrl=self._url(), Entries=entries)
            if failed := done.get("Failed"):
                raise Incomplete(f"{len(failed)} of {len(entries)} messages were not taken: {failed[0].get('Message')}")

    def waiting(self) -> int:
        found = self._client.get_queue_attributes(QueueUrl=self._url(), AttributeNames=list(NUMBERS))
        return sum(int(found["Attributes"].get(name, 0)) for name in NUMBERS)
