"""Readers by name, as tiny random models that are saved as real ones are."""

import socket
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Metaspace, PreTokenizer, Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

from index.errors import ModelUnusable
from index.reader.others import CrossEncoderReader, QuestionAnsweringReader, named_reader
from index.reader.reading import Reader, Told
from index.records import Span
from service import opening
from service.settings import Settings

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "why", "balloon", "rain", "fell", "rose", "."]
HOUR = 3600
PLACES = 32
TOLD = Told("why rain", "rain fell. balloon rose.", (Span(0, 10), Span(11, 24)))
# [CLS] why balloon [SEP] why rain rain fell . balloon rose . [SEP]
SEEN = [2, 4, 5, 3, 4, 6, 6, 7, 9, 5, 8, 9, 3]
KINDS = [0] * 4 + [1] * 9
TEXT = slice(6, 12)


def saved(folder: Path, kind: type[Any], labels: int = 2, words: PreTokenizer | None = None) -> str:
    """A tiny random model with its tokenizer."""
    torch.manual_seed(5)
    vocabulary = {word: i for i, word in enumerate([*WORDS, *(f"\u2581{word}" for word in WORDS[4:])])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = words or Whitespace()
    special = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    named: Any = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    named["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    sizes: Any = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    sizes |= {"vocab_size": len(vocabulary), "max_position_embeddings": PLACES, "num_labels": labels}
    kind(BertConfig(**sizes, initializer_range=1.0)).save_pretrained(folder)
    return str(folder)


def loaded(folder: str, kind: type[Any]) -> Any:
    return kind.from_pretrained(folder).eval()


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("answerer"), BertForQuestionAnswering)


@pytest.fixture(scope="module")
def crosser(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("crosser"), BertForSequenceClassification, labels=1)


# Models of spans


def test_a_question_answering_model_answers_by_its_best_span_against_none(answerer: str) -> None:
    reader = named_reader(answerer, HOUR)
    assert isinstance(reader, QuestionAnsweringReader)
    with torch.inference_mode():
        out = loaded(answerer, BertForQuestionAnswering)(torch.tensor([SEEN]), token_type_ids=torch.tensor([KINDS]))
    start, end = out.start_logits[0].numpy(), out.end_logits[0].numpy()
    sums = start[TEXT, None] + end[None, TEXT]
    spans = {(i, j): sums[i, j] for i in range(6) for j in range(i, 6) if (i, j) not in {(2, 2), (5, 5)}}
    first, last = max(spans, key=lambda span: spans[span])
    begins, ends = [0, 5, 9, 11, 19, 23], [4, 9, 10, 18, 23, 24]

    [extract] = reader.read("why balloon", [TOLD])

    best = spans[first, last]
    assert extract.answers == pytest.approx(best - start[0] - end[0], abs=1e-4)
    assert extract.span is not None
    assert extract.span.of(TOLD.text) == TOLD.text[begins[first] : ends[last]].removesuffix(".")
    assert extract.score == pytest.approx(-np.log(np.exp(np.array(list(spans.values())) - best).sum()), abs=1e-4)
    here = [max(spans[i, j] for i, j in spans if s <= i and j < s + 3) for s in (0, 3)]
    assert extract.sentences == pytest.approx(np.exp(here) / np.exp(here).sum(), abs=1e-4)


def test_a_piece_with_the_space_before_it_is_of_the_sentence_of_its_word(tmp_path: Path) -> None:
    folder = saved(tmp_path, BertForQuestionAnswering, words=Metaspace())
    told = Told("", "rain balloon", (Span(0, 4), Span(5, 12)))

    [extract] = named_reader(folder, HOUR).read("why", [told])

    assert (extract.sentences > 0).all()
    assert extract.span in {Span(0, 4), Span(5, 12), Span(0, 12)}


def test_of_what_is_longer_than_the_model_has_places_the_first_pieces_are_read(answerer: str) -> None:
    text = "balloon " * 100
    [extract] = named_reader(answerer, HOUR).read("why", [Told("", text, (Span(0, 7), Span(392, 399)))])

    assert extract.sentences.tolist() == [1, 0]
    assert extract.span is not None
    assert extract.span.end < 8 * PLACES


def test_a_passage_without_a_word_has_no_span(answerer: str) -> None:
    [extract] = named_reader(answerer, HOUR).read("why", [Told("rain", "", ())])

    assert (extract.span, extract.score, extract.answers) == (None, -inf, -inf)


# Models of one score


def test_a_cross_encoder_gives_its_logit_and_knows_no_span(crosser: str) -> None:
    reader = named_reader(crosser, HOUR)
    assert isinstance(reader, CrossEncoderReader)
    with torch.inference_mode():
        out = loaded(crosser, BertForSequenceClassification)(torch.tensor([SEEN]), token_type_ids=torch.tensor([KINDS]))

    [extract] = reader.read("why balloon", [TOLD])

    assert extract.answers == pytest.approx(float(out.logits[0, 0]), abs=1e-4)
    assert (extract.span, extract.score, extract.sentences.tolist()) == (None, -inf, [0.5, 0.5])


def test_a_cross_encoder_of_several_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="3 scores a passage"):
        named_reader(saved(tmp_path, BertForSequenceClassification, labels=3), HOUR)


# Both


@pytest.mark.parametrize("kind", ["answerer", "crosser"])
def test_every_passage_is_read_the_same_way_again_and_one_where_there_is_no_time(
    request: pytest.FixtureRequest, kind: str
) -> None:
    folder = request.getfixturevalue(kind)
    passages = [Told("", text, ()) for text in ("balloon", "rain", "balloon rain", "balloon")]

    first, again = (answers(named_reader(folder, HOUR), passages) for _ in range(2))

    assert first == pytest.approx(again)
    assert first[0] == pytest.approx(first[3])
    assert len({round(score, 5) for score in first}) > 1
    assert answers(named_reader(folder, 0), passages) == pytest.approx(first[:1])
    assert len(named_reader(folder, HOUR).read("why", passages, lambda read: len(read) == 2)) == 2


def answers(reader: Reader, passages: list[Told]) -> list[float]:
    return [extract.answers for extract in reader.read("why", passages)]


def test_a_model_of_another_kind_is_refused_with_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="a BertModel, is neither a question-answering model nor a CrossEncoder"):
        named_reader(saved(tmp_path, BertModel), HOUR)


def test_a_model_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="nowhere"):
        named_reader(str(tmp_path / "nowhere"), HOUR)
    with pytest.raises(ModelUnusable, match=str(tmp_path)):
        named_reader(str(tmp_path), HOUR)


def test_a_wrong_setting_is_named_with_its_value_and_nothing_is_looked_for_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "socket", None)
    said = "is no folder here and no model's name, such as maker/model"

    with pytest.raises(ModelUnusable) as refused:
        opening.reader(Settings(reader="nowhere"))
    assert str(refused.value) == f"FOOTNOTE_READER='nowhere': {said}"
    with pytest.raises(ModelUnusable) as refused:
        opening.encoder(Settings(model="nowhere"))
    assert str(refused.value) == f"FOOTNOTE_MODEL='nowhere': {said}"


def test_the_setting_names_a_folder(crosser: str) -> None:
    reader = opening.reader(Settings(reader=crosser, reader_ms=1))

    assert isinstance(reader, CrossEncoderReader)
    assert len(reader.read("why", [TOLD, TOLD])) == 1
