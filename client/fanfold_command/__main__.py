"""`python -m fanfold_command` is `fanfold`."""

import sys

from fanfold_command.entry import main

if __name__ == "__main__":
    sys.exit(main())
