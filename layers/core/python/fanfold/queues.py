"""Handlers of SQS queues: each message is tried on its own, and only those that failed come back."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.observe import Event, Handler, observed


def each_message(take: Callable[..., object]) -> Handler:
    """The handler that has each message taken; `take` gets the SQSRecord, and `lambda_context` if it asks for it."""
    processor = BatchProcessor(EventType.SQS)

    @observed("Records[0].messageId")
    def handler(event: Event, context: LambdaContext) -> Event:
        return dict(process_partial_response(event, take, processor, context))

    return handler
