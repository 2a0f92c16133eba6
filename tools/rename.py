"""Renames by a table: `python3 tools/rename.py docs/words.tsv`; run it on a branch that was cut before, then merge.

A row is `module:name<TAB>new name` for a class, function or constant, followed through every import of it, or
`path pattern<TAB>old word<TAB>new word` for an attribute or a field in the files that match.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

TEXT = re.compile(r"\.(py|md|json|yaml|toml|mk)$|Makefile$")
ROOTS = ("layers/core/python/", "functions/", "client/", "")


def main(table: str) -> None:
    rows = [line.split("\t") for line in Path(table).read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.check_output(["git", "ls-files"], text=True).splitlines()
    names = [name for name in listed if TEXT.search(name) and not name.startswith("tests/cases/") and name != table]
    symbols = {(row[0].partition(":")[0], row[0].partition(":")[2]): row[1] for row in rows if len(row) == 2}
    for name in names:
        path = Path(name)
        if path.suffix == ".py" and path.exists():
            _rewrite(path, partial(_symbols, _module(name), symbols))
    for pattern, old, new in (row for row in rows if len(row) == 3):
        for name in names:
            if fnmatch(name, pattern) and Path(name).is_file():
                _rewrite(Path(name), partial(_word, re.compile(_bounded(old)), new))


def _bounded(word: str) -> str:
    before, after = (r"(?<![\w-])" if word[0].isalnum() else "", r"(?!\w)" if word[-1].isalnum() else "")
    return before + re.escape(word) + after


def _word(old: re.Pattern[str], new: str, text: str) -> str:
    return old.sub(new, text)


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    after = change(before)
    if after != before:
        path.write_text(after)


def _module(name: str) -> str:
    root = next(root for root in ROOTS if name.startswith(root))
    return name.removeprefix(root).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _symbols(module: str, symbols: dict[tuple[str, str], str], text: str) -> str:
    """The file with its own symbols, and those that it imports, under their new names."""
    own = {name: new for (where, name), new in symbols.items() if where == module}
    plain, through = dict(own), {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if new := symbols.get((node.module, alias.name)):
                    plain[alias.name] = new
                for (where, name), new in symbols.items():
                    if where == f"{node.module}.{alias.name}":
                        through[alias.asname or alias.name, name] = new
    return _replaced(text, plain, through) if plain or through else text


def _replaced(text: str, plain: dict[str, str], through: dict[tuple[str, str], str]) -> str:
    lines = text.splitlines(keepends=True)
    for token, before, base, after, depth in reversed(list(_names(text))):
        new = plain.get(token.string)
        if before == ".":
            new = through.get((base, token.string))
        elif after == "=" and depth:
            new = None
        elif token.type == tokenize.STRING:
            new = f'"{quoted}"' if (quoted := plain.get(token.string.strip('"'))) and quoted[0].isupper() else None
        if new:
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:column] + new + line[column + len(token.string) :]
    return "".join(lines)


def _names(text: str) -> Iterator[tuple[tokenize.TokenInfo, str, str, str, int]]:
    """Each name and string: the tokens before it, the one before that, the one after it, and the open brackets."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    depth = 0
    for at, token in enumerate(tokens):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type in (tokenize.NAME, tokenize.STRING):
            earlier = [tokens[at - n].string if at >= n else "" for n in (1, 2)]
            yield token, earlier[0], earlier[1], tokens[at + 1].string, depth


if __name__ == "__main__":
    main(sys.argv[1])
