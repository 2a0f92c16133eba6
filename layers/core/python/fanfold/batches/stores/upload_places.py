"""Places that were made for files which are still to be sent: the name of one is the permission to fill it, once."""

from datetime import timedelta
from secrets import token_hex

from pydantic import BaseModel

from fanfold.clock import Clock, moment, stamp
from fanfold.errors import NotFound
from fanfold.ports import Change, Key, Table

LASTS = timedelta(hours=1)
SECRET_BYTES = 24


class UploadPlace(BaseModel):
    """What is to be sent there."""

    name: str = ""
    mime_type: str = ""


class UploadPlaces:
    """The places of all tenants. One is a write when it is made, and one when it is filled."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def make(self, tenant: str, place: UploadPlace) -> str:
        """The name of a new place."""
        name, ends = token_hex(SECRET_BYTES), self._clock() + LASTS
        said = place.model_dump() | {"until": stamp(ends), "expires": int(ends.timestamp())}
        self._table.change(Change(key=_key(tenant, name), set=said))
        return name

    def get(self, tenant: str, name: str) -> UploadPlace:
        """The place. Raises NotFound, also for one that was filled, or made over an hour ago."""
        item = self._table.get(_key(tenant, name))
        if item is None or item.get("filled"):
            raise NotFound("there is no such upload", field="upload")
        if moment(item["until"]) < self._clock():
            raise NotFound("this upload was begun over an hour ago", field="upload")
        return UploadPlace.model_validate(item)

    def filled(self, tenant: str, name: str) -> None:
        """Note that it takes nothing more. Raises NotFound if somebody else has filled it since we looked."""
        change = Change(key=_key(tenant, name), set={"filled": True}, expect={"filled": None})
        if self._table.change(change) is None:
            raise NotFound("there is no such upload", field="upload")


def _key(tenant: str, name: str) -> Key:
    return Key(f"T#{tenant}#UPLOADS", name)
