"""The command `fanfold`: batches from a shell."""

from fanfold_command.entry import main

__all__ = ["main"]
