"""Gemini's output file."""

from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import gemini


class GeminiLines:
    light = True
    rejected = True
    line = staticmethod(gemini.line)

    def wants(self, result: Result) -> bool:
        return True


PLUGIN = GeminiLines
