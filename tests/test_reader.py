"""What every reader does, and the one that is run by onnxruntime, by a model whose outputs can be counted by hand."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, checker, helper, save
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from index.errors import ModelUnusable
from index.ingest import put
from index.reader import reading, shipped
from index.reader.packing import Kind
from index.reader.reading import Enough, Extract, Told, never, read_in_time
from index.reader.shipped import OnnxReader, shipped_reader
from index.reader.spans import uniform
from index.rebuild import open_index
from index.records import Article, Span
from index.search import Hit, Question, search
from service import opening
from service.settings import Settings
from tests.fakes import WordEncoder
from tests.test_packaging import ROOT

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "why", "balloon", "rain", "fell", "rose", "."]
HOUR = 3600
TOLD = Told("balloon news", "rain fell. balloon rose.", (Span(0, 10), Span(11, 24)))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("model") / "counting.onnx")


def saved(file: Path, last: str = "answers") -> Path:
    """A model that starts and ends at each piece of the passage that the question has too, and answers by their number.

    Its last output is called ``last``.
    """
    rows = ("rows", "pieces")
    whole, small = TensorProto.INT64, TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Equal", ["token_type_ids", "shared"], ["is_shared"]),
            helper.make_node("Cast", ["is_shared"], ["start"], to=small),
            helper.make_node("Cast", ["attention_mask"], ["read"], to=small),
            helper.make_node("Mul", ["start", "read"], ["end"]),
            helper.make_node("ReduceSum", ["end", "along"], [last], keepdims=0),
        ],
        "counting",
        [helper.make_tensor_value_info(name, whole, rows) for name in shipped.INPUTS],
        [
            *(helper.make_tensor_value_info(name, small, rows) for name in ("start", "end")),
            helper.make_tensor_value_info(last, small, rows[:1]),
        ],
        [
            helper.make_tensor("shared", whole, [], [Kind.SHARED_PASSAGE]),
            helper.make_tensor("along", whole, [1], [1]),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(made)
    save(made, file)
    return file


def word_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


# The model that is run


def test_an_extract_is_what_the_model_says_of_the_passages_own_pieces(model: Path) -> None:
    [extract] = OnnxReader(model, word_tokenizer(), HOUR).read("why balloon", [TOLD])

    # The context has a balloon too, which counts as an answer but is none.
    assert extract.answers == 2
    assert extract.span == Span(11, 18)
    # Of the 19 spans that hold a word, one begins and ends at "balloon", and 5 begin or end there.
    assert extract.score == pytest.approx(2 - log(exp(2) + 5 * exp(1) + 13))
    assert extract.sentences == pytest.approx([1 / (1 + exp(2)), 1 / (1 + exp(-2))])


def test_each_passage_is_read_by_itself_in_the_order_given(model: Path) -> None:
    reader = OnnxReader(model, word_tokenizer(), HOUR)
    passages = [Told("", text, (Span(0, len(text)),)) for text in ("balloon", "rain", "balloon rain fell balloon")]

    extracts = reader.read("balloon", passages)

    assert [extract.answers for extract in extracts] == [1, 0, 2]
    assert [extract.span for extract in extracts] == [Span(0, 7), Span(0, 4), Span(0, 7)]
    assert [extract.sentences.tolist() for extract in extracts] == [[1], [1], [1]]


def test_a_passage_without_a_word_is_read_all_the_same(model: Path) -> None:
    [extract] = OnnxReader(model, word_tokenizer(), HOUR).read("balloon", [Told("", "", ())])

    assert (extract.answers, extract.span, extract.score, extract.sentences.tolist()) == (0, None, -np.inf, [])


def test_a_file_that_is_no_reader_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"other\.onnx is no reader: .*'input_ids'.* \['end', 'score'"):
        OnnxReader(saved(tmp_path / "other.onnx", last="score"), word_tokenizer(), HOUR)
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelUnusable, match=r"text\.onnx can't be loaded"):
        OnnxReader(tmp_path / "text.onnx", word_tokenizer(), HOUR)


# The model that is shipped


@pytest.fixture
def shipping(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counting model in the place of the shipped one."""
    monkeypatch.setattr(shipped, "MODEL", model)
    monkeypatch.setattr(shipped, "MODEL_SHA256", hashlib.sha256(model.read_bytes()).hexdigest())


