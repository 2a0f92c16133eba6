"""The steps of the state machine `writing`, by name."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from fanfold.jobs.halt import halt
from fanfold.ports import Ended
from fanfold.writing.backend import WritingBackend
from fanfold.writing.compose import ComposeSection, compose
from fanfold.writing.outline import outline
from fanfold.writing.removal import RemoveEpochs, Report, remove
from fanfold.writing.run_guard import RunStep
from fanfold.writing.stitch import render, stitch

Event = dict[str, Any]


class StepOutcome(BaseModel):
    """What a step leaves for the execution's output."""

    state: str


def run(event: Event, backend: WritingBackend, report: Report) -> Event:
    """Run the step that the event names, with the rest of it as its command. Raises KeyError for no step's name."""
    steps: dict[str, Callable[[], BaseModel]] = {
        "outline": lambda: outline(RunStep.model_validate(event), backend),
        "section": lambda: compose(ComposeSection.model_validate(event), backend),
        "stitch": lambda: stitch(RunStep.model_validate(event), backend),
        "render": lambda: StepOutcome(state=render(RunStep.model_validate(event), backend).state),
        "halt": lambda: StepOutcome(state=_halt(event, backend)),
        "remove": lambda: _remove(event, backend, report),
    }
    return steps[event["step"]]().model_dump(mode="json")


def _halt(event: Event, backend: WritingBackend) -> str:
    failure = event["failure"]
    ended = Ended("FAILED", failure.get("Error", ""), failure.get("Cause", ""))
    step = RunStep.model_validate(event)
    return halt(step.ref, step.execution, ended, backend).state


def _remove(event: Event, backend: WritingBackend, report: Report) -> BaseModel:
    command = RemoveEpochs(tenant=event["tenant"], session=event["job"], upto=event["upto"], last=event["last"])
    remove(command, backend, report)
    return StepOutcome(state="removed")
