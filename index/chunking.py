"""Blocks of a text → passages of whole sentences, with offsets.

A passage never holds furniture, never crosses a heading or a change of story, and never overlaps another; together the
passages hold everything else that is not blank.
"""

import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import nupunkt

from index.records import Block, Passage, Span

Pieces = Callable[[str], Sequence[tuple[int, int]]]

LONGEST_PIECE = 20  # characters; no vocabulary has longer ones, so such a piece is a word that the model gave up on
FURTHEST_JOINED = 64  # characters looked back over for the start of a grapheme cluster
TINY = 8  # a unit below this part of ``Limits.join`` is too little to stand alone

# Marks that need no space after them: Chinese, Japanese, Arabic and Devanagari.
_FULL_STOPS = "\u3002\uff01\uff1f\u061f\u0964"
_COMMAS = "\uff1b\uff1a\uff0c\u3001\u060c"
_CLOSING = r"[\"'”’)\]»\u300d\u300f\uff09]*"
_STOP = re.compile(rf"[.!?…]{_CLOSING}(?=\s)|[{_FULL_STOPS}]+{_CLOSING}")
_CLAUSE = re.compile(rf"[;:,]{_CLOSING}(?=\s)|[—–](?!\d)|[{_COMMAS}]")
_SPACE = re.compile(r"\s+")
_PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\r?\n\s*|\n(?=\s*[•*\-–]\s)")
_INTRODUCES = (":", "\uff1a")

