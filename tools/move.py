"""Moves modules by a table of old and new names, and rewrites every import: `python3 tools/move.py docs/moves.tsv`.

A branch that was cut before the move is carried over by running this on it before it is merged.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOTS = (Path("layers/core/python"),)
DONE = "\N{MIDDLE DOT}"
"""Stands for the dots of a name that is new already: old and new names may be alike."""
CODE = re.compile(r"\.(py|md|toml|yaml|mk)$|Makefile$")


def main(table: str) -> None:
    rows = [line.split("\t") for line in Path(table).read_text().splitlines() if line and not line.startswith("#")]
    moves = dict(sorted(rows, key=lambda row: -len(row[0])))
    here = {old: new for old, new in moves.items() if _path(old)}
    for old, new in here.items():
        _move(old, new)
    for name in subprocess.check_output(["git", "ls-files"], text=True).splitlines():
        path = Path(name)
        if CODE.search(name) and path.is_file() and name != table:
            text = path.read_text()
            rewritten = _rewritten(text, moves, path.suffix == ".py")
            if rewritten != text:
                path.write_text(rewritten)


def _path(module: str) -> Path | None:
    stem = ROOTS[0] / module.replace(".", "/")
    return next((path for path in (stem.with_suffix(".py"), stem) if path.exists() and not _moved(path)), None)


def _moved(path: Path) -> bool:
    return path.is_dir() and not any(path.glob("__init__.py"))


def _move(old: str, new: str) -> None:
    source = _path(old)
    assert source
    target = ROOTS[0] / new.replace(".", "/")
    parked = source.with_name(source.name + ".moving")
    subprocess.check_call(["git", "mv", str(source), str(parked)])
    target.parent.mkdir(parents=True, exist_ok=True)
    init = target.parent / "__init__.py"
    if not init.exists():
        init.touch()
        subprocess.check_call(["git", "add", str(init)])
    subprocess.check_call(["git", "mv", str(parked), str(target.with_suffix(source.suffix))])


def _rewritten(text: str, moves: dict[str, str], python: bool) -> str:
    if python:
        text = _split_package_imports(text, moves)
    names = "|".join(re.escape(old) for old in moves)
    text = re.sub(rf"\b({names})(?=[\s.\"'`]|$)(?!\.(?!\w))", lambda found: moves[found[1]], text, flags=re.MULTILINE)
    paths = "|".join(re.escape(old.replace(".", "/")) for old in moves)
    text = re.sub(rf"\b({paths})(?=\.py|/)", lambda found: moves[found[1].replace("/", ".")].replace(".", "/"), text)
    return re.sub(
        rf"^(\s*from )(\S*{DONE}\S*)", lambda found: found[1] + found[2].replace(DONE, "."), text, flags=re.MULTILINE
    )


def _split_package_imports(text: str, moves: dict[str, str]) -> str:
    """`from package import module` becomes an import from the module's new package, under its new name."""
    packages = {old.rpartition(".")[0] for old in moves}
    lines = text.splitlines(keepends=True)
    for node in reversed([node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]):
        if node.module not in packages or not any(f"{node.module}.{alias.name}" in moves for alias in node.names):
            continue
        made = []
        for alias in node.names:
            package, _, name = moves.get(f"{node.module}.{alias.name}", f"{node.module}.{alias.name}").rpartition(".")
            called = alias.asname or alias.name
            made.append(
                f"from {package.replace('.', DONE)} import {name}" + (f" as {called}" if called != name else "") + "\n"
            )
        indent = " " * node.col_offset
        lines[node.lineno - 1 : node.end_lineno] = [indent + line for line in made]
    return "".join(lines)


if __name__ == "__main__":
    main(sys.argv[1])
