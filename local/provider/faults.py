"""Faults that can be switched on: what there is, which one hits a call or a batch, and how often it did.

What is hit follows from a hash of the call (its content, and how often the same content came before), so the
same run meets the same faults, and a retry is a new throw of the same die.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from local.provider.chance import share_of, token_of
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
    "bad_request",
    "quota_exhausted",
    "empty_body",
    "oversize_body",
    "foreign_answer",
    "off_schema",
    "stream_error",
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
    "oversize_body": "request",
    "foreign_answer": "request",
    "off_schema": "request",
    "stream_error": "request",
}
NUMBERS = ("share", "lines", "seconds", "retry_after", "size", "seed")
OPTIONAL_NUMBERS = ("count", "each", "lasts")
GIVEN_BY_US = ("id", "used", "until")


class Sighting(NamedTuple):
    """A call as rules see it.

    `operation` is the full name, `fingerprint` the same for the same call in every run, `text` what it says. Of a
    direct request come the model and its conversation's first words; of others the file that they read, if any.
    """

    operation: str
    fingerprint: str
    text: str
    model: str | None = None
    opening: str | None = None
    file: str | None = None


@dataclass(frozen=True)
class Rule:
    """One switched-on fault.

    `share` of the calls (or batches; for `request_error`: of the lines) that match `where` are hit, at most
    `count` times (None: without end), and each call at most `each` times; with `each` a retry is no new throw: the
    same calls are hit, and then are fine. It ends `lasts` seconds after it was switched on. `where` is operation
    names joined by "|" ("batches.create" on every surface, "openai.batches.create" on one), "request" for any direct
    model request ("openai.request"), "*" for every call ("openai.*"). `match` is a text the call has to hold, `model`
    the model that a direct request has to name, `seed` another series of throws.

    `seconds` is how long holding, late and slow answers take, `lines` the share of lines a batch fault touches (for
    `expired`: that were done), `retry_after` the header's value in seconds, `size` the bytes of an oversize body.
    `off_schema` knows a request by its conversation's first turn, so that a repair is the same request again.
    """

    kind: str
    where: str
    share: float = 1.0
    count: int | None = None
    each: int | None = None
    lasts: float | None = None
    match: str | None = None
    model: str | None = None
    seed: int = 0
    seconds: float = 3600.0
    lines: float = 0.5
    retry_after: float = 1.0
    size: int = 8 * 1024 * 1024
    id: int = 0
    used: int = 0
    until: float | None = None

    def covers(self, operation: str, *, is_request: bool) -> bool:
        """Whether the rule is for this operation, given by its full name."""
        surface, _, own = operation.partition(".")
        names = {"*", f"{surface}.*", operation, own} | ({"request", f"{surface}.request"} if is_request else set())
        return not names.isdisjoint(self.where.split("|"))

    def means(self, sighting: Sighting) -> bool:
        """Whether the call says what the rule is for."""
        return (self.match is None or self.match in sighting.text) and self.model in (None, sighting.model)

    def is_spent(self, now: float) -> bool:
        return (self.count is not None and self.used >= self.count) or (self.until is not None and now >= self.until)


class Faults:
    """The switched-on rules of one emulator; they survive its restart. `operations` are full names."""

    def __init__(self, store: Store, operations: frozenset[str]) -> None:
        self._store = store
        surfaces = {name.partition(".")[0] for name in operations}
        self._places = operations | {name.partition(".")[2] for name in operations} | {"*", "request", BATCH_SCOPE}
        self._places |= {f"{surface}.{every}" for surface in surfaces for every in ("*", "request")}
        self._rules = [replace(Rule(**json.loads(doc)), id=rule, used=used) for rule, used, doc in store.rules()]

    def add(self, spec: Mapping[str, Any]) -> Rule:
        """Switches a fault on; a CallError names the field that makes no sense."""
        rule = _parse(spec)
        if unknown := set(rule.where.split("|")) - self._places:
            raise bad_request(
                f"where: {', '.join(sorted(unknown))} is none of {', '.join(sorted(self._places))}", "where"
            )
        if rule.lasts is not None:
            rule = replace(rule, until=time.time() + rule.lasts)
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

    def strike(self, sighting: Sighting, *, is_request: bool) -> Rule | None:
        """The first rule that hits this call."""
        for rule in self._rules:
            if rule.kind not in CALL_FAULTS or not rule.covers(sighting.operation, is_request=is_request):
                continue
            if rule.means(sighting) and self._hits(rule, sighting):
                return self._use(rule)
        return None

    def for_batch(self, input_sha256: str) -> dict[str, float]:
        """The batch faults of a new batch, each with its share of lines."""
        return {
            rule.kind: _lines_of(self._use(rule))
            for rule in self._rules
            if rule.kind in BATCH_FAULTS and self._hits_batch(rule, input_sha256)
        }

    def _hits(self, rule: Rule, sighting: Sighting) -> bool:
        if rule.is_spent(time.time()):
            return False
        if rule.kind == "missing_at_first":
            return self._misses(rule, sighting.file)
        known = sighting.fingerprint
        if rule.kind == "off_schema" and sighting.opening is not None:
            known = token_of(sighting.model, sighting.opening)
        before = self._store.see(rule.id, known)
        if rule.each is None:
            return share_of(*_die(rule, known), before) < rule.share
        return before < rule.each and share_of(*_die(rule, known)) < rule.share

    def _misses(self, rule: Rule, file: str | None) -> bool:
        if file is None or self._store.see(rule.id, file) > 0:
            return False
        return share_of(rule.kind, self._store.content_hash(file)) < rule.share

    def _hits_batch(self, rule: Rule, input_sha256: str) -> bool:
        if rule.is_spent(time.time()):
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
    given = {name: value for name, value in spec.items() if value is not None and name not in GIVEN_BY_US}
    rule = Rule(**{"where": default} | given)
    for name in NUMBERS + OPTIONAL_NUMBERS:
        _check_number(name, getattr(rule, name), most=1 if name in ("share", "lines") else None)
    for name in ("where", "match", "model"):
        if not isinstance(getattr(rule, name), str) and (name == "where" or name in given):
            raise bad_request(f"{name} must be a string", name)
    return rule


def _check_number(name: str, value: object, most: float | None) -> None:
    if value is None and name in OPTIONAL_NUMBERS:
        return
    if not isinstance(value, int | float) or value < 0 or (most is not None and value > most):
        raise bad_request(f"{name} must be a number, at least 0" + (f", at most {most}" if most else ""), name)


def _die(rule: Rule, fingerprint: str) -> tuple[object, ...]:
    return (rule.kind, fingerprint, rule.seed) if rule.seed else (rule.kind, fingerprint)


def _lines_of(rule: Rule) -> float:
    return rule.share if rule.kind == "request_error" else rule.lines
