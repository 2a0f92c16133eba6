"""The authorizer of every route but health.

It lets everybody through and says who they are, or what is wrong with their key: a gateway's own denial could
not carry a problem document.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold import wiring
from fanfold.errors import Unauthorized
from fanfold.observe import Event, observed


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    headers = {name.lower(): value for name, value in event["headers"].items()}
    try:
        said = wiring.api_keys().authorize(headers.get("authorization")).context()
    except Unauthorized as error:
        said = {"refused": error.detail}
    return {"isAuthorized": True, "context": said}
