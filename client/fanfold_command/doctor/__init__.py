"""`fanfold doctor`: what is wrong with the configuration, the service and what it stands on, and what to do."""

from fanfold_command.doctor.command import doctor

__all__ = ["doctor"]
