"""The dashboard as it is served: what is beside its files, and how long browsers may keep each.

CloudFront serves it with the headers of the template's `DashboardHeaders`, and so does `make up`.
"""

import json
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
INDEX = "index.html"
CONFIG = "config.json"
"""Where the page learns which API it belongs to."""
ONCE, ALWAYS, NEVER = "no-cache", "max-age=31536000, immutable", "no-store"
"""How long browsers keep the index, files named by their contents, and what a deployment says."""


class SignIn(NamedTuple):
    """Where people sign in without a key: an OpenID Connect issuer, and the page's client there."""

    issuer: str
    client_id: str


class Served(NamedTuple):
    """A file as a browser gets it."""

    name: str
    body: bytes
    content_type: str
    cache_control: str


def config(api: str, sign_in: SignIn | None) -> Served:
    """What a deployment says to the page: its API, empty on the same origin, and where people sign in."""
    said = {"api": api, "sign_in": sign_in._asdict() if sign_in else None}
    return Served(CONFIG, json.dumps(said).encode(), "application/json; charset=utf-8", NEVER)


def served(file: Path) -> Served:
    """A built file."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("javascript", "json"))
    content_type = f"{kind}; charset=utf-8" if is_text else kind
    return Served(file.name, file.read_bytes(), content_type, ONCE if file.name == INDEX else ALWAYS)


def publish(bucket: str, sign_in: SignIn | None, s3: Any, dist: Path = DIST) -> int:
    """Put the built page into its bucket, the index last, so that no file that it names is missing; how many files.

    Files of earlier builds stay, for pages that are open.
    """
    built = sorted((file for file in dist.rglob("*") if file.is_file()), key=lambda file: file.name == INDEX)
    sent = [(config("", sign_in), CONFIG), *((served(file), file.relative_to(dist).as_posix()) for file in built)]
    for file, key in sent:
        s3.put_object(
            Bucket=bucket, Key=key, Body=file.body, ContentType=file.content_type, CacheControl=file.cache_control
        )
    return len(sent)


def security_headers(policy: Mapping[str, Any], connects: str) -> Iterator[tuple[str, str]]:
    """The headers of a `ResponseHeadersPolicyConfig`, but that of TLS; `connects` is what the page may call."""
    given = policy["SecurityHeadersConfig"]
    text = given["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"][0]
    yield "Content-Security-Policy", text.replace("${Connects}", connects)
    yield "X-Content-Type-Options", "nosniff"
    yield "X-Frame-Options", given["FrameOptions"]["FrameOption"]
    yield "Referrer-Policy", given["ReferrerPolicy"]["ReferrerPolicy"]
    yield from ((each["Header"], each["Value"]) for each in policy["CustomHeadersConfig"]["Items"])
