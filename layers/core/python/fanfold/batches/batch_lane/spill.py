"""Spill: the outcomes of a batch, which come in any order, put together by chunk on disk."""

from pathlib import Path

from fanfold.providers import Outcome

SPILL_BYTES = 16 * 1024 * 1024


class Spill:
    """Outcomes sorted by chunk on disk, holding a few megabytes; `tag` ends the ids that are ours."""

    def __init__(self, folder: Path, tag: str) -> None:
        self._folder, self._tag, self._held = folder, tag, 0
        self.ours = self.strangers = self.nameless = 0
        self.first_nameless: str | None = None
        """The beginning of the first line that does not tell whose it is."""
        self._buffers: dict[int, list[bytes]] = {}

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; one whose id is none of ours is dropped."""
        if not outcome.id:
            self._note_nameless(outcome)
            return
        chunk, _, rest = outcome.id.partition("-")
        position, _, tag = rest.partition("-")
        if not (chunk.isdecimal() and position.isdecimal() and tag == self._tag):
            self.strangers += 1
            return
        self.ours += 1
        line = outcome.model_dump_json(exclude_defaults=True).encode() + b"\n"
        self._buffers.setdefault(int(chunk), []).append(line)
        self._held += len(line)
        if self._held > SPILL_BYTES:
            self._flush()

    def _note_nameless(self, outcome: Outcome) -> None:
        self.nameless += 1
        if self.first_nameless is None and outcome.error is not None:
            self.first_nameless = outcome.error.received

    def of(self, chunk: int) -> dict[int, Outcome]:
        """The chunk's outcomes by position; the first of each counts."""
        self._flush()
        found: dict[int, Outcome] = {}
        path = self._folder / str(chunk)
        if path.exists():
            for line in path.read_bytes().splitlines():
                outcome = Outcome.model_validate_json(line)
                found.setdefault(int(outcome.id.split("-")[1]), outcome)
        return found

    def _flush(self) -> None:
        for chunk, lines in self._buffers.items():
            with (self._folder / str(chunk)).open("ab") as file:
                file.writelines(lines)
        self._buffers, self._held = {}, 0
