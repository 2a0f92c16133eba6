"""`python -m local demo` runs the main job end to end, `up` keeps the stack running, `invoke` calls one function."""

import sys

from local.demo import demo
from local.invoke import invoke
from local.up import up

USAGE = "usage: python -m local demo|up [ADDRESS]|invoke SERVICE/STEP [EVENT]\n"


def main() -> int:
    match sys.argv[1:]:
        case ["demo"]:
            return demo()
        case ["up", *bridge] if len(bridge) < 2:
            return up(*bridge)
        case ["invoke", step, *event] if len(event) < 2:
            return invoke(step, *event)
    sys.stderr.write(USAGE)
    return 2


if __name__ == "__main__":
    sys.exit(main())
