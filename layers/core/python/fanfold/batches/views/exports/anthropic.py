"""Anthropic's results."""

from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import anthropic


class AnthropicLines:
    light = True
    rejected = True
    line = staticmethod(anthropic.line)

    def wants(self, result: Result) -> bool:
        return True


PLUGIN = AnthropicLines
