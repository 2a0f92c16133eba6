"""What users put before sending and after receiving: each file holds a PLUGIN with `before` and `after`; its name is
its key, which the option `hooks` names.

`before(body: dict) -> dict` may change a request, in its provider's own shape, when the batch is planned;
`after(result: Result) -> Result` what became of it. A hook that raises fails its request alone.
"""

from collections.abc import Sequence
from typing import Any

from fanfold import plugins
from fanfold.batches.model.result import Result
from fanfold.errors import Invalid
from fanfold.providers import Fault, Status

KIND = "hook"


def names() -> tuple[str, ...]:
    """Every hook there is."""
    return plugins.names(__name__)


def before(body: dict[str, Any], hooks: Sequence[str]) -> dict[str, Any]:
    """The request as it is to be sent. Raises Invalid for a hook that fails."""
    for name in hooks:
        try:
            body = plugins.load(__name__, name).before(body)
        except Exception as error:  # a plug-in may raise anything
            raise Invalid(f"hook {name}: {type(error).__name__}: {error}", field="hooks") from error
    return body


def after(result: Result, hooks: Sequence[str]) -> Result:
    """The result as it is to be kept; failed if a hook does, with what it cost."""
    for name in hooks:
        try:
            result = plugins.load(__name__, name).after(result)
        except Exception as error:  # a plug-in may raise anything
            fault = Fault(kind=KIND, code=name, message=f"hook {name}: {type(error).__name__}: {error}")
            return result.model_copy(update={"status": Status.FAILED, "error": fault})
    return result
