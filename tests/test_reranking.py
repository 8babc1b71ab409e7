from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from index.errors import ModelUnusable
from index.ingest import put
from index.rebuild import open_index
from index.records import Article
from index.reranking import CrossEncoderReranker
from index.search import Question, search
from tests.fakes import WordEncoder

WORDS = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "why": 4, "balloon": 5, "rain": 6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny"), labels=1)


def saved(folder: Path, labels: int) -> Path:
    """A tiny random cross-encoder, saved as sentence-transformers saves one."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(5)
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    named: Any = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    sizes: Any = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(WORDS), initializer_range=1.0, **sizes | {"num_labels": labels})
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_every_passage_gets_a_score_and_the_same_one_again(folder: Path) -> None:
    reranker = CrossEncoderReranker(str(folder), seconds=60)
    passages = ["balloon", "rain", "balloon rain", "rain rain", "balloon"]

    first = reranker.scores("why", passages)

    assert first == pytest.approx(reranker.scores("why", passages))
    assert first[0] == pytest.approx(first[4])
    assert len({round(score, 6) for score in first[:3]}) == 3


def test_no_time_means_nothing_read(folder: Path) -> None:
    assert CrossEncoderReranker(str(folder), seconds=0).scores("why", ["balloon"]) == []


def test_a_model_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="nowhere"):
        CrossEncoderReranker(str(tmp_path / "nowhere"), seconds=1)


def test_a_model_of_several_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="3 scores a passage"):
        CrossEncoderReranker(str(saved(tmp_path, labels=3)), seconds=1)


class Backwards:
    """Prefers what came last, and reads but two."""

    def scores(self, _: str, passages: Any) -> list[float]:
        return [float(place) for place, _ in enumerate(passages[:2])]


def test_what_is_read_is_put_in_the_readers_order_and_the_rest_stays_behind(tmp_path: Path) -> None:
    index = open_index(tmp_path, WordEncoder())
    for id, text in (("a", "balloon balloon"), ("b", "balloon rain"), ("c", "balloon rain wind snow")):
        put(index, Article(id, "x", text))
    fast = [hit.article.id for hit in search(index, Question("balloon")).hits]
    index.reranker = Backwards()

    careful = [hit.article.id for hit in search(index, Question("balloon", effort="careful")).hits]

    assert careful == [fast[1], fast[0], fast[2]]
    assert [hit.article.id for hit in search(index, Question("balloon", effort="fast")).hits] == fast
