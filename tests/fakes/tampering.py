"""Webhooks as somebody forges them: changed on the way, signed with another secret, sent again later."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from standardwebhooks import Webhook

from tests.fakes.poster import Call


def forged(call: Call, secret: str, random: Random) -> Iterator[Call]:
    """Endlessly, another forgery of a genuine call; no two are alike, but for chance."""
    while True:
        yield from (way(call, secret, random) for way in WAYS)


def _another_body(call: Call, _: str, random: Random) -> Call:
    body = json.loads(call.body)
    body["data"]["job"] = f"{random.getrandbits(64):x}"
    return call._replace(body=json.dumps(body))


def _a_bit_of_the_body(call: Call, _: str, random: Random) -> Call:
    at = random.randrange(len(call.body))
    return call._replace(body=call.body[:at] + chr(ord(call.body[at]) ^ 1) + call.body[at + 1 :])


def _another_id(call: Call, _: str, random: Random) -> Call:
    return _with(call, {"webhook-id": f"evt_{random.getrandbits(100):x}"})


def _another_time(call: Call, _: str, random: Random) -> Call:
    moved = int(call.headers["webhook-timestamp"]) + random.choice([-1, 1]) * random.randint(1, 200)
    return _with(call, {"webhook-timestamp": str(moved)})


def _a_bit_of_the_signature(call: Call, _: str, random: Random) -> Call:
    digest = bytearray(b64decode(call.headers["webhook-signature"].split(",")[1]))
    digest[random.randrange(len(digest))] ^= 1 << random.randrange(8)
    return _with(call, {"webhook-signature": f"v1,{b64encode(digest).decode()}"})


def _late(call: Call, secret: str, random: Random) -> Call:
    """Genuine in all but its time: what somebody has recorded, or has from the future."""
    away = timedelta(seconds=random.randint(310, 10_000_000) * random.choice([-1, 1]))
    return _signed(call, secret, datetime.now(UTC) + away)


def _unsigned(call: Call, _: str, random: Random) -> Call:
    genuine = call.headers["webhook-signature"].partition(",")[2]
    return _with(call, {"webhook-signature": random.choice(["", f"v0,{genuine}", f"v1a,{genuine}", "v1,"])})


def _another_secret(call: Call, _: str, random: Random) -> Call:
    return _signed(call, f"whsec_{b64encode(random.randbytes(32)).decode()}", datetime.now(UTC))


def _signed(call: Call, secret: str, moment: datetime) -> Call:
    signature = Webhook(secret).sign(call.headers["webhook-id"], moment, call.body)
    return _with(call, {"webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature})


def _with(call: Call, headers: dict[str, str]) -> Call:
    return call._replace(headers=call.headers | headers)


WAYS = (
    _another_body,
    _a_bit_of_the_body,
    _another_id,
    _another_time,
    _a_bit_of_the_signature,
    _late,
    _unsigned,
    _another_secret,
)
