"""EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html."""

from typing import TYPE_CHECKING

from pydantic import BaseModel
from pydantic_core import to_json

from fanfold.errors import Contended

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE, BUS = "fanfold", "default"


class EventBridge:
    """The account's bus, which all of its deployments share; rules there match the source, the event's name as
    `detail-type`, and the deployment that it is of.
    """

    def __init__(self, client: "EventBridgeClient", deployment: str, source: str = SOURCE) -> None:
        self._client, self._source = client, source
        self._of = {"deployment": deployment}

    def publish(self, name: str, event: BaseModel) -> None:
        entry = {
            "Source": self._source,
            "DetailType": name,
            "Detail": to_json(event.model_dump(mode="json") | self._of).decode(),
            "EventBusName": BUS,
        }
        done = self._client.put_events(Entries=[entry])  # type: ignore[list-item]
        if done["FailedEntryCount"]:
            said = done["Entries"][0]
            raise Contended(f"the event was not taken: {said.get('ErrorCode')}: {said.get('ErrorMessage')}")
