"""Cold starts: CPU of a fresh interpreter, the imports and the first invocation of every function of the template."""

from collections.abc import Iterator

from benchmarks.lab import Invoked, Lab
from benchmarks.story import Story
from tools.measure import Bar

API_SECONDS, OTHER_SECONDS = 0.9, 1.2
AUTHORIZER, IMPORTS = "accounts/authorize", 0.35
"""Every call pays for it: at a cold start it imports what it needs and no service."""
PROVIDERS = {"openai": "gpt-5.4-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-3.5-flash-lite"}
REQUESTS = [{"custom_id": "a", "input": "What is a queue?"}]


def bars(lab: Lab, once: bool = False) -> Iterator[Bar]:
    """A bar for each function, on its dearest first invocation: each provider's batches bring in another SDK.

    Of two tellings the faster counts: on a busy machine the same work takes more CPU. With `once`, there is one.
    """
    providers = list(PROVIDERS)[: 1 if once else None]
    told = [_told(lab, f"cold-{provider}-{n}", provider) for provider in providers for n in range(2 - once)]
    for step in sorted(lab.functions):
        found = [[each for each in story if each.function == step] for story in told]
        firsts = [max(each, key=lambda one: one.first) for each in found]
        faster = [min(firsts[n : n + 2 - once], key=lambda one: one.first) for n in range(0, len(firsts), 2 - once)]
        dearest = max(faster, key=lambda each: each.first)
        most = API_SECONDS if step.endswith("/api") else OTHER_SECONDS
        figure = f"{dearest.first:.2f} s CPU (imports {dearest.init:.2f})"
        yield Bar(f"cold start of {step}", figure, f"≤ {most} s", dearest.first <= most)
        if step == AUTHORIZER:
            yield Bar(f"imports of {step}", f"{faster[0].init:.2f} s CPU", f"≤ {IMPORTS} s", faster[0].init <= IMPORTS)


def _told(lab: Lab, key: str, provider: str) -> list[Invoked]:
    story = Story(lab, key)
    story.tell("accounts/admin", expected="Conflict")  # an earlier story has made the tenant
    for step in ("accounts/authorize", "accounts/api", "health/api"):
        story.tell(step)
    story.post(provider=provider, model=PROVIDERS[provider], requests=REQUESTS)
    story.tell("batches/start")
    story.lane()
    story.aside()
    story.forecast()
    story.writing()
    for step in sorted(lab.functions.keys() - {each.function for each in story.told}):
        story.tell(step)
    return story.told
