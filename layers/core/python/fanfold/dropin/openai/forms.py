"""The forms that OpenAI's SDK sends: https://platform.openai.com/docs/api-reference/files/create."""

from pydantic import ValidationError

from fanfold.dropin.multipart import FormPart, form_parts
from fanfold.dropin.openai.files import SentFile
from fanfold.dropin.openai.objects import ExpiresAfter
from fanfold.errors import Invalid
from fanfold.problems import invalid

EXPIRES = "expires_after"


def sent_file(content_type: str, body: bytes) -> SentFile:
    """The form of a file. Raises Invalid with the field that is missing or wrong."""
    parts = form_parts(content_type, body)
    for name in ("file", "purpose"):
        if name not in parts:
            raise Invalid(f"Missing required parameter: '{name}'.", field=name)
    file = parts["file"]
    purpose = parts["purpose"].body.decode(errors="replace")
    return SentFile(purpose=purpose, name=file.filename or "file", body=file.body, expires_after=_expires_after(parts))


def sent_part(content_type: str, body: bytes) -> bytes:
    """The form of a part of an upload. Raises Invalid without one."""
    parts = form_parts(content_type, body)
    if "data" not in parts:
        raise Invalid("Missing required parameter: 'data'.", field="data")
    return parts["data"].body


def _expires_after(parts: dict[str, FormPart]) -> ExpiresAfter | None:
    """OpenAI's SDK writes `expires_after[seconds]`."""
    given = {
        name.removeprefix(f"{EXPIRES}[").removesuffix("]"): part.body.decode(errors="replace")
        for name, part in parts.items()
        if name.startswith(f"{EXPIRES}[")
    }
    try:
        return ExpiresAfter.model_validate(given) if given else None
    except ValidationError as error:
        raise invalid(error, "expires_after is not as it should be") from None
