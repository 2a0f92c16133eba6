"""Forms with files (RFC 7578), read by Python's own parser of MIME."""

from collections.abc import Mapping
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import NamedTuple

from fanfold.errors import Invalid

PARSER = BytesParser(policy=policy.compat32)


class FormPart(NamedTuple):
    """A field of a form: its name, its file's name if it is one, and its bytes."""

    name: str
    filename: str | None
    body: bytes


def form_parts(content_type: str, body: bytes) -> dict[str, FormPart]:
    """The fields by name, of those that come twice the last. Raises Invalid for what is no form."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise Invalid("send a form: Content-Type multipart/form-data", field="Content-Type")
    read = PARSER.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = read.get_payload()
    if not isinstance(parts, list) or read.defects:
        raise Invalid("the form is cut, or its boundary is not the one of Content-Type", field="body")
    found = (_part(part) for part in parts if isinstance(part, Message))
    return {part.name: part for part in found if part}


def _part(part: Message) -> FormPart | None:
    said = Message()
    said["Content-Disposition"] = _as_sent(dict(part.raw_items()))
    name, filename = said.get_param("name", header="content-disposition"), said.get_filename()
    body = part.get_payload(decode=True)
    return FormPart(name, filename, body) if isinstance(name, str) and isinstance(body, bytes) else None


def _as_sent(headers: Mapping[str, str]) -> str:
    """What the header says; names outside of ASCII come as UTF-8, which the parser does not take for text."""
    found = next((value for name, value in headers.items() if name.lower() == "content-disposition"), "")
    return found.encode(errors="surrogateescape").decode(errors="replace")
