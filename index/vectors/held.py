"""The vectors of one state of the store: which passages live, which are nearest, and what is kept of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.vectors.cells import Cells
from index.vectors.halves import widened
from index.vectors.reach import Reach
from index.vectors.segments import Floats, Mask, Numbers, Segment, Stretches

NONE: Numbers = np.empty(0, np.int64)


@dataclass(frozen=True)
class Vectors:
    """The live passages of some segments as of one state of the store: never changed, so safe to search at any time.

    Where there is a ``reach``, only what it does not cover is searched exactly; what it finds is measured exactly.
    """

    pairs: tuple[tuple[Segment, Mask], ...] = ()
    reach: Reach | None = None

    def without(self, numbers: Numbers) -> "Vectors":
        """The same but for these passages."""
        if not len(numbers):
            return self
        gone = {segment.name: rows for segment, _, _, rows in self._located(numbers)}
        pairs = tuple((s, _cleared(live, gone[s.name]) if s.name in gone else live) for s, live in self.pairs)
        return Vectors(pairs, self.reach and self.reach.without(numbers))

    def by_name(self) -> dict[str, tuple[Segment, Mask]]:
        return {segment.name: (segment, live) for segment, live in self.pairs}

    def over(self, cells: Cells | None, known: "Vectors | None" = None, gone: Numbers = NONE) -> "Vectors":
        """The same, searched by way of cells; ``known`` are an earlier state's, of which some passages are gone."""
        before = None if known is None else known.reach
        return replace(self, reach=None if cells is None else Reach.of(cells, self.pairs, before, gone))

    def numbers(self) -> Numbers:
        """Those of all live passages, ascending."""
        return np.sort(np.concatenate([NONE, *(segment.numbers[live] for segment, live in self.pairs)]))

    @cached_property
    def count(self) -> int:
        """How many passages live."""
        return sum(int(np.count_nonzero(live)) for _, live in self.pairs)

    def nearest(self, question: Floats, k: int, allowed: Numbers | None = None) -> tuple[Numbers, Floats]:
        """The ``k`` live passages of highest inner product, best first: their numbers and products.

        ``allowed``, sorted, leaves only these to choose from.
        """
        found = [_search(s, _mask(s, live, allowed), question, k) for s, live in self._measured()]
        if self.reach is not None:
            candidates = self.reach.candidates(question, k, allowed)
            found.append((candidates, self.products(question, candidates)))
        numbers = np.concatenate([np.empty(0, np.int64), *(n for n, _ in found)])
        products = np.concatenate([np.empty(0, np.float32), *(p for _, p in found)])
        best = np.argsort(-products, kind="stable")[:k]
        return numbers[best], products[best]

    def _measured(self) -> Iterator[tuple[Segment, Mask]]:
        """The segments of which all passages are measured, or all that are in no cell, with these."""
        for segment, live in self.pairs:
            beyond = None if self.reach is None else self.reach.beyond[segment.name]
            if self.reach is None:
                yield segment, live
            elif beyond is not None:
                yield segment, live & beyond

    def products(self, question: Floats, numbers: Numbers) -> Floats:
        """Each passage's inner product with the question, shape (numbers,)."""
        out = np.zeros(len(numbers), np.float32)
        for segment, _, here, rows in self._located(numbers):
            out[here] = segment.passages[rows] @ question
        return out

    def passages(self, numbers: Numbers) -> Floats:
        """The vectors of these passages, shape (numbers, dimension); 0 for those that are not here."""
        if not self.pairs:
            return np.zeros((len(numbers), 0), np.float32)
        out = np.zeros((len(numbers), self.pairs[0][0].passages.shape[1]), np.float32)
        for segment, _, here, rows in self._located(numbers):
            out[here] = segment.passages[rows]
        return out

    def likeness(self, numbers: Numbers) -> Floats:
        """The passages' inner products with each other, shape (numbers, numbers)."""
        passages = self.passages(numbers)
        return passages @ passages.T

    def live(self, numbers: Numbers) -> Numbers:
        """Those of the passages that live here, in their order."""
        return numbers[self._lives(numbers)]

    def _lives(self, numbers: Numbers) -> Mask:
        found = np.zeros(len(numbers), bool)
        for _, live, here, rows in self._located(numbers):
            found[here] = live[rows]
        return found

    def lacking(self, numbers: Numbers) -> Numbers:
        """Those of the passages that don't live here, in their order."""
        return numbers[~self._lives(numbers)]

    def lengths(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """How many sentences and how many tokens are kept of each of these passages."""
        sentences, tokens = np.zeros((2, len(numbers)), np.int64)
        for segment, _, here, rows in self._located(numbers):
            sentences[here], tokens[here] = segment.sentence_rows.lengths(rows), segment.token_rows.lengths(rows)
        return sentences, tokens

    def sentences(self, numbers: Numbers) -> tuple[Floats, Numbers]:
        """The sentence vectors of these passages, one passage's after another, and where each one's end."""
        [vectors], ends = self._gathered(numbers, lambda segment: (segment.sentence_rows, (segment.sentences,)))
        return widened(vectors), ends

    def kept_sentences(self, numbers: Numbers) -> NDArray[np.float16]:
        """The same vectors as they are kept."""
        [vectors], _ = self._gathered(numbers, lambda segment: (segment.sentence_rows, (segment.sentences,)))
        return vectors

    def tokens(self, numbers: Numbers) -> tuple[NDArray[np.uint8], NDArray[np.int16], Numbers]:
        """The token codes of these passages and the sentence of each, one passage's after another; each one's end."""
        (codes, owners), ends = self._gathered(
            numbers, lambda segment: (segment.token_rows, (segment.tokens, segment.owners))
        )
        return codes, owners, ends

    def _gathered(
        self, numbers: Numbers, part: Callable[[Segment], tuple[Stretches, tuple[NDArray[Any], ...]]]
    ) -> tuple[list[NDArray[Any]], Numbers]:
        """Arrays of which each passage has a stretch, with those of these passages one behind another."""
        patterns = part(self.pairs[0][0])[1] if self.pairs else (np.empty(0),) * 2
        found: list[list[NDArray[Any]]] = [[array[:0]] for array in patterns]
        places, lengths = [np.full(1, -1)], np.zeros(len(numbers), np.int64)
        # Slices: one for each passage takes a fifth of the time that a place for each row does.
        for segment, _, here, rows in self._located(numbers):
            stretches, arrays = part(segment)
            lengths[here] = stretches.lengths(rows)
            slices = [*map(slice, stretches.starts[rows].tolist(), stretches.ends[rows].tolist())]
            for own, array in zip(found, arrays, strict=True):
                own.extend(map(array.__getitem__, slices))
            places.append(here)
        order = np.argsort(np.concatenate(places)).tolist()
        return [np.concatenate([*map(own.__getitem__, order)]) for own in found], np.cumsum(lengths)

    def _located(self, numbers: Numbers) -> Iterator[tuple[Segment, Mask, Numbers, Numbers]]:
        """For each segment that holds some of the passages: its live rows, which of them (positions), in which rows."""
        firsts, lasts = self._ends
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        begins, ends = np.searchsorted(ordered, firsts), np.searchsorted(ordered, lasts, side="right")
        for i in np.flatnonzero(ends > begins).tolist():
            segment, live = self.pairs[i]
            held, rows = segment.rows_of(ordered[begins[i] : ends[i]])
            if len(rows):
                yield segment, live, order[begins[i] : ends[i]][held], rows

    @cached_property
    def _ends(self) -> tuple[Numbers, Numbers]:
        """Each segment's first number and last."""
        firsts = [segment.first for segment, _ in self.pairs]
        return np.array(firsts, np.int64), np.array([segment.last for segment, _ in self.pairs], np.int64)


def _cleared(live: Mask, rows: Numbers) -> Mask:
    out = live.copy()
    out[rows] = False
    return out


def _mask(segment: Segment, live: Mask, allowed: Numbers | None) -> Mask:
    return live if allowed is None else live & segment.among(allowed)


def _search(segment: Segment, mask: Mask, question: Floats, k: int) -> tuple[Numbers, Floats]:
    k = min(k, int(np.count_nonzero(mask)))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    bits = np.packbits(mask, bitorder="little")
    selector = None if mask.all() else faiss.IDSelectorBitmap(bits)
    products, rows = segment.index.search(question[None, :], k, params=faiss.SearchParameters(sel=selector))
    return segment.numbers[rows[0]], products[0]
