"""A conversation as all surfaces see it, and what in it is the task at hand."""

import re
from typing import NamedTuple

from local.provider.prose import words_wanted

GOES_ON = re.compile(r"\b(continue|go on|carry on|keep going|keep writing|continua|prosegui)\b", re.I)


class Turn(NamedTuple):
    """What one side said; `is_user` tells which."""

    is_user: bool
    text: str


class Task(NamedTuple):
    """What was asked for first and last, and what the model has answered to the last so far."""

    opening: str
    asked: str
    so_far: str


def task_of(turns: list[Turn]) -> Task:
    """The last user turn; where that only says to go on, the one before that asked for a length."""
    asking = [place for place, turn in enumerate(turns) if turn.is_user]
    if not asking:
        return Task("", "", "")
    place = asking[-1]
    if len(asking) > 1 and GOES_ON.search(turns[place].text) and not words_wanted(turns[place].text):
        place = next((earlier for earlier in reversed(asking[:-1]) if words_wanted(turns[earlier].text)), place)
    so_far = "".join(turn.text for turn in turns[place + 1 :] if not turn.is_user)
    return Task(turns[asking[0]].text, turns[place].text, so_far)
