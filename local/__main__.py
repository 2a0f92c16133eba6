"""`python -m local demo` runs the main job end to end; `python -m local up` keeps the stack running."""

import sys

from local.demo import demo
from local.up import up

COMMANDS = {"demo": demo, "up": up}


def main() -> int:
    command = COMMANDS.get(" ".join(sys.argv[1:]))
    if command is None:
        sys.stderr.write(f"usage: python -m local {'|'.join(COMMANDS)}\n")
        return 2
    return command()


if __name__ == "__main__":
    sys.exit(main())
