"""Lambda, called without waiting: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaErrands:
    """One function that takes a message for its event: Lambda keeps it, tries three times, and then puts it among dead
    letters. The function's name is asked for at the first call."""

    def __init__(self, client: "LambdaClient", function: Callable[[], str]) -> None:
        self._client, self._function = client, function

    def send(self, message: BaseModel) -> None:
        body = message.model_dump_json().encode()
        self._client.invoke(FunctionName=self._function(), InvocationType="Event", Payload=body)
