"""EventBridge Scheduler: a schedule is due. Make its job."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.accounts.audit import Act
from fanfold.observe import Event, count, logger, observed
from fanfold.schedules.model import RunState, ScheduleRun
from fanfold.schedules.run import StartSchedule, run
from fanfold.wiring import schedules as wiring


@observed("schedule")
def handler(event: Event, context: LambdaContext) -> Event:
    command = StartSchedule.model_validate(event)
    if (outcome := run(command, wiring.schedules())) is None:
        return {}
    logger.info("ran", extra={"outcome": outcome.model_dump()})
    count(**{f"Schedules{outcome.state.capitalize()}": 1})
    if outcome.state is RunState.STARTED:
        _note(command, outcome)
    return outcome.model_dump(exclude_none=True)


def _note(command: StartSchedule, outcome: ScheduleRun) -> None:
    act = Act(tenant=command.tenant, who="schedule", what="schedule", request=command.schedule, path=command.schedule)
    wiring.audit().note(act, outcome.at, outcome.job or "")
