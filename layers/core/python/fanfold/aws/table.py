"""DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import SystemRandom
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from fanfold import cursors
from fanfold.errors import Contended, Invalid
from fanfold.ports import Change, Item, Key, Page, Query, Removal
from fanfold.values import first_unkept

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, None)
"""Seconds to wait, at most, after each time that another transaction had one of the items: the SDK does not."""
SORT = {None: "sk", "listing": "listed", "open": "open_since"}
PARTITION = {None: "pk", "listing": "listing", "open": "open"}
BUSY = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
"""Why DynamoDB cancels a transaction that may succeed the next time."""


class DynamoTable:
    """A table with the keys `pk` and `sk`, and the indexes `listing` and `open` as far as it has them."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client, self._name = client, name

    def get(self, key: Key) -> Item | None:
        found = self._client.get_item(TableName=self._name, Key=_wire(key._asdict()), ConsistentRead=True)
        return _item(found["Item"]) if "Item" in found else None

    def several(self, keys: Sequence[Key]) -> list[Item | None]:
        found: dict[tuple[str, str], Item] = {}
        left: Any = {self._name: {"Keys": [_wire(key._asdict()) for key in keys], "ConsistentRead": True}}
        while left:
            got = self._client.batch_get_item(RequestItems=left)
            items = map(_item, got["Responses"].get(self._name, ()))
            found |= {(item["pk"], item["sk"]): item for item in items}
            left = got.get("UnprocessedKeys")
        return [found.get(key) for key in keys]

    def change(self, change: Change) -> Item | None:
        try:
            done = self._client.update_item(**self._update(change), ReturnValues="ALL_NEW")
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return _item(done["Attributes"])

    def together(self, *changes: Change | Removal) -> bool:
        writes = [self._write(each) for each in changes]
        for pause in PAUSES:
            try:
                self._client.transact_write_items(TransactItems=writes)
                break
            except self._client.exceptions.TransactionCanceledException as error:
                codes = {reason.get("Code") for reason in _reasons(error)}
                if "ConditionalCheckFailed" in codes:
                    return False
                if not codes & BUSY:
                    raise
                if pause is None:
                    raise Contended(f"the table took none of {len(changes)} changes") from error
                time.sleep(SystemRandom().uniform(0, pause))
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

    def scan(self, prefix: str, after: str | None = None) -> Page:
        asked: dict[str, Any] = {
            "TableName": self._name,
            "FilterExpression": "begins_with(pk, :p)",
            "ExpressionAttributeValues": _wire({":p": prefix}),
            "ConsistentRead": True,
        }
        if after:
            asked["ExclusiveStartKey"] = _wire(cursors.place(after))
        found = self._client.scan(**asked)
        return Page([_item(item) for item in found["Items"]], _cursor(found.get("LastEvaluatedKey")))

    def remove(self, key: Key) -> None:
        self._client.delete_item(TableName=self._name, Key=_wire(key._asdict()))

    def _write(self, change: Change | Removal) -> Any:
        if isinstance(change, Change):
            return {"Update": self._update(change)}
        if not change.expect:
            raise TypeError("a removal without a condition")
        said = _Expression()
        tests = said.tests(change.expect)
        return {"Delete": {"TableName": self._name, "Key": _wire(change.key._asdict()), **tests, **said.given}}

    def _update(self, change: Change) -> dict[str, Any]:
        """An Update, as UpdateItem and TransactWriteItems take it."""
        _check(change.set)
        said = _Expression()
        sets = [f"{said.name(n)} = {said.value(v)}" for n, v in change.set.items() if v is not None]
        adds = [f"{said.name(n)} {said.value(v)}" for n, v in change.add.items()]
        drops = [said.name(n) for n, v in change.set.items() if v is None]
        tests = said.tests(change.expect, change.at_most)
        clauses = (("SET", sets), ("ADD", adds), ("REMOVE", drops))
        update = {
            "TableName": self._name,
            "Key": _wire(change.key._asdict()),
            "UpdateExpression": " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses if parts),
            **tests,
            **said.given,
        }
        return {name: value for name, value in update.items() if value}


class _Expression:
    """Placeholders for names and values."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    @property
    def given(self) -> dict[str, Any]:
        """What the placeholders stand for; DynamoDB takes no empty map."""
        both = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: values for name, values in both.items() if values}

    def tests(self, expect: Mapping[str, Any], at_most: Mapping[str, int] | None = None) -> dict[str, str]:
        """The condition that each attribute has its value, or is absent for None, and no number is over its limit."""
        tests = [
            f"attribute_not_exists({self.name(n)})" if v is None else f"{self.name(n)} = {self.value(v)}"
            for n, v in expect.items()
        ]
        tests += [self._at_most(n, v) for n, v in (at_most or {}).items()]
        return {"ConditionExpression": " AND ".join(tests)}

    def name(self, name: str) -> str:
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def _at_most(self, name: str, most: int) -> str:
        """A test that holds for a number that is not there if `most` is none below 0."""
        held = f"{(said := self.name(name))} <= {self.value(most)}"
        return f"(attribute_not_exists({said}) OR {held})" if most >= 0 else held

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values |= _wire({placeholder: value})
        return placeholder


def _wire(item: Item) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(_exact(value)) for name, value in item.items()}


def _check(values: Mapping[str, Any]) -> None:
    """Raises Invalid for what DynamoDB would refuse."""
    if found := first_unkept(values):
        field, why = found
        raise Invalid(f"{field} can't be kept: {why}", field=field)


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
    return cursors.cursor(_item(key)) if key else None


def _start(query: Query) -> dict[str, Any]:
    """The cursor as a key. It must lie in the partition that is asked for: cursors come from outside."""
    key = cursors.place(query.after or "")
    ours = (
        isinstance(key, dict)
        and key.keys() == {"pk", "sk", PARTITION[query.index], SORT[query.index]}
        and key[PARTITION[query.index]] == query.partition
        and all(each and isinstance(each, str) for each in key.values())
    )
    if not ours:
        raise Invalid("this is no cursor of ours", field="cursor")
    return _wire(key)
