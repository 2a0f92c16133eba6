"""Outputs without blanks around them, and without the fence of a code block if there is nothing else."""

import re
from typing import Any

from fanfold.batches.model.result import Result

FENCED = re.compile(r"```\w*\n(.*)\n```", re.DOTALL)


class Trimmed:
    def before(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def after(self, result: Result) -> Result:
        if result.output is None:
            return result
        plain = result.output.strip()
        fenced = FENCED.fullmatch(plain)
        return result.model_copy(update={"output": fenced[1] if fenced else plain})


PLUGIN = Trimmed()