# What nupunkt misses: stops without a space after them, and a quotation that opens after a sentence.
_MORE_ENDS = re.compile(
    rf"[{_FULL_STOPS}]+{_CLOSING}|(?<=[a-z]{{3}})[.!?]\s+(?=[\"“][A-Z])"
    r"|(?<=[^\W\d_]{3})[.!?]\s+(?=[„«»]\s?[^\W\d_a-z])"
)
# What it takes for an end: initials before a name ("U.S. Secretary of State"). Only such a word begins a sentence
# behind initials.
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}\s*$")
_BEGINS = re.compile(
    r"[\"“‘'(]*(?:The|An?|And|But|Or|So|Yet|In|On|At|As|By|For|From|To|With|After|Before|During|While|When|If|Since|"
    r"Although|Though|Because|However|Meanwhile|Also|Then|Now|Still|I|You|He|She|It|We|They|His|Her|Its|Our|Their|"
    r"My|This|That|These|Those|There|Here|What|Who|Which|Where|Why|How|Some|Many|Most|Both|All|No|Not|One)\b"
)
_ZERO_WIDTH_JOINER = "\u200d"
_EVERY_SPACE = {ord(c): " " for c in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"}


@dataclass(frozen=True)
class Limits:
    """What a passage may hold: ``tokens`` word pieces and ``characters``. Neighbours join up to ``join`` word pieces;
    no sentence is longer than ``highlight`` characters."""

    tokens: int = 230
    characters: int = 2000
    join: int = 200
    highlight: int = 300


Part = tuple[Span, ...]  # sentences in order, at least one


class _Ruler:
    """Measures any stretch of a text in word pieces, from one look at the whole of it."""

    def __init__(self, text: str, pieces: Pieces) -> None:
        self.text = text
        spelled = sorted(span for piece in pieces(text) for span in _spelled(*piece))
        self.starts = [start for start, _ in spelled]
        self.ends = [end for _, end in spelled]

    def tokens(self, span: Span) -> int:
        """Word pieces that lie in a span, if only in part."""
        return max(0, bisect_left(self.starts, span.end) - bisect_right(self.ends, span.start))

    def reach(self, start: int, tokens: int) -> int:
        """The end of the longest stretch from ``start`` within so many word pieces."""
        i = bisect_right(self.ends, start) + tokens
        return self.starts[i] if i < len(self.starts) else len(self.text)


def _spelled(start: int, end: int) -> Iterable[tuple[int, int]]:
    """A word that the model gave up on counts a piece a character, as parts of it may be read so."""
    return [(start, end)] if end - start <= LONGEST_PIECE else [(i, i + 1) for i in range(start, end)]


def cut(text: str, blocks: Sequence[Block], pieces: Pieces, limits: Limits) -> tuple[Passage, ...]:
    """The passages of a text, in order, each within ``limits``.

    ``pieces`` gives the word pieces of a text as (start, end) in code points, without special tokens; it is asked once.
    """
    ruler = _Ruler(text, pieces)
    passages: list[Passage] = []
    for section in _sections(blocks):
        units = [_divided(ruler, unit, limits) for unit in _units(section)]
        parts = _joined(ruler, units, limits)
        passages += (Passage(_whole(p), _highlights(ruler, p, limits), section[0].story > 0) for p in parts)
    return tuple(passages)


# Blocks


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks between which no passage has to end: one story, no furniture inside, headings at the start only."""
    section: list[Block] = []
    for block in blocks:
        if section and _parts_from(section[-1], block):
            yield section
            section = []
        if block.role != "furniture":
            section.append(block)
    if section:
        yield section


def _parts_from(before: Block, block: Block) -> bool:
    headed = block.role == "heading" and before.role != "heading"
    return block.role == "furniture" or headed or block.story != before.story


def _units(section: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks that belong together: headings and what follows them, an introducing line and its list."""
    unit: list[Block] = []
    for block in section:
        if unit and not block.tied and unit[-1].role != "heading":
            yield unit
            unit = []
        unit.append(block)
    yield unit


def _joined(ruler: _Ruler, units: Sequence[list[Part]], limits: Limits) -> Iterator[Part]:
    """The parts of a section, short whole units joined with their neighbours."""
    held: Part = ()
    for unit in units:
        if held and len(unit) == 1 and _may_join(ruler, held, unit[0], limits):
            held += unit[0]
            continue
        if held:
            yield held
        yield from unit[:-1]
        held = unit[-1] if len(unit) == 1 else ()
        if len(unit) > 1:
            yield unit[-1]
    if held:
        yield held


def _may_join(ruler: _Ruler, held: Part, unit: Part, limits: Limits) -> bool:
    tiny = min(ruler.tokens(_whole(held)), ruler.tokens(_whole(unit))) * TINY < limits.join
    most = limits.tokens if tiny else min(limits.join, limits.tokens)
    return _fits(ruler, _whole(held + unit), most, limits.characters)


# Units


def _divided(ruler: _Ruler, unit: Sequence[Block], limits: Limits) -> list[Part]:
    """A unit whole where it fits, else the fewest parts of whole sentences, as even as can be."""
    atoms = _atoms(ruler, unit, limits)
    whole = tuple(sentence for atom in atoms for sentence in atom)
    return [whole] if _fits(ruler, _whole(whole), limits.tokens, limits.characters) else _evenly(ruler, atoms, limits)


def _atoms(ruler: _Ruler, unit: Sequence[Block], limits: Limits) -> list[Part]:
    """The sentences of a unit, a heading or an introducing line together with the first sentence after it."""
    atoms: list[Part] = []
    leads = False
    for block in unit:
        for sentence in _sentences(ruler, block, limits):
            if leads and _fits(ruler, Span(atoms[-1][0].start, sentence.end), limits.tokens, limits.characters):
                atoms[-1] += (sentence,)
            else:
                atoms.append((sentence,))
            leads = False
        leads = block.role == "heading" or ruler.text[block.span.end - 1] in _INTRODUCES
    return atoms


def _evenly(ruler: _Ruler, atoms: Sequence[Part], limits: Limits) -> list[Part]:
    """Atoms in the fewest parts that fit, and of those the most even: the least sum of squared lengths."""
    first = [bisect_right(ruler.ends, atom[0].start) for atom in atoms]
    last = [bisect_left(ruler.starts, atom[-1].end) for atom in atoms]
    best = [(0, 0, 0)]  # parts, squared lengths, where the last part begins: over the atoms before this place
    for end in range(1, len(atoms) + 1):
        choices: list[tuple[int, int, int]] = []
        for start in range(end - 1, -1, -1):
            tokens = last[end - 1] - first[start]
            characters = atoms[end - 1][-1].end - atoms[start][0].start
            if choices and (tokens > limits.tokens or characters > limits.characters):
                break
            choices.append((best[start][0] + 1, best[start][1] + tokens**2, start))
        best.append(min(choices))
    return _traced(atoms, [start for _, _, start in best])


def _traced(atoms: Sequence[Part], begins: Sequence[int]) -> list[Part]:
    parts, end = [], len(atoms)
    while end:
        parts.append(tuple(sentence for atom in atoms[begins[end] : end] for sentence in atom))
        end = begins[end]
    return parts[::-1]


def _whole(part: Part) -> Span:
    return Span(part[0].start, part[-1].end)


def _fits(ruler: _Ruler, span: Span, tokens: int, characters: int) -> bool:
    return span.end - span.start <= characters and ruler.tokens(span) <= tokens


# Sentences


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences of any text, as spans of it; none goes over a blank line or into another item of a list."""
    edges = [0, *(match.end() for match in _PARAGRAPH_ENDS.finditer(text)), len(text)]
    return tuple(one for start, end in pairwise(edges) for one in _punctuated(text, Span(start, end)))


def _sentences(ruler: _Ruler, block: Block, limits: Limits) -> Iterator[Span]:
    """The sentences of a block, one too long for a passage in pieces; a heading is one."""
    sentences = [block.span] if block.role == "heading" else _punctuated(ruler.text, block.span)
    for sentence in sentences:
        yield from _pieces(ruler, sentence, limits.tokens, limits.characters)


def _punctuated(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    for end in _sentence_ends(span.of(text).translate(_EVERY_SPACE)):
        yield from _stripped(text, start, span.start + end)
        start = span.start + end


def _sentence_ends(said: str) -> list[int]:
    """Where sentences end, ``said`` having no white space but spaces: nupunkt sees no end before CRLF."""
    ends = {end for _, end in nupunkt.sent_spans(said) if not _amid_a_name(said, end)}
    return sorted(ends | {match.end() for match in _MORE_ENDS.finditer(said)})


def _amid_a_name(said: str, end: int) -> bool:
    return end < len(said) and bool(_INITIALS.search(said[max(0, end - 16) : end])) and not _BEGINS.match(said, end)


def _highlights(ruler: _Ruler, part: Part, limits: Limits) -> tuple[Span, ...]:
    return tuple(piece for sentence in part for piece in _pieces(ruler, sentence, limits.tokens, limits.highlight))


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space at its ends, or nothing."""
    said = text[start:end]
    if said.strip():
        yield Span(start + len(said) - len(said.lstrip()), start + len(said.rstrip()))


def _pieces(ruler: _Ruler, span: Span, tokens: int, characters: int) -> Iterator[Span]:
    """A sentence as it is where it fits, else cut where it hurts least, into pieces of like length."""
    while span.end - span.start > 1 and not _fits(ruler, span, tokens, characters):
        at = _break(ruler, span, tokens, characters)
        yield from _stripped(ruler.text, span.start, at)
        (span,) = _stripped(ruler.text, at, span.end)
    yield span


def _break(ruler: _Ruler, span: Span, tokens: int, characters: int) -> int:
    """Where to cut first: after a stop, else a clause, else a word, else between characters."""
    furthest = max(span.start + 1, min(span.start + characters, ruler.reach(span.start, tokens)))
    count = max(math.ceil((span.end - span.start) / characters), math.ceil(ruler.tokens(span) / tokens))
    ideal = span.start + math.ceil((span.end - span.start) / count)
    for pattern, least in ((_STOP, 3), (_CLAUSE, 3), (_SPACE, 3), (_SPACE, None)):
        lowest = span.start + (ideal - span.start) // least if least else span.start
        if places := [place for place in _places(ruler.text, pattern, lowest, furthest) if place > span.start]:
            return min(places, key=lambda place: abs(place - ideal))
    return _between_characters(ruler, span.start, min(ideal, furthest))


def _places(text: str, pattern: re.Pattern[str], lowest: int, furthest: int) -> list[int]:
    """Ends of stops and clauses, beginnings of spaces. One more character is looked at, as a space must follow."""
    found = pattern.finditer(text, lowest, furthest + 1)
    ends = (match.start() if pattern is _SPACE else match.end() for match in found)
    return [end for end in ends if end <= furthest]


def _between_characters(ruler: _Ruler, start: int, at: int) -> int:
    """A place at or before ``at``, at the start of a word piece and of a grapheme cluster where one is near."""
    piece = ruler.starts[max(0, bisect_right(ruler.starts, at) - 1)] if ruler.starts else at
    at = piece if at - LONGEST_PIECE <= piece and piece > start else at
    for place in range(at, max(start, at - FURTHEST_JOINED), -1):
        if not _inside_cluster(ruler.text, start, place):
            return place
    return at


def _inside_cluster(text: str, start: int, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if _ZERO_WIDTH_JOINER in (before, after) or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters(text, start, place) % 2 == 1
    return unicodedata.category(after).startswith("M")


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters(text: str, start: int, place: int) -> int:
    at = place
    while at > start and _is_flag_letter(text[at - 1]):
        at -= 1
    return place - at