@pytest.mark.usefixtures("shipping")
def test_the_shipped_reader_reads_word_pieces_and_answers_in_words() -> None:
    text = "An uninhabitableness was found."
    [extract] = shipped_reader(HOUR).read("uninhabitable?", [Told("", text, (Span(0, len(text)),))])

    assert extract.span is not None
    assert extract.span.of(text) == "uninhabitableness"
    # un, ##in, ##ha, ##bit and ##able are the question's too.
    assert extract.answers == 5


@pytest.mark.usefixtures("shipping")
def test_of_what_is_longer_than_the_model_reads_the_first_pieces_are_read() -> None:
    text = "geese flew " * 400
    [extract] = shipped_reader(HOUR).read("geese", [Told("", text, (Span(0, 11), Span(2000, 2011), Span(3000, 3011)))])

    # [CLS] geese [SEP] before it, and [SEP] behind it.
    assert extract.answers == (512 - 4) / 2
    assert extract.sentences.tolist() == [0.5, 0.5, 0]


@pytest.mark.usefixtures("shipping")
def test_what_stands_before_a_passage_leaves_it_room_however_long() -> None:
    [extract] = shipped_reader(HOUR).read("geese", [Told("flew " * 600, "geese flew", (Span(0, 10),))])

    assert (extract.answers, extract.span) == (1, Span(0, 5))


@pytest.mark.usefixtures("shipping")
@pytest.mark.parametrize("digest", ["MODEL_SHA256", "TOKENIZER_SHA256"])
def test_files_that_are_not_those_that_were_shipped_are_refused(monkeypatch: pytest.MonkeyPatch, digest: str) -> None:
    monkeypatch.setattr(shipped, digest, "0" * 64)

    with pytest.raises(ModelUnusable, match=r"has the sha256 [0-9a-f]{64}, not 0000.*: install it again"):
        shipped_reader(HOUR)


def test_a_model_that_is_not_there_is_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "MODEL", tmp_path / "reader.onnx")

    with pytest.raises(ModelUnusable, match=r"needs .*reader\.onnx, which can't be read: No such file"):
        shipped_reader(HOUR)


