"""The HTTP API of schedules."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from fanfold.api import Api
from fanfold.observe import Event, observed
from fanfold.replies import CreatedReply, OkReply
from fanfold.schedules import commands, views
from fanfold.schedules.model import ScheduleRef
from fanfold.wiring import schedules as wiring

app = Api(wiring.audit)


@app.post("/v1/schedules")
def create() -> CreatedReply[views.ScheduleView]:
    """Have a batch or a forecast made again and again."""
    body = app.body(commands.CreateSchedule, wiring.settings().max_body_bytes)
    made = commands.create(body, app.caller(), wiring.schedules())
    return app.created(views.view(made, wiring.schedules()), f"/v1/schedules/{made.id}")


@app.get("/v1/schedules")
def index() -> OkReply[views.ScheduleList]:
    """List schedules with their next runs and how the last one went."""
    return app.answer(views.listed(app.tenant(), wiring.schedules()))


@app.get("/v1/schedules/<id>")
def show(id: str) -> OkReply[views.ScheduleView]:
    """Show a schedule, its next runs and its last ones."""
    return app.answer(views.show(_ref(id), wiring.schedules()))


@app.patch("/v1/schedules/<id>")
def change(id: str) -> OkReply[views.ScheduleView]:
    """Change when it is due, or what is started."""
    body = app.body(commands.ChangeSchedule, wiring.settings().max_body_bytes)
    return app.answer(views.view(commands.change(_ref(id), body, wiring.schedules()), wiring.schedules()))


@app.post("/v1/schedules/<id>/pause")
def pause(id: str) -> OkReply[views.ScheduleView]:
    """Start nothing until it is resumed."""
    return app.answer(views.view(commands.pause(_ref(id), wiring.schedules()), wiring.schedules()))


@app.post("/v1/schedules/<id>/resume")
def resume(id: str) -> OkReply[views.ScheduleView]:
    """Go on; what was due meanwhile is not made up for."""
    return app.answer(views.view(commands.resume(_ref(id), wiring.schedules()), wiring.schedules()))


@app.delete("/v1/schedules/<id>")
def delete(id: str) -> OkReply[views.ScheduleView]:
    """Delete a schedule; jobs that it started stay."""
    return app.answer(views.view(commands.delete(_ref(id), wiring.schedules()), wiring.schedules()))


def _ref(id: str) -> ScheduleRef:
    return ScheduleRef(app.tenant(), id)


@observed("requestContext.requestId")
def handler(event: Event, context: LambdaContext) -> Event:
    return app.resolve(event, context)
