"""Requests in the shape of a provider's own batch file, put to another provider.

Each module in this package reads the requests of the provider it is named after as a plain conversation: texts of a
system, a user and an assistant, with a limit of tokens and a temperature. All providers take those alike. Whatever
else a request asks for (tools, pictures, sampling, caching) would be lost, so it is refused, by its name.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.problems import flaws
from fanfold.providers import Prompt

Reader = Callable[[dict[str, Any]], Prompt]


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


def conversation(provider: str, body: dict[str, Any]) -> Prompt:
    """A request of that provider as a conversation; its model is empty if it names none.

    Raises Invalid with the field that another provider can't be given.
    """
    read: Reader = plugins.load(__name__, provider)
    try:
        return read(body)
    except ValidationError as error:
        flaw = flaws(error)[0]
        detail = "another provider can't be given this" if "no such field" in flaw.detail else flaw.detail
        raise Invalid(detail, field=flaw.field) from None
