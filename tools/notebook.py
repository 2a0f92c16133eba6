"""Runs a notebook's cells one after the other, as Jupyter does, and keeps what they show in it.

    FANFOLD_URL=… FANFOLD_KEY=… python -m tools.notebook examples/notebook.ipynb

There is no kernel: a cell is run by `exec`, and what its last expression is worth is shown as text.
"""

import ast
import io
import json
import os
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any


def run(notebook: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The notebook with the outputs of its cells, which run in the folder. Raises what a cell raises."""
    space: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    with chdir(folder):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                cell = cell | {
                    "execution_count": count,
                    "outputs": list(_outputs("".join(cell["source"]), space, count)),
                }
            cells.append(cell)
    return notebook | {"cells": cells}


def _outputs(source: str, space: dict[str, Any], count: int) -> Any:
    tree, printed, value = ast.parse(source), io.StringIO(), None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(printed):
        exec(compile(tree, f"cell {count}", "exec"), space)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {count}", "eval"), space)
    if text := printed.getvalue():
        yield {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        yield {"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}}


if __name__ == "__main__":
    file = Path(sys.argv[1])
    os.environ.setdefault("XDG_STATE_HOME", str(Path(".fanfold").resolve()))
    done = run(json.loads(file.read_text("utf-8")), file.parent)
    file.write_text(json.dumps(done, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
