"""Queue `observations`, and a Kafka topic where there is one: keep what came for the next editions."""

from base64 import b64decode

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.forecasts.observation_messages import ObservationMessage, take_observations
from fanfold.observe import Event, count, observed
from fanfold.wiring import forecasts as wiring


@observed("Records[0].messageId")
def handler(event: Event, context: LambdaContext) -> Event:
    messages = _of_queue(event) if "Records" in event else _of_topics(event)
    taken = take_observations(messages, wiring.refused_observations(), wiring.forecasts())
    count(ObservationsKept=taken.kept, ObservationsRefused=taken.refused)
    return {"batchItemFailures": []}


def _of_queue(event: Event) -> list[ObservationMessage]:
    return [ObservationMessage(record["messageId"], record["body"]) for record in event["Records"]]


def _of_topics(event: Event) -> list[ObservationMessage]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-process.html."""
    records = [record for partition in event["records"].values() for record in partition]
    return [
        ObservationMessage(f"{record['topic']}-{record['partition']}-{record['offset']}", _text(record["value"]))
        for record in records
    ]


def _text(value: str | None) -> str:
    """A record without a value is a tombstone, and says nothing."""
    return b64decode(value or "").decode(errors="replace")
