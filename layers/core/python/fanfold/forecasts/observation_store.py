"""Which posts of observations a portfolio has; what is in them lies in objects."""

from collections.abc import Iterator

from fanfold.forecasts.job import KIND
from fanfold.jobs.job import JobRef
from fanfold.jobs.store import META
from fanfold.ports import Change, Query, Table


class Posts:
    """The posts of every portfolio."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, ref: JobRef, post: str, key: str, count: int, at: str) -> bool:
        """Note the post's object and count it; False if it was there before, or the forecast is gone."""
        return self._table.together(
            Change(key=ref.key(f"O#{post}"), set={"object": key, "at": at}, expect={"at": None}),
            Change(key=ref.key(META), add={"observed": count, "version": 1}, expect={"kind": KIND}),
        )

    def get(self, ref: JobRef, post: str) -> str | None:
        """The post's object."""
        item = self._table.get(ref.key(f"O#{post}"))
        return item["object"] if item else None

    def keys(self, ref: JobRef) -> Iterator[str]:
        """The posts' objects, the oldest first."""
        cursor, found = None, []
        while True:
            page = self._table.page(Query(partition=ref.partition, prefix="O#", after=cursor))
            found += [(item["at"], item["sk"], item["object"]) for item in page.items]
            if not (cursor := page.cursor):
                break
        return (key for _, _, key in sorted(found))
