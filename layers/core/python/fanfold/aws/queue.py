"""SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsQueue:
    """One standard queue: at least once, in any order."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def send(self, message: BaseModel) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=message.model_dump_json())
