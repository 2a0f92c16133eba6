"""Cold starts: CPU of a fresh interpreter, the imports and the first invocation of every function of the template."""

from collections.abc import Iterator

from benchmarks.bars import Bar
from benchmarks.lab import Invoked, Lab
from benchmarks.story import Story

API_SECONDS, OTHER_SECONDS = 0.9, 1.2
PROVIDERS = {"openai": "gpt-5.4-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-3.5-flash-lite"}
REQUESTS = [{"custom_id": "a", "input": "What is a queue?"}]


def bars(lab: Lab) -> Iterator[Bar]:
    """A bar for each function, on its dearest first invocation: each provider's batches bring in another SDK."""
    told = [each for provider in PROVIDERS for each in _told(lab, provider)]
    for step in sorted(lab.functions):
        found = [each for each in told if each.function == step]
        if not found:
            yield Bar(f"cold start of {step}", "not measured", "", ok=False)
            continue
        dearest = max(found, key=lambda each: each.first)
        most = API_SECONDS if step.endswith("/api") else OTHER_SECONDS
        figure = f"{dearest.first:.2f} s CPU (imports {dearest.init:.2f})"
        yield Bar(f"cold start of {step}", figure, f"≤ {most} s", dearest.first <= most)


def _told(lab: Lab, provider: str) -> list[Invoked]:
    story = Story(lab, f"cold-{provider}")
    for step in ("accounts/issue_key", "accounts/authorize", "accounts/set_provider_key", "health/api"):
        story.tell(step)
    story.post(provider=provider, model=PROVIDERS[provider], requests=REQUESTS)
    story.tell("batches/start")
    story.lane()
    story.aside()
    return story.told
