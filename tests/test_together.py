"""Questions that come together are encoded together."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np
import pytest

from index.embedding import EncodedQuestion
from index.embedding.together import MOST, Together
from tests.fakes import WordEncoder


class Counting(WordEncoder):
    """Notes what it is given in each pass, of which the first waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.passes, self.began, self.go = list[list[str]](), Event(), Event()

    def encode_questions(self, texts: Sequence[str]) -> list[EncodedQuestion]:
        self.passes.append([*texts])
        self.began.set()
        assert self.go.wait(10)
        if "fault" in texts:
            raise ValueError("a fault")
        return super().encode_questions(texts)


class Asking:
    """Threads that ask, one after another, while the first pass is under way."""

    def __init__(self, together: Together) -> None:
        self.given, self._together = dict[str, EncodedQuestion | str](), together
        self._threads: list[Thread] = []

    def ask(self, encoder: WordEncoder, *texts: str) -> None:
        for text in texts:
            self._threads.append(Thread(target=self._ask, args=(encoder, text)))
            self._threads[-1].start()
            _until(lambda: len(self._together._waiting) + len(self.given) + 1 >= len(self._threads))

    def _ask(self, encoder: WordEncoder, text: str) -> None:
        try:
            self.given[text] = self._together.encode(encoder, text)
        except ValueError as fault:
            self.given[text] = str(fault)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


@contextmanager
def busy(encoder: Counting) -> Iterator[Asking]:
    """What is asked inside comes while one question is being encoded."""
    asking = Asking(Together())
    asking.ask(encoder, "first")
    assert encoder.began.wait(10)
    yield asking
    encoder.go.set()
    asking.end()


def test_those_who_come_while_one_is_encoded_are_encoded_in_one_pass() -> None:
    encoder = Counting()
    with busy(encoder) as asking:
        asking.ask(encoder, "red geese", "a balloon", "ships")
    assert encoder.passes == [["first"], ["red geese", "a balloon", "ships"]]
    for text, given in asking.given.items():
        assert isinstance(given, EncodedQuestion)
        [alone] = WordEncoder().encode_questions([text])
        assert (given.spans, given.whole.tolist()) == (alone.spans, alone.whole.tolist())
        np.testing.assert_array_equal(given.tokens, alone.tokens)


def test_of_more_than_a_pass_takes_those_who_came_later_come_in_the_next() -> None:
    encoder = Counting()
    texts = [f"question {n}" for n in range(MOST + 2)]
    with busy(encoder) as asking:
        asking.ask(encoder, *texts)
    assert encoder.passes == [["first"], texts[:MOST], texts[MOST:]]


def test_a_pass_is_of_one_encoder() -> None:
    one, other = Counting(), Counting()
    other.go.set()
    with busy(one) as asking:
        asking.ask(one, "geese")
        asking.ask(other, "ships", "boats")
        asking.ask(one, "foxes")
    assert (one.passes, other.passes) == ([["first"], ["geese"], ["foxes"]], [["ships", "boats"]])


def test_who_is_encoded_beside_a_fault_learns_of_it_and_the_next_goes_on() -> None:
    encoder = Counting()
    with busy(encoder) as asking:
        asking.ask(encoder, "fault", "beside it")
    assert [asking.given["fault"], asking.given["beside it"]] == ["a fault", "a fault"]
    assert isinstance(asking.given["first"], EncodedQuestion)
    asking.ask(encoder, "afterwards")
    asking.end()
    assert isinstance(asking.given["afterwards"], EncodedQuestion)


def _until(holds: Callable[[], bool]) -> None:
    due = monotonic() + 10
    while not holds():
        assert monotonic() < due
        sleep(0.001)


@pytest.mark.parametrize("number", range(3))
def test_many_at_once_each_get_their_own(number: int) -> None:
    encoder, asking = WordEncoder(), Asking(Together())
    texts = [f"word{number} word{n}" for n in range(40)]
    threads = [Thread(target=asking._ask, args=(encoder, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    alone = encoder.encode_questions(texts)
    given = [asking.given[text] for text in texts]
    assert [one.whole.tolist() for one in given if isinstance(one, EncodedQuestion)] == [
        one.whole.tolist() for one in alone
    ]
