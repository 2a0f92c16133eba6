"""Events of OpenAI, by Standard Webhooks: https://platform.openai.com/docs/guides/webhooks."""

from collections.abc import Mapping

from fanfold.errors import Invalid, NotFound, Unauthorized
from fanfold.lines import parse_json
from fanfold.providers.openai.batch_api import ENDED


class OpenAIWebhooks:
    """Events of batches that have ended."""

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        if not secret.removeprefix("whsec_"):  # anybody can sign with an empty one
            raise NotFound("this deployment has no webhook secret for OpenAI, and hears nothing")
        _verify(headers, body, secret)
        try:
            event = parse_json(body)
            kind, _, status = event["type"].rpartition(".")
            return str(event["data"]["id"]) if kind == "batch" and status in ENDED else None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Invalid("the body is no event of OpenAI", field="body") from None


def _verify(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    import openai

    try:
        with openai.OpenAI(api_key="verifying makes no call") as client:
            client.webhooks.verify_signature(body, headers, secret=secret)
    except (openai.InvalidWebhookSignatureError, ValueError, TypeError):  # headers that are missing or no signature
        raise Unauthorized("OpenAI did not sign this event, or too long ago", field="webhook-signature") from None
