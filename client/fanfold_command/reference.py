"""`python -m fanfold_command.reference > docs/cli.md`: the page of the command line, made of its help."""

import sys
from collections.abc import Iterator

import click

from fanfold_command.root import fanfold

WIDTH = 100
HEAD = """# The command line

Made of the help texts by `python -m fanfold_command.reference > docs/cli.md`; a test holds the two together.

```sh
fanfold login                                              # keep the URL and your key
fanfold batch submit prompts.jsonl --wait -o answers.jsonl # send, wait with a bar, save the answers
fanfold batch list --json id,state,progress.failed           # for scripts
fanfold batch estimate prompts.jsonl                       # what it would cost, before it does
fanfold stats --by model                                   # what it all came to
fanfold forecast fit sales.csv --horizon 12 -o out.csv     # forecasts, made here
fanfold forecast submit sales.csv --wait -o report.html    # forecasts, made by the service
fanfold doctor                                             # what is wrong, and what to do
```
"""


def page() -> str:
    """The whole page."""
    context = click.Context(fanfold, info_name="fanfold", terminal_width=WIDTH, **fanfold.context_settings)
    return HEAD + "".join(_sections(fanfold, context))


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    said = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"\n## {context.command_path}\n\n```\n{said}\n```\n"
    for name, inner in sorted(command.commands.items() if isinstance(command, click.Group) else ()):
        yield from _sections(inner, click.Context(inner, parent=context, info_name=name, terminal_width=WIDTH))


if __name__ == "__main__":
    sys.stdout.write(page())
