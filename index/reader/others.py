"""Readers of others, by name: question-answering models of transformers, and CrossEncoders of sentence-transformers."""

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from index.errors import ModelUnusable
from index.reader.reading import Enough, Extract, Reader, Told, extract, never, read_in_time
from index.reader.spans import span_scores, uniform
from index.records import Span

if TYPE_CHECKING:
    from tokenizers import Encoding

# Where neither model nor tokenizer says how much it reads.
LONGEST = 512
FAULTS_OF_LOADING = (OSError, ValueError, KeyError, RuntimeError)


def named_reader(model: str, seconds: float) -> Reader:
    """The reader in the folder ``model``, or of that name on the hub; ``seconds`` bound each question's reading.

    :raises ModelUnusable: it can't be found or loaded, or is no reader.
    """
    try:
        from transformers import AutoConfig
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise ModelUnusable(f"it needs PyTorch and transformers, which are not here: {error}") from error

    silence: Callable[[], None] = logging.disable_progress_bar
    silence()
    try:
        architectures = AutoConfig.from_pretrained(model).architectures or ["unknown model"]
        if architectures[0].endswith("ForQuestionAnswering"):
            return QuestionAnsweringReader(model, seconds)
        if architectures[0].endswith("ForSequenceClassification"):
            return CrossEncoderReader(model, seconds)
    except FAULTS_OF_LOADING as error:
        raise ModelUnusable(f"the reader {model!r} can't be loaded: {error}") from error
    raise ModelUnusable(f"{model!r}, a {architectures[0]}, is neither a question-answering model nor a CrossEncoder")


class QuestionAnsweringReader:
    """A model of start and end logits on the CPU. It "answers" by how much better its best span is than none, which is
    at the first special piece in models that know questions without an answer (Devlin and others, 2019)."""

    calibrated = False

    def __init__(self, model: str, seconds: float) -> None:
        """``seconds`` bound each question's reading.

        :raises ModelUnusable: its tokenizer does not say where in a text its pieces stand.
        """
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._model: Any = AutoModelForQuestionAnswering.from_pretrained(model, dtype=torch.float32).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model)
        if not self._tokenizer.is_fast:
            raise ModelUnusable(f"the tokenizer of the reader {model!r} does not say where its pieces stand")
        places = getattr(self._model.config, "max_position_embeddings", None) or LONGEST
        self._longest = min(self._tokenizer.model_max_length, places, LONGEST)
        self._seconds = seconds

    def read(self, question: str, passages: Sequence[Told], enough: Enough = never) -> list[Extract]:
        return read_in_time((self._extract(question, told) for told in passages), self._seconds, enough)

    def _extract(self, question: str, told: Told) -> Extract:
        import torch

        whole = told.whole
        seen = self._tokenizer(question, whole, truncation=True, max_length=self._longest, return_tensors="pt")
        with torch.inference_mode():
            out = self._model(**seen)
        start, end = out.start_logits[0].numpy(), out.end_logits[0].numpy()
        pieces = _pieces(seen.encodings[0], whole, len(whole) - len(told.text))
        places = list(pieces)
        scores = span_scores(told.text, list(pieces.values()), start[places], end[places])
        return extract(told, list(pieces.values()), scores, float(scores.max(initial=-inf) - start[0] - end[0]))


def _pieces(seen: "Encoding", whole: str, text_starts: int) -> dict[int, Span]:
    """The places of the pieces of a passage's text, and the spans of that text at which they stand."""
    pieces = {}
    for place, (sequence, (start, end)) in enumerate(zip(seen.sequence_ids, seen.offsets, strict=True)):
        # Some tokenizers count the space before a word as the word's.
        begin = end - len(whole[start:end].lstrip())
        if sequence == 1 and text_starts <= begin < end:
            pieces[place] = Span(begin - text_starts, end - text_starts)
    return pieces


class CrossEncoderReader:
    """A CrossEncoder (Nogueira and Cho, 2019) on the CPU. It knows which passage answers, but not with which words."""

    calibrated = False

    def __init__(self, model: str, seconds: float) -> None:
        """``seconds`` bound each question's reading.

        :raises ModelUnusable: it gives more than one score for a passage.
        """
        from sentence_transformers import CrossEncoder

        self._model = CrossEncoder(model, device="cpu")
        if self._model.num_labels != 1:
            raise ModelUnusable(f"the reader {model!r} gives {self._model.num_labels} scores a passage, not one")
        self._seconds = seconds

    def read(self, question: str, passages: Sequence[Told], enough: Enough = never) -> list[Extract]:
        return read_in_time((self._extract(question, told) for told in passages), self._seconds, enough)

    def _extract(self, question: str, told: Told) -> Extract:
        from torch.nn import Identity

        [answers] = self._model.predict([(question, told.whole)], activation_fn=Identity(), show_progress_bar=False)
        return Extract(float(answers), None, -inf, -inf, uniform(len(told.sentences)))
