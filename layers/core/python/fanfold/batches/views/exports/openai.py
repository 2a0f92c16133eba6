"""OpenAI's output file: what has an answer."""

from fanfold.batches.model.result import Result
from fanfold.batches.views import shapes
from fanfold.batches.views.shapes import openai


class OpenAILines:
    light = True
    rejected = False
    line = staticmethod(openai.line)

    def wants(self, result: Result) -> bool:
        return shapes.is_answer(result)


PLUGIN = OpenAILines
