"""Which posts of observations a portfolio has; what is in them lies in objects."""

from collections.abc import Iterator
from typing import NamedTuple

from fanfold.forecasts.job import KIND
from fanfold.jobs.job import JobRef
from fanfold.jobs.store import META
from fanfold.ports import Change, Item, Query, Removal, Table, every_item


class KeptPost(NamedTuple):
    """A post: when it came, its id, the object that it is in, and how many observations it has, where that is kept."""

    at: str
    id: str
    object: str
    size: int | None


class Posts:
    """The posts of every portfolio."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, ref: JobRef, post: str, key: str, count: int, at: str) -> bool:
        """Note the post's object and count it; False if it was there before, or the forecast is gone."""
        return self._table.together(
            Change(key=ref.key(f"O#{post}"), set={"object": key, "at": at, "count": count}, expect={"at": None}),
            Change(key=ref.key(META), add={"observed": count, "version": 1}, expect={"kind": KIND}),
        )

    def get(self, ref: JobRef, post: str) -> KeptPost | None:
        """The post."""
        item = self._table.get(ref.key(f"O#{post}"))
        return _post(item) if item else None

    def drop(self, ref: JobRef, post: KeptPost, count: int) -> bool:
        """Strike the post and its observations off; False if somebody did, or the forecast is gone."""
        return self._table.together(
            Removal(key=ref.key(f"O#{post.id}"), expect={"object": post.object}),
            Change(key=ref.key(META), add={"observed": -count, "version": 1}, expect={"kind": KIND}),
        )

    def all(self, ref: JobRef) -> list[KeptPost]:
        """The posts, the oldest first."""
        kept = map(_post, every_item(self._table, Query(partition=ref.partition, prefix="O#")))
        return sorted(kept, key=lambda post: (post.at, post.id))

    def keys(self, ref: JobRef) -> Iterator[str]:
        """The posts' objects, the oldest first."""
        return (post.object for post in self.all(ref))


def _post(item: Item) -> KeptPost:
    return KeptPost(item["at"], item["sk"].removeprefix("O#"), item["object"], item.get("count"))
