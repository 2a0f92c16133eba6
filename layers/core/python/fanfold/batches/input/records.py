"""Records of any fields: which of them make a request, and which are kept beside its result."""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Self

from fanfold.batches.model.batch import Options
from fanfold.batches.model.prompt_template import PromptTemplate, template
from fanfold.errors import Flaw, Invalid

ID = "custom_id"
ALL = "all"
UNNAMED = "Unnamed: "


class RecordColumns(NamedTuple):
    """What the options of a batch say of the fields of its records."""

    prompts: PromptTemplate | None
    id: str | None
    keep: tuple[str, ...] | str
    fields: Collection[str]
    """The names that a line has by itself."""
    allow_empty: bool = False

    @classmethod
    def of(cls, options: Options, fields: Collection[str]) -> Self:
        prompts = template(options.template) if options.template else None
        return cls(prompts, options.id_column, options.keep_columns, fields, options.allow_empty)

    @property
    def plain(self) -> bool:
        """Whether a record is a line as it is."""
        return self.prompts is None and self.id is None and not self.keep

    @property
    def named(self) -> list[str]:
        """The fields that the options name."""
        names = [*(self.prompts.names if self.prompts else ()), *([self.id] if self.id else ())]
        return names + ([] if isinstance(self.keep, str) else list(self.keep))

    def missing(self, header: list[str]) -> Flaw | None:
        """The first field that is named and is no column."""
        for name in self.named:
            if name not in header:
                return _missing(name, header, "template" if self.prompts and name in self.prompts.names else "batch")
        return None

    def line(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record as a request. Raises Invalid for a field that is not there, or holds nothing."""
        if self.prompts is not None:
            return {ID: self._id(record), "input": self._filled(record, self.prompts)}
        kept = record.keys() if self.keep == ALL else set(self.keep) | ({self.id} if self.id else set())
        aside = {name for name in record if name not in self.fields and (name in kept or name.startswith(UNNAMED))}
        line = {name: value for name, value in record.items() if name not in aside}
        return line | {ID: self._id(record)} if self.id else line

    def kept(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of the record."""
        if self.keep == ALL:
            own = () if self.prompts else self.fields
            return {name: value for name, value in record.items() if name not in own}
        return {name: record.get(name) for name in self.keep}

    def _id(self, record: Mapping[str, Any]) -> Any:
        id = record.get(self.id or ID)
        if self.id and _is_empty(id):
            raise Invalid("its id is empty" if self.id in record else _there(self.id, record), field=self.id)
        return None if _is_empty(id) else id

    def _filled(self, record: Mapping[str, Any], prompts: PromptTemplate) -> str:
        if (name := prompts.missing(record)) is not None:
            raise Invalid(f"the template names {_there(name, record)}", field=name)
        empty = next((name for name in prompts.names if _is_empty(record[name])), None)
        if empty is not None and not self.allow_empty:
            detail = f"the template's field {empty!r} is empty here; `allow_empty` lets it be"
            raise Invalid(detail, field=empty)
        return prompts.fill({name: "" if _is_empty(record[name]) else record[name] for name in prompts.names})


def _missing(name: str, header: Iterable[str], by: str) -> Flaw:
    return Flaw(field=name, detail=f"the {by} names {_there(name, header)}")


def _there(name: str, fields: Iterable[str]) -> str:
    return f"{name!r}; the fields are: {', '.join(list(fields)[:20]) or 'none'}"


def _is_empty(value: Any) -> bool:
    """Whether a field holds nothing: what pandas writes for no value is none."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, float) and math.isnan(value))
