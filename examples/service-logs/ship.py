"""Ships the log of a service to the journal: a line of JSON each, as it stands in the file."""

import json
import sys
from pathlib import Path

from fanfold import Fanfold

entries = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
with Fanfold() as fanfold:
    receipt = fanfold.logs.write(entries, idempotency_key=f"{Path(sys.argv[1]).name}-{len(entries)}")
    print(f"{receipt.accepted + receipt.duplicates} entries are in the journal")
