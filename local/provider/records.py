"""What the emulator remembers about files and batches."""

from dataclasses import dataclass, field

Json = dict[str, object]


@dataclass(frozen=True)
class StoredFile:
    """An uploaded or produced file. Sizes in bytes, times in Unix seconds; `lines` counts the non-empty ones."""

    id: str
    owner: str
    filename: str
    purpose: str
    size: int
    sha256: str
    lines: int
    created_at: float
    expires_at: float | None = None


@dataclass(frozen=True)
class LineError:
    """Why an input line (numbered from 1) makes the whole batch fail."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What validation found: `total` requests, of which `refused` will become error lines."""

    total: int
    refused: int
    model: str | None
    errors: list[LineError] = field(default_factory=list)


@dataclass(frozen=True)
class Usage:
    """Tokens; `cached` is part of `input`, `reasoning` is part of `output`."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input + other.input,
            self.cached + other.cached,
            self.output + other.output,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True)
class Outcome:
    """What an ended batch left behind; a file id is None when that file would be empty."""

    output_file_id: str | None
    error_file_id: str | None
    completed: int
    failed: int
    usage: Usage


@dataclass(frozen=True)
class Batch:
    """A batch as it was created, plus what was decided since.

    `latency` is the seconds from creation to the end; `faults` maps a batch fault to its share of lines.
    """

    id: str
    owner: str
    surface: str
    endpoint: str
    input_file_id: str
    input_sha256: str
    lines: int
    completion_window: str
    metadata: dict[str, str] | None
    created_at: float
    latency: float
    output_ttl: int | None = None
    faults: dict[str, float] = field(default_factory=dict)
    cancelling_at: float | None = None
    verdict: Verdict | None = None
    outcome: Outcome | None = None