def test_reading_loads_no_pytorch_and_leaves_nothing_in_the_users_folders(model: Path, tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from index.reader.shipped import OnnxReader, embedders_tokenizer
from index.reader.reading import Told
reader = OnnxReader(Path({str(model)!r}), embedders_tokenizer(), 1)
print(reader.read("geese", [Told("", "Geese fly.", ())])[0].span, "torch" in sys.modules)
"""
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("Span(start=0, end=5) False\n", "")
    # onnxruntime keeps what it means to send in the user's cache.
    assert list(tmp_path.iterdir()) == []


# How long it reads


class Clock:
    """A clock on which each reading takes as long as it says."""

    def __init__(self, *seconds: float) -> None:
        self.now, self.seconds = 100.0, seconds

    def __call__(self) -> float:
        return self.now

    def extracts(self) -> Iterator[Extract]:
        for i, seconds in enumerate(self.seconds):
            self.now += seconds
            yield answering(float(i))


def answering(answers: float) -> Extract:
    return Extract(answers, None, -np.inf, -np.inf, uniform(0))


@pytest.mark.parametrize(
    ("took", "seconds", "read"),
    [
        ([1, 1, 1], 3, 3),
        ([1, 1, 1, 1], 3.5, 3),
        ([2, 1, 1, 1], 4.5, 2),
        ([1, 1], 0, 1),
        ([5, 1], 3, 1),
        ([], 3, 0),
    ],
)
def test_no_reading_is_begun_that_would_pass_the_time_and_one_always_is(
    monkeypatch: pytest.MonkeyPatch, took: list[float], seconds: float, read: int
) -> None:
    clock = Clock(*took)
    monkeypatch.setattr(reading, "monotonic", clock)

    assert [one.answers for one in read_in_time(clock.extracts(), seconds, never)] == list(range(read))


def test_reading_stops_where_the_rest_cant_win(model: Path) -> None:
    def enough(read: Sequence[Extract]) -> bool:
        return read[-1].answers > 0

    passages = [Told("", text, ()) for text in ("rain", "balloon", "rain", "balloon")]

    assert len(OnnxReader(model, word_tokenizer(), HOUR).read("balloon", passages, enough)) == 2
    assert len(OnnxReader(model, word_tokenizer(), 0).read("balloon", passages)) == 1


# What is done with it


class Backwards:
    """Prefers what came last, and reads but two."""

    calibrated = False

    def __init__(self) -> None:
        self.told: list[Told] = []

    def read(self, _: str, passages: Sequence[Told], _enough: Enough = never) -> list[Extract]:
        self.told = list(passages)
        return [
            replace(answering(8.0 * place), sentences=uniform(len(told.sentences)))
            for place, told in enumerate(passages[:2])
        ]


def test_what_is_read_is_put_in_the_readers_order_and_the_rest_stays_behind(tmp_path: Path) -> None:
    index, reader = open_index(tmp_path, WordEncoder()), Backwards()
    for id, text in (("a", "A balloon. Rain."), ("b", "A balloon. Wind."), ("c", "A balloon. Snow.")):
        put(index, Article(id, "x", text))
    fast = [hit.article.id for hit in search(index, Question("balloon")).hits]
    index.reader = reader

    careful = [hit.article.id for hit in search(index, Question("balloon", effort="careful")).hits]

    assert careful == [fast[1], fast[0], fast[2]]
    assert [hit.article.id for hit in search(index, Question("balloon", effort="fast")).hits] == fast
    told = {told.text: [sentence.of(told.text) for sentence in told.sentences] for told in reader.told}
    assert told["A balloon. Rain."] == ["A balloon.", "Rain."]


class Pointing:
    """Finds the same word in every passage, so sure that it answers."""

    calibrated = True

    def __init__(self, word: str, answers: float) -> None:
        self.word, self.answers, self.asked = word, answers, list[str]()

    def read(self, question: str, passages: Sequence[Told], _enough: Enough = never) -> list[Extract]:
        self.asked.append(question)
        start = passages[0].text.index(self.word)
        sentences = uniform(len(passages[0].sentences))
        return [Extract(self.answers, Span(start, start + len(self.word)), 0.0, 1.0, sentences)]


def test_what_ranking_alone_has_is_told_before_the_reader_changes_it(tmp_path: Path) -> None:
    index = open_index(tmp_path, WordEncoder())
    index.reader = Backwards()
    for id, text in (("a", "A balloon. Rain."), ("b", "A balloon. Wind.")):
        put(index, Article(id, "x", text))
    told: list[list[str]] = []

    def ranked(hits: Sequence[Hit]) -> None:
        told.append([hit.article.id for hit in hits])

    fast = [hit.article.id for hit in search(index, Question("balloon"), ranked=ranked).hits]
    careful = [hit.article.id for hit in search(index, Question("balloon", effort="careful"), ranked=ranked).hits]

    assert told == [fast]
    assert careful == fast[::-1]
    index.close()


@pytest.mark.parametrize(
    ("word", "answers", "short"), [("Ruiz", 1.0, "Ruiz"), ("Ruiz", -3.0, None), ("balloon", 1.0, None)]
)
def test_few_words_are_given_where_they_answer_and_say_more_than_the_question(
    tmp_path: Path, word: str, answers: float, short: str | None
) -> None:
    index, text = open_index(tmp_path, WordEncoder()), "Ruiz saw the balloon."
    put(index, Article("a", "x", text))
    index.reader = Pointing(word, answers)

    found = search(index, Question("who saw a balloon", effort="careful")).short

    assert (found and found.sentence.of(text)) == short


def test_several_questions_in_one_are_not_read_since_each_passage_would_answer_but_one(tmp_path: Path) -> None:
    index, reader = open_index(tmp_path, WordEncoder()), Pointing("Ruiz", 1.0)
    put(index, Article("a", "x", "Ruiz saw the balloon over the harbour."))
    index.reader = reader

    search(index, Question("Who saw the balloon? What is the capital of Peru?", effort="careful"))
    search(index, Question("Who saw the balloon?", effort="careful"))

    assert reader.asked == ["Who saw the balloon?"]


@pytest.mark.usefixtures("shipping")
def test_the_setting_says_which_reader_there_is() -> None:
    assert opening.reader(Settings(reader="none")) is None
    assert opening.reader(Settings(reader="shipped", reader_ms=0)) is None
    assert isinstance(opening.reader(Settings(reader="shipped")), OnnxReader)


def test_who_asks_gets_a_reader_and_who_writes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Backwards()
    monkeypatch.setattr(opening, "encoder", lambda _: WordEncoder())
    monkeypatch.setattr(opening, "reader", lambda _: chosen)
    settings = Settings(data=tmp_path)

    readers = []
    for opened in (opening.open_to_write, opening.open_to_read, opening.open_to_serve):
        with closing(opened(settings)) as index:
            readers.append(index.reader)

    assert readers == [None, chosen, chosen]
