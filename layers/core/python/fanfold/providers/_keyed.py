"""What is made of a key, and made anew when the key is another: keys are rotated while workers run."""

from collections.abc import Callable
from typing import Generic, TypeVar

C = TypeVar("C")


class Keyed(Generic[C]):
    """`make` is given the key as it is at a call; calls that are under way keep what they have."""

    def __init__(self, key: Callable[[], str], make: Callable[[str], C]) -> None:
        self._key, self._make = key, make
        self._made: tuple[str, C] | None = None

    def __call__(self) -> C:
        key, made = self._key(), self._made
        if made is None or made[0] != key:
            made = self._made = (key, self._make(key))
        return made[1]
