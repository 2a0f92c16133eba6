"""EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from fanfold.errors import Contended

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "fanfold"


class EventBridge:
    """One bus; rules there match the source and the event's name as `detail-type`."""

    def __init__(self, client: "EventBridgeClient", bus: str, source: str = SOURCE) -> None:
        self._client, self._bus, self._source = client, bus, source

    def publish(self, name: str, event: BaseModel) -> None:
        entry = {
            "Source": self._source,
            "DetailType": name,
            "Detail": event.model_dump_json(),
            "EventBusName": self._bus,
        }
        done = self._client.put_events(Entries=[entry])  # type: ignore[list-item]
        if done["FailedEntryCount"]:
            said = done["Entries"][0]
            raise Contended(f"the event was not taken: {said.get('ErrorCode')}: {said.get('ErrorMessage')}")
