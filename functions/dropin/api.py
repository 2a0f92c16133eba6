"""The surfaces of OpenAI's, Anthropic's and Gemini's SDKs; each module beside this one has the routes of one."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from dropin import anthropic as anthropic
from dropin import gemini as gemini
from dropin import openai as openai
from dropin.app import app
from fanfold.observe import Event, observed


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
