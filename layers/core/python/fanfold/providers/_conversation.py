"""Requests in the shape of a provider's own batch file, put to another provider.

A dialect that is `Conversing` reads its requests as a plain conversation: texts of a system, a user and an assistant,
with a limit of tokens and a temperature. All providers take those alike. Whatever else a request asks for (tools,
pictures, sampling, caching) would be lost, so it is refused, by its name.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """Part of a request, of which every field is understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _plain(content: Any) -> Any:
    """The text of a content that is one text: itself, or the only block, of `text` and nothing else."""
    match content:
        case [{"type": "text", "text": str(text), **more}] | [{"text": str(text), **more}] if not more:
            return text
        case list() | dict():
            raise ValueError("only a single plain text can go to another provider")
    return content


Plain = Annotated[str, BeforeValidator(_plain)]
