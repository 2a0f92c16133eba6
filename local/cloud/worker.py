"""What runs in a worker process: awslambdaric, on the import path that Lambda would have.

Started by path as `python -S -P worker.py FUNCTION HANDLER LEADING TRAILING`; `-S` keeps the virtual
environment's .pth files out, by which a handler could import what its package forgot.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    _function, handler, leading, trailing = sys.argv[1:5]
    _end_with_the_host()
    sys.path[:0] = leading.split(os.pathsep)
    sys.path.extend(trailing.split(os.pathsep))
    from awslambdaric.__main__ import main as serve

    serve(["awslambdaric", handler])


def _end_with_the_host() -> None:
    # Elsewhere a worker ends when its host's socket closes, which waits for a running handler.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
