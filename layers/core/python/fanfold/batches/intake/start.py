"""Start: an accepted job's execution, once each run."""

from fanfold.batches.backend import Backend
from fanfold.jobs.identity import Begin


def start(command: Begin, backend: Backend) -> None:
    """Start the execution of the job's run. The name makes a doubled message harmless."""
    backend.workflow.start(f"{command.job}-{command.run}", command)
