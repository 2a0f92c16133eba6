"""DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal
from random import SystemRandom
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from fanfold.errors import Invalid
from fanfold.ports import Change, Item, Key, Page, Query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, None)
"""Seconds to wait, at most, after each time that another transaction had one of the items: the SDK does not."""
SORT = {None: "sk", "listing": "listed", "open": "open_since"}
PARTITION = {None: "pk", "listing": "listing", "open": "open"}


class DynamoTable:
    """The single table, with the indexes `listing` and `open`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client, self._name = client, name

    def get(self, key: Key) -> Item | None:
        found = self._client.get_item(TableName=self._name, Key=_wire(key._asdict()), ConsistentRead=True)
        return _item(found["Item"]) if "Item" in found else None

    def change(self, change: Change) -> Item | None:
        try:
            done = self._client.update_item(**self._update(change), ReturnValues="ALL_NEW")
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return _item(done["Attributes"])

    def together(self, *changes: Change) -> bool:
        updates: list[Any] = [{"Update": self._update(each)} for each in changes]
        for pause in PAUSES:
            try:
                self._client.transact_write_items(TransactItems=updates)
            except self._client.exceptions.TransactionCanceledException as error:
                codes = {reason.get("Code") for reason in _reasons(error)}
                if "ConditionalCheckFailed" in codes:
                    return False
                if "TransactionConflict" not in codes or pause is None:
                    raise
                time.sleep(SystemRandom().uniform(0, pause))
            else:
                break
        return True

    def page(self, query: Query) -> Page:
        names = {"#p": PARTITION[query.index]}
        values: Item = {":p": query.partition}
        condition = "#p = :p"
        if query.prefix:
            names["#s"], values[":s"] = SORT[query.index], query.prefix
            condition += " AND begins_with(#s, :s)"
        elif query.until:
            names["#s"], values[":s"] = SORT[query.index], query.until
            condition += " AND #s BETWEEN :f AND :s" if query.since else " AND #s <= :s"
            values |= {":f": query.since} if query.since else {}
        asked: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _wire(values),
            "ScanIndexForward": not query.newest_first,
            "ConsistentRead": query.index is None,
        }
        if query.index:
            asked["IndexName"] = query.index
        if query.limit:
            asked["Limit"] = query.limit
        if query.after:
            asked["ExclusiveStartKey"] = _start(query)
        found = self._client.query(**asked)
        return Page([_item(item) for item in found["Items"]], _cursor(found.get("LastEvaluatedKey")))

    def remove(self, key: Key) -> None:
        self._client.delete_item(TableName=self._name, Key=_wire(key._asdict()))

    def _update(self, change: Change) -> dict[str, Any]:
        """An Update, as UpdateItem and TransactWriteItems take it."""
        said = _Expression()
        sets = [f"{said.name(n)} = {said.value(v)}" for n, v in change.set.items() if v is not None]
        adds = [f"{said.name(n)} {said.value(v)}" for n, v in change.add.items()]
        drops = [said.name(n) for n, v in change.set.items() if v is None]
        tests = [
            f"attribute_not_exists({said.name(n)})" if v is None else f"{said.name(n)} = {said.value(v)}"
            for n, v in change.expect.items()
        ]
        clauses = (("SET", sets), ("ADD", adds), ("REMOVE", drops))
        update = {
            "TableName": self._name,
            "Key": _wire(change.key._asdict()),
            "UpdateExpression": " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses if parts),
            "ConditionExpression": " AND ".join(tests),
            "ExpressionAttributeNames": said.names,
            "ExpressionAttributeValues": said.values,
        }
        return {name: value for name, value in update.items() if value}


class _Expression:
    """Placeholders for names and values."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, name: str) -> str:
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values |= _wire({placeholder: value})
        return placeholder


def _wire(item: Item) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(_exact(value)) for name, value in item.items()}


def _exact(value: Any) -> Any:
    """DynamoDB's numbers are decimal; a float goes as the decimal that prints like it."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    return [_exact(each) for each in value] if isinstance(value, list | tuple) else value


def _item(wire: Any) -> Item:
    deserializer = TypeDeserializer()
    return {name: _plain(deserializer.deserialize(value)) for name, value in wire.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return bytes(cast(Any, value).value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _reasons(error: ClientError) -> list[dict[str, Any]]:
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return reasons


def _cursor(key: Any) -> str | None:
    return urlsafe_b64encode(json.dumps(_item(key)).encode()).decode() if key else None


def _start(query: Query) -> dict[str, Any]:
    """The cursor as a key. It must lie in the partition that is asked for: cursors come from outside."""
    try:
        key = json.loads(urlsafe_b64decode(query.after or ""))
        ours = (
            key[PARTITION[query.index]] == query.partition
            and key.keys() == {"pk", "sk", PARTITION[query.index], SORT[query.index]}
            and all(each and isinstance(each, str) for each in key.values())
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        ours = False
    if not ours:
        raise Invalid("this is no cursor of ours", field="cursor")
    return _wire(key)
