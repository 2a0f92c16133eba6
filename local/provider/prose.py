"""Prose of a wanted length, always the same for the same wish, so that a text that was cut can be gone on with."""

import random
import re
from functools import lru_cache

from local.provider.chance import seed_of

LEAST_WORDS, MOST_WORDS = 30, 200_000
WISH = re.compile(r"\b(\d{1,3}(?:[,.]\d{3})+|\d{1,6})[\s-]*words?\b", re.I)
ASKS_TEXT = re.compile(
    r"\b(write|rewrite|draft|compose|produce|continue|expand|use|aim|target|length|long|essay|article|chapter|section"
    r"|story|report|letter|post|scrivi)\b",
    re.I,
)
SENTENCES_A_PARAGRAPH = (4, 8)
OPENERS = (
    "Over time", "At first", "In practice", "For most readers", "Seen from close by", "On a quiet day",
    "Little by little", "As a rule", "In the end", "Where it matters", "Once more", "By contrast",
    "After a while", "Without much noise",
    "From the outside", "In plain terms", "Now and then", "With some patience", "Under pressure", "To begin with",
)  # fmt: skip
SUBJECTS = (
    "the question of {0}", "anyone who works with {0}", "the case for {0}", "a closer look at {0}", "the story of {0}",
    "what we call {0}", "the old idea of {0}", "the habit of {0}", "a small piece of {0}", "the people behind {0}",
    "every account of {0}", "the promise of {0}", "the cost of {0}", "the shape of {0}", "the language of {0}",
)  # fmt: skip
VERBS = (
    "changes", "explains", "supports", "shapes", "limits", "reveals", "carries", "follows", "outlives", "questions",
    "steadies", "deepens", "meets", "answers", "borrows from", "makes room for", "stands beside", "leads back to",
)  # fmt: skip
OBJECTS = (
    "the work of {1}", "an earlier view of {1}", "the need for {1}", "our sense of {1}", "the limits of {1}",
    "a simple rule about {1}", "the daily life of {1}", "more than {1}", "the other side of {1}", "the reasons for {1}",
    "a long debate about {1}", "the first draft of {1}", "the quiet part of {1}", "the tools of {1}",
)  # fmt: skip
ENDINGS = (
    "and few would argue with that", "even when nobody is watching", "which is easy to forget", "as the details show",
    "though the effect is modest", "because the parts belong together", "long before the result is plain",
    "and this is where care pays off", "without asking for attention", "as long as the basics hold",
    "when the facts are laid side by side", "and the rest follows from there", "",  "", "",
)  # fmt: skip


def words_wanted(text: str) -> int:
    """How many words the text asks for ("Write about 800 words", "a 1,200-word essay"); 0 where it names no such
    length, or only tells of words in a line that asks for no text.
    """
    if "word" not in text.lower():
        return 0
    asking = [line for line in text.splitlines() if ASKS_TEXT.search(line)]
    lengths = [length for line in asking for length in WISH.findall(line)]
    wanted = int(re.sub(r"\D", "", lengths[-1])) if lengths else 0
    return wanted if LEAST_WORDS <= wanted <= MOST_WORDS else 0


@lru_cache(maxsize=32)
def prose(seed: int, words: int, topics: tuple[str, ...]) -> str:
    """Paragraphs of `words` words, within one sentence, about `topics`."""
    chance = random.Random(seed)
    paragraphs: list[str] = []
    written = 0
    while written < words:
        sentences: list[str] = []
        for _ in range(chance.randint(*SENTENCES_A_PARAGRAPH)):
            if written < words:
                sentences.append(_sentence(chance, topics))
                written += len(sentences[-1].split())
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs)


def rest_of(text: str, so_far: str) -> str:
    """What of `text` comes after `so_far`, whose end may have lost its spaces; a stranger's start counts by words."""
    begun = so_far.rstrip()
    if text.startswith(so_far):
        return text[len(so_far) :]
    if text.startswith(begun):
        return text[len(begun) :].lstrip()
    return " ".join(text.split(" ")[len(begun.split()) :])


def _sentence(chance: random.Random, topics: tuple[str, ...]) -> str:
    about = [chance.choice(topics) for _ in range(2)]
    subject, thing = (chance.choice(part).format(*about) for part in (SUBJECTS, OBJECTS))
    opener, ending = chance.choice((*OPENERS, "")), chance.choice(ENDINGS)
    sentence = f"{subject} {chance.choice(VERBS)} {thing}{', ' if ending else ''}{ending}."
    return f"{opener}, {sentence}" if opener else sentence[0].upper() + sentence[1:]


def seed_for(model: str, system: str, wish: str) -> int:
    """The seed of a text: not of what has been written of it, so that its continuation is the same text's."""
    return seed_of("prose", model, system, wish)
