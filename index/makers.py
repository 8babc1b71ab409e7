"""Which model answers: what made the edition that does, and what is to take over from it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from index.embedding import Encoder
from index.errors import IndexMismatch
from index.records import Article, Passage
from index.spelling import in_general_english
from index.states import States
from index.store import Snapshot


@dataclass(frozen=True)
class Maker:
    """What makes editions: a model, the settings that shape passages and vectors, what is searched with a passage."""

    encoder: Encoder
    made_by: Mapping[str, object]
    context: Callable[[Article, Passage], str]

    def differences(self, made_by: Mapping[str, object]) -> list[str]:
        return [
            f"{key} {made_by.get(key)!r}, which is now {value!r}"
            for key, value in self.made_by.items()
            if made_by.get(key) != value
        ]


class Following:
    """The editions of one maker, as questions see them."""

    def __init__(self, maker: Maker, states_of: Callable[[int], States]) -> None:
        self.maker, self._states_of = maker, states_of
        self.states = states_of(maker.encoder.dimension)
        self.knows_word = cache(in_general_english(maker.encoder.pieces))

    def let_go(self) -> None:
        """Keep no file open: those of an edition that answers no longer are gone."""
        self.states = self._states_of(self.maker.encoder.dimension)


class Makers:
    """The makers of one folder's editions: the one it was opened for, and the one whose edition answers.

    Where another edition takes over, ``find`` is asked for what made it: from then on that is used.
    """

    def __init__(self, name: str, wanted: Maker, states_of: Callable[[int], States]) -> None:
        """``name`` says in errors which folder it is; ``states_of`` begins to follow it, given a model's dimension."""
        self.find: Callable[[Mapping[str, object]], Maker | None] = lambda _: None
        self._name, self._states_of = name, states_of
        self._changing, self._edition = threading.Lock(), 0
        self.now = Following(wanted, states_of)
        self._known = [self.now]

    @property
    def wanted(self) -> Maker:
        """What the folder was opened for, whatever answers now."""
        return self._known[0].maker

    def follow(self, snapshot: Snapshot) -> Following:
        """What made the edition that answers; if that has changed, it is what is used from now on.

        :raises IndexMismatch: it is not known, and can't be found.
        """
        edition = snapshot.edition()
        if edition == self._edition:
            return self.now
        made_by = snapshot.made_by(edition) or {}
        with self._changing:
            found = self._know(made_by)
            if found is None:
                differences = ", ".join(self.now.maker.differences(made_by))
                raise IndexMismatch(f"{self._name} was made with {differences}: run `footnote reindex`")
            # A question may still see a state of before.
            if edition > self._edition:
                self._become(found, edition)
            return found

    def prepare_for(self, made_by: Mapping[str, object]) -> None:
        """Have at hand what made an edition that may come to answer; where it can't be found, that is said then."""
        with self._changing:
            self._know(made_by)

    def _become(self, new: Following, edition: int) -> None:
        wanted, before = self._known[0], self.now
        if before is not new:
            before.let_go()
        self._known = [one for one in self._known if one in (wanted, before, new)]
        self.now, self._edition = new, edition

    def _know(self, made_by: Mapping[str, object]) -> Following | None:
        known = (one for one in self._known if not one.maker.differences(made_by))
        if found := next(known, None):
            return found
        if (maker := self.find(made_by)) is None:
            return None
        self._known.append(Following(maker, self._states_of))
        return self._known[-1]
