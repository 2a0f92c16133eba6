"""The Admin function of a deployment, as `fanfold admin` calls it."""

import json
from typing import Any

import click

from fanfold_client.errors import Refused
from fanfold_command.session import CliContext

OUTPUT = "AdminFunctionName"


class Admin:
    """The deployment's Admin function; raises Refused for what it refuses."""

    def __init__(self, session: CliContext, stack: str | None) -> None:
        try:
            from fanfold_command.doctor.aws import clients
        except ImportError:
            raise click.ClickException("boto3 is not there: pip install 'fanfold[aws]'") from None

        profile = session.profile
        self._client = clients(profile)
        self._stack = stack or profile.stack

    def do(self, command: str, **given: Any) -> dict[str, Any]:
        """The answer to a command."""
        payload = {"command": command} | {name: value for name, value in given.items() if value is not None}
        answer = self._client("lambda").invoke(FunctionName=self._function(), Payload=json.dumps(payload).encode())
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Refused({"title": found.get("errorType", "Refused"), "detail": found.get("errorMessage", found)})
        return found

    def _function(self) -> str:
        stack = self._client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        if OUTPUT not in outputs:
            raise click.ClickException(f"the stack {self._stack} has no {OUTPUT}: deploy this version's template")
        return str(outputs[OUTPUT])


def admin_of(session: CliContext) -> Admin:
    """That of the stack which the command or the profile names."""
    return Admin(session, click.get_current_context().meta.get("stack"))
