"""Events signed as Standard Webhooks are: https://www.standardwebhooks.com."""

import hmac
import time
from base64 import b64decode, b64encode

WEBHOOK_SECRET = "whsec_" + b64encode(b"a secret of thirty-two bytes, ok").decode()


def signed(body: bytes, secret: str, later: int = 0) -> dict[str, str]:
    """The headers of an event that is sent now, or as many seconds later."""
    id, moment = "wh_1", str(int(time.time()) + later)
    text = f"{id}.{moment}.".encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), text, "sha256")
    signature = f"v1,{b64encode(digest).decode()}"
    return {"webhook-id": id, "webhook-timestamp": moment, "webhook-signature": signature}
