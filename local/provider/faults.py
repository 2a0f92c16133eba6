"""Faults that can be switched on: what there is, which one hits a call or a batch, and how often it did.

What is hit follows from a hash of the call (its content, and how often the same content came before), so the
same run meets the same faults, and a retry is a new throw of the same die.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from local.provider.chance import share_of
from local.provider.problems import bad_request
from local.provider.store import Store

CallFault = Literal[
    "rate_limited",
    "rate_limited_retry_after",
    "server_error",
    "overloaded",
    "reset",
    "reset_midway",
    "hold",
    "late_response",
    "slow_drip",
    "malformed_json",
    "truncated_content",
    "missing_at_first",
]
BatchFault = Literal[
    "stuck", "expired", "token_limit", "partial", "duplicated_lines", "reordered_lines", "request_error"
]
CALL_FAULTS: tuple[str, ...] = get_args(CallFault)
BATCH_FAULTS: tuple[str, ...] = get_args(BatchFault)
BATCH_SCOPE = "batch"
DEFAULT_SCOPE = {
    "truncated_content": "files.content|batches.results",
    "missing_at_first": "files.retrieve|files.content|batches.create",
    "late_response": "batches.create",
    "request_error": "request",
}


@dataclass(frozen=True)
class Rule:
    """One switched-on fault.

    `share` of the calls (or batches; for `request_error`: of the lines) that match `where` are hit, at most
    `count` times (None: without end). `where` is operation names joined by "|" ("batches.create" on every surface,
    "openai.batches.create" on one), "request" for any direct model request, "*" for every call. `seconds` is how
    long holding, late and slow answers take, `lines` the share of lines a batch fault touches (for `expired`: that
    were done), `retry_after` the header's value in seconds.
    """

    kind: str
    where: str
    share: float = 1.0
    count: int | None = None
    seconds: float = 3600.0
    lines: float = 0.5
    retry_after: float = 1.0
    id: int = 0
    used: int = 0

    def covers(self, operation: str, *, is_request: bool) -> bool:
        """Whether the rule is for this operation, given by its full name."""
        names = {"*", operation, operation.partition(".")[2]} | ({"request"} if is_request else set())
        return not names.isdisjoint(self.where.split("|"))

    @property
    def is_spent(self) -> bool:
        return self.count is not None and self.used >= self.count


class Faults:
    """The switched-on rules of one emulator; they survive its restart. `operations` are full names."""

    def __init__(self, store: Store, operations: frozenset[str]) -> None:
        self._store = store
        self._places = operations | {name.partition(".")[2] for name in operations} | {"*", "request", BATCH_SCOPE}
        self._rules = [replace(Rule(**json.loads(doc)), id=rule, used=used) for rule, used, doc in store.rules()]

    def add(self, spec: Mapping[str, Any]) -> Rule:
        """Switches a fault on; a CallError names the field that makes no sense."""
        rule = _parse(spec)
        if unknown := set(rule.where.split("|")) - self._places:
            raise bad_request(
                f"where: {', '.join(sorted(unknown))} is none of {', '.join(sorted(self._places))}", "where"
            )
        rule = replace(rule, id=self._store.add_rule(json.dumps(asdict(rule))))
        self._rules.append(rule)
        return rule

    def clear(self, rule_id: int | None = None) -> None:
        """Switches one fault off, or all."""
        self._store.drop_rules(rule_id)
        self._rules = [rule for rule in self._rules if rule_id not in (None, rule.id)]

    def listed(self) -> list[Rule]:
        return list(self._rules)

    def watches(self, operation: str, *, is_request: bool) -> bool:
        """Whether any call rule could hit this operation: if not, no fingerprint is needed."""
        return any(rule.kind in CALL_FAULTS and rule.covers(operation, is_request=is_request) for rule in self._rules)

    def strike(self, operation: str, fingerprint: str, subject: str | None, *, is_request: bool) -> Rule | None:
        """The first rule that hits this call. `subject` is the file the call reads, if any."""
        for rule in self._rules:
            if rule.kind not in CALL_FAULTS or not rule.covers(operation, is_request=is_request):
                continue
            if self._hits(rule, fingerprint, subject):
                return self._use(rule)
        return None

    def for_batch(self, input_sha256: str) -> dict[str, float]:
        """The batch faults of a new batch, each with its share of lines."""
        return {
            rule.kind: _lines_of(self._use(rule))
            for rule in self._rules
            if rule.kind in BATCH_FAULTS and self._hits_batch(rule, input_sha256)
        }

    def _hits(self, rule: Rule, fingerprint: str, subject: str | None) -> bool:
        if rule.is_spent:
            return False
        if rule.kind != "missing_at_first":
            return share_of(rule.kind, fingerprint, self._store.see(rule.id, fingerprint)) < rule.share
        if subject is None or self._store.see(rule.id, subject) > 0:
            return False
        return share_of(rule.kind, self._store.content_hash(subject)) < rule.share

    def _hits_batch(self, rule: Rule, input_sha256: str) -> bool:
        if rule.is_spent:
            return False
        before = self._store.see(rule.id, input_sha256)
        return rule.kind == "request_error" or share_of(rule.kind, input_sha256, before) < rule.share

    def _use(self, rule: Rule) -> Rule:
        used = replace(rule, used=rule.used + 1)
        self._store.use_rule(rule.id)
        self._rules = [used if rule.id == other.id else other for other in self._rules]
        return used


def _parse(spec: Mapping[str, Any]) -> Rule:
    kind = spec.get("kind")
    if kind not in CALL_FAULTS + BATCH_FAULTS:
        raise bad_request(f"kind must be one of {', '.join(CALL_FAULTS + BATCH_FAULTS)}", "kind")
    if unknown := set(spec) - set(Rule.__dataclass_fields__):
        raise bad_request(f"unknown fields: {', '.join(sorted(unknown))}", sorted(unknown)[0])
    default = DEFAULT_SCOPE.get(kind, BATCH_SCOPE if kind in BATCH_FAULTS else "*")
    given = {name: value for name, value in spec.items() if value is not None and name not in ("id", "used")}
    rule = Rule(**{"where": default} | given)
    for name in ("share", "lines", "seconds", "retry_after", "count"):
        _check_number(name, getattr(rule, name), most=1 if name in ("share", "lines") else None)
    if not isinstance(rule.where, str):
        raise bad_request("where must be a string", "where")
    return rule


def _check_number(name: str, value: object, most: float | None) -> None:
    if value is None and name == "count":
        return
    if not isinstance(value, int | float) or value < 0 or (most is not None and value > most):
        raise bad_request(f"{name} must be a number, at least 0" + (f", at most {most}" if most else ""), name)


def _lines_of(rule: Rule) -> float:
    return rule.share if rule.kind == "request_error" else rule.lines
