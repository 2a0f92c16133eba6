"""OpenAI's error file: what has no answer, lines that were not taken among it."""

from fanfold.batches.model.result import Result
from fanfold.batches.views import shapes
from fanfold.batches.views.shapes import openai


class OpenAIErrors:
    light = True
    rejected = True
    line = staticmethod(openai.line)

    def wants(self, result: Result) -> bool:
        return not shapes.is_answer(result)


PLUGIN = OpenAIErrors
