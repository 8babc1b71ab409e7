"""A cross-encoder as a last stage: question and passage read together, where somebody has set one."""

from collections.abc import Sequence
from time import monotonic
from typing import Protocol

from index.errors import ModelUnusable

BATCH = 4


class Reranker(Protocol):
    """Whatever reads a question and passages together."""

    def scores(self, question: str, passages: Sequence[str], /) -> list[float]:
        """How well each passage answers, the higher the better; of the first ones only, where time runs out."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder (Nogueira and Cho, 2019) on the CPU, held to a time budget."""

    def __init__(self, model: str, seconds: float) -> None:
        """Load ``model``, a folder or a name in the local cache of models; ``seconds`` bound each question's reading.

        A batch that has begun is finished, so a budget is passed by one batch at most.

        :raises ModelUnusable: it can't be found or loaded, or gives more than one score for a passage.
        """
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(model, device="cpu")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelUnusable(f"cross-encoder {model!r} can't be loaded: {error}") from error
        if self._model.num_labels != 1:
            raise ModelUnusable(f"cross-encoder {model!r} gives {self._model.num_labels} scores a passage, not one")
        self._seconds = seconds

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        ends = monotonic() + self._seconds
        found: list[float] = []
        while len(found) < len(passages) and monotonic() < ends:
            batch = passages[len(found) : len(found) + BATCH]
            scores = self._model.predict([(question, passage) for passage in batch], show_progress_bar=False)
            found += [float(score) for score in scores]
        return found
