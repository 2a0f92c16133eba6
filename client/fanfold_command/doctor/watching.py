"""What watches over a deployment and bounds it: alarms and who gets them, logs, quotas, settings as deployed."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fanfold_command.doctor.finding import Finding, ill, well

Clients = Callable[[str], Any]
FEWEST = 20
"""Executions of Lambda at a time beside workers and fitting: the API, the steps, the sweepers."""


class Resource(NamedTuple):
    """A resource of the stack."""

    name: str
    type: str
    id: str


def of_type(type: str, resources: list[Resource]) -> list[Resource]:
    return [each for each in resources if each.type == type]


def alarms(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    wanted = {each.id: each.name for each in of_type("AWS::CloudWatch::Alarm", resources)}
    found = (
        client("cloudwatch").describe_alarms(AlarmNames=list(wanted), MaxRecords=100)["MetricAlarms"] if wanted else []
    )
    states = {each["AlarmName"]: each["StateValue"] for each in found}
    for id, name in wanted.items():
        if id not in states:
            yield ill(name, "the alarm is gone", "somebody deleted it: deploy again")
        elif states[id] == "ALARM":
            yield ill(name, "the alarm has gone off", f"docs/runbook.md, {name}")
    yield well("alarms", f"{len(states)} of {len(wanted)} in place")
    topics = of_type("AWS::SNS::Topic", resources)
    for topic in topics:
        yield from _subscribers(client, topic)
    if wanted and not topics:
        yield well("AlarmTopic", "alarms are sent to nobody: AlarmEmail in the stage's parameters changes that")


def _subscribers(client: Clients, topic: Resource) -> Iterator[Finding]:
    found = client("sns").list_subscriptions_by_topic(TopicArn=topic.id)["Subscriptions"]
    unconfirmed = [each["Endpoint"] for each in found if not each["SubscriptionArn"].startswith("arn:")]
    if unconfirmed:
        yield ill(topic.name, f"{', '.join(unconfirmed)} has not confirmed", "follow the link in AWS's e-mail")
    elif not found:
        yield ill(topic.name, "nobody is subscribed", "deploy again with AlarmEmail")
    else:
        yield well(topic.name, f"alarms go to {', '.join(each['Endpoint'] for each in found)}")


def logs(client: Clients, resources: list[Resource]) -> Iterator[Finding]:
    for group in of_type("AWS::Logs::LogGroup", resources):
        listed = client("logs").describe_log_groups(logGroupNamePrefix=group.id)["logGroups"]
        found = next((each for each in listed if each["logGroupName"] == group.id), None)
        if found is None or "retentionInDays" not in found:
            seen = "it is gone" if found is None else "it is kept for ever"
            yield ill(group.name, seen, "somebody changed it by hand: deploy again")
        else:
            yield well(group.name, f"kept for {found['retentionInDays']} days")


def quotas(client: Clients, parameters: dict[str, str]) -> Iterator[Finding]:
    """With fewer everything works, one after another."""
    limit = client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    useful = 2 * int(parameters.get("WorkerConcurrency", 10)) + int(parameters.get("ForecastConcurrency", 40)) + FEWEST
    more = "" if limit >= useful else "; ask AWS for more if jobs in real time shall be fast (docs/deploying.md)"
    yield well("quota", f"{limit} executions of Lambda at a time, {useful} are of use{more}")


def settings(client: Clients, resources: list[Resource], parameters: dict[str, str]) -> Iterator[Finding]:
    """Whether each function has the stack's settings, also as the API's callers reach it."""
    wanted = parameters.get("Settings")
    published = {each.id.rpartition(":")[0] for each in of_type("AWS::Lambda::Alias", resources)}
    checked = 0
    for function in of_type("AWS::Lambda::Function", resources):
        aliased = any(each.endswith(f":{function.id}") for each in published)
        for more in ({}, {"Qualifier": "live"})[: 2 if aliased else 1]:
            found = client("lambda").get_function_configuration(FunctionName=function.id, **more)
            checked += 1
            if found.get("Environment", {}).get("Variables", {}).get("SETTINGS") != wanted:
                where = " behind its alias" if more else ""
                yield ill(function.name, f"its settings{where} are not the stack's", "make deploy gives it these")
    yield well("settings", f"{checked} looked at")
