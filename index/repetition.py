"""Paragraphs that one publisher repeats → which of them are furniture of its pages, whatever their words.

That a paragraph is repeated is not enough: reprints and corrections repeat a whole story, and a story's background or a
quotation may stand in several. Furniture stands in stories that are otherwise different, and either speaks for the site
("our newsletter", "this article first appeared") or has nothing to do with the story that it closes or opens. Where it
speaks for the site, numbers and names in it may vary. A mistake costs a story its words, a miss but a little noise: in
doubt it stays.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import takewhile
from unicodedata import normalize
from urllib.parse import urlsplit

from index.english import FUNCTION_WORDS, word_set
from index.records import Article, Block, Part, Passage, Span, Unit

# What stands in so many articles is looked at.
FEWEST = 3
# The articles that are looked at are no more than that, and no more of a publisher's are counted.
LOOKED_AT, COUNTED = 12, 2048

LONGEST = 400  # characters; a longer paragraph is prose
FIXED, FIXED_SHARE = 3, 0.5  # lower-case words beside the masks: so many at least, and such a share
LITTLE = 5  # words: an article without so many of its own tells no other story
MOST = 0.5  # of an article's words: a story that shares these with another is the same
REWRITTEN = 0.5  # of the word triples of what is left: the same story, edited
MARGIN = 0.8  # of the articles in which it stands: a paragraph closes or opens the page
RELATED = 0.5  # of its telling words, in the rest of the article: a paragraph belongs to the story

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDED = re.compile(r"[.!?…\u3002\uff01\uff1f][\"'”’)\]»]*$")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|@\w+")
# How a site speaks for itself, to its reader or of its own pages; each of these is rare in a story.
_SPEAKS = re.compile(
    r"""(?:\b(?:sign(?:ing)?[ ]up|(?:un)?subscribe|subscriptions?|newsletters?|inbox|your[ ]e-?mail|mailing[ ]list
    |follow[ ](?:us|me|our|@)|share[ ](?:this|on|via)|join[ ](?:us|our|the[ ]conversation)|stay[ ](?:informed|up[ ]to)
    |click|tap[ ]here|scroll|download[ ](?:our|the)|log[ ]?in|sign[ ]in|cookies?|don['’]t[ ]miss|never[ ]miss
    |leave[ ]a|comments?[ ](?:below|section|are)|what[ ]do[ ]you[ ]think|have[ ]a[ ](?:tip|story|view)|news[ ]tips?
    |contact[ ]us|(?:e-?mail|write[ ]to|text|tell|send)[ ](?:us|me)|let[ ]us[ ]know
    |advertise(?:ments?)?|sponsored|donate|donations?|support[ ](?:us|our|independent)|readers[ ]like[ ]you|become[ ]a
    |read[ ](?:more|also|next|the[ ]full)|more[ ](?:from|stories|on[ ]this)|breaking[ ]news[ ]alerts?
    |listen[ ]to[ ](?:this|our)|watch[ ](?:our|the[ ]video)|captions?|all[ ]times[ ]are
    |copyright|rights[ ]reserved|terms[ ](?:of|and)|privacy[ ]policy|permission|republish(?:ed)?|reproduced|syndicated
    |(?:first|originally)[ ](?:appeared|published)|this[ ](?:article|story|post|report|column|page|website|site)
    |(?:reporting|editing|writing|edited|compiled|photographs?|photos?|pictures?|illustrations?|graphics?)[ ]by
    |additional[ ]reporting|contributed[ ]to|about[ ]the[ ]author|covers[ ](?:\w+[ ]){1,5}for
    |is[ ]an?[ ](?:\w+[ ]){0,3}(?:reporter|correspondent|journalist|editor|columnist|contributor)
    |our[ ](?:reporters?|journalis[mt]s?|team|readers?|coverage|website|site|app|newsroom|editors?|channels?|podcasts?
        |page|community|daily|weekly))\b)|[©]""",
    re.IGNORECASE | re.VERBOSE,
)


# Each of its alternatives has one of these words; most paragraphs have none, and are soon done with.
_TELLING_WORDS = word_set(
    """
    sign signing subscribe unsubscribe subscription subscriptions newsletter newsletters inbox mail email mailing
    follow share join stay click tap scroll download log login cookie cookies miss leave comment comments think tip tips
    story view contact tell send write text let advertise advertisement advertisements sponsored donate donation
    donations support readers become read more alert alerts listen watch caption captions times copyright rights terms
    privacy permission republish republished reproduced syndicated appeared published article post report column page
    website site reporting editing writing edited compiled photograph photographs photo photos picture pictures
    illustration illustrations graphic graphics contributed author covers reporter reporters correspondent journalist
    journalists journalism editor editors columnist contributor team reader coverage app newsroom channel channels
    podcast podcasts community daily weekly
    """
)
_LETTERS = re.compile(r"[a-z]+")


def publisher(article: Article) -> str:
    """Whose pages an article stands among: its publisher, else the site of its address; empty where nobody knows."""
    return article.source or (urlsplit(article.url).hostname or "" if article.url else "")


def units(article: Article, blocks: Sequence[Block], passages: Sequence[Passage]) -> tuple[Unit, ...]:
    """The paragraphs of an article in order, behind each its sentences that speak for the site."""
    return tuple(_units(article, blocks, passages))


def _units(article: Article, blocks: Sequence[Block], passages: Sequence[Passage]) -> Iterator[Unit]:
    house = publisher(article).casefold()
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    at = 0
    for block in blocks:
        said = block.span.of(article.text)
        yield Unit(_fingerprint(house, said), block.span, _part(block))
        inside: list[Span] = []
        while at < len(sentences) and sentences[at].start < block.span.end:
            inside.append(sentences[at])
            at += 1
        speaking = [span for span in inside if speaks(span.of(article.text))] if speaks_anywhere(said) else []
        if len(inside) > 1 and (len(said) > LONGEST or len(speaking) < len(inside)):
            yield from (Unit(_fingerprint(house, span.of(article.text)), span, "sentence") for span in speaking)


def _part(block: Block) -> Part:
    return "side" if block.story and block.role != "furniture" else block.role


def speaks(said: str) -> bool:
    """Whether a paragraph or sentence may be the site speaking for itself."""
    return len(said) <= LONGEST and speaks_anywhere(said)


def speaks_anywhere(said: str) -> bool:
    words = _LETTERS.findall(said.lower())
    return ("\u00a9" in said or not _TELLING_WORDS.isdisjoint(words)) and _SPEAKS.search(said) is not None


def _fingerprint(house: str, said: str) -> int:
    words = _masked(said) if speaks(said) else None
    digest = blake2b("\0".join((house, *(words or _plain(said)))).encode("utf-8", "replace"), digest_size=8)
    return int.from_bytes(digest.digest(), "little", signed=True)


def _plain(said: str) -> list[str]:
    """Its words, marks and cases aside; what has none is itself."""
    return _WORD.findall(normalize("NFKC", said).casefold()) or [said]


def _masked(said: str) -> list[str] | None:
    """The same with one mask for each run of names, numbers and addresses; nothing where too little else is left."""
    out: list[str] = []
    for word in _WORD.findall(_ADDRESS.sub("0", normalize("NFKC", said))):
        if word.islower() and not any(map(str.isdigit, word)):
            out.append(word)
        elif out[-1:] != ["\0"]:
            out.append("\0")
    fixed = len(out) - out.count("\0")
    return out if fixed >= max(FIXED, FIXED_SHARE * len(out)) else None


# What is judged


@dataclass(frozen=True)
class Page:
    """An article in which a paragraph stands that is judged: its text and its units, in order."""

    text: str
    units: tuple[Unit, ...]

    @cached_property
    def paragraphs(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.part != "sentence")

    @cached_property
    def prints(self) -> frozenset[int]:
        return frozenset(unit.fingerprint for unit in self.units)

    @cached_property
    def story(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The words of each paragraph that may be the story's, with its fingerprint."""
        told = ((unit.fingerprint, self._told(unit)) for unit in self.paragraphs if unit.part in ("text", "heading"))
        return tuple((mark, tuple(_plain(said))) for mark, said in told if said)

    @cached_property
    def told(self) -> frozenset[int]:
        return frozenset(mark for mark, _ in self.story)

    @cached_property
    def _sentences(self) -> tuple[Span, ...]:
        return tuple(unit.span for unit in self.units if unit.part == "sentence")

    def _told(self, paragraph: Unit) -> str:
        """What of a paragraph does not speak for the site."""
        start, end = paragraph.span
        inside = [span for span in self._sentences if start <= span.start < end]
        if not inside and speaks(self.text[start:end]):
            return ""
        edges = [start, *(edge for span in inside for edge in span), end]
        return " ".join(self.text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)).strip()

    def unit(self, fingerprint: int) -> Unit:
        return next(unit for unit in self.units if unit.fingerprint == fingerprint)

    def place(self, unit: Unit) -> int:
        """The place of the paragraph that a unit is, or stands in."""
        return next(i for i, one in enumerate(self.paragraphs) if one.span.end >= unit.span.end)


def is_furniture(fingerprint: int, pages: Sequence[Page], articles: int, of: int) -> bool:
    """Whether what stands in ``articles`` of the ``of`` articles of a publisher is furniture, by some of these."""
    found = ((unit, unit.span.of(page.text)) for page in pages for unit in [page.unit(fingerprint)])
    unit, said = next((one for one in found if one[0].part != "furniture"), (None, ""))
    needed = None if unit is None else _needed(said, unit)
    if needed is None or articles < max(needed[0], needed[1] * of):
        return False
    stories = _stories(pages)
    if len(stories) < needed[0]:
        return False
    held = Counter(mark for page in stories for mark in page.prints)
    repeated = frozenset(mark for mark, count in held.items() if count > 1)
    in_margin = sum(_in_margin(page, fingerprint, repeated) for page in stories) >= MARGIN * len(stories)
    unrelated = sum(_relation(page, fingerprint, repeated) for page in stories) < RELATED * len(stories)
    return in_margin or unrelated if speaks(said) else in_margin and unrelated


def _needed(said: str, unit: Unit) -> tuple[int, float] | None:
    """In how many stories, and in which share of a publisher's articles, a paragraph must stand; None for never."""
    if len(said) > LONGEST:
        return None
    if speaks(said):
        return FEWEST, 0.01
    if unit.part == "side":
        return None
    return (4, 0.4) if _ENDED.search(said) else (4, 0.1)


def _stories(pages: Sequence[Page]) -> list[Page]:
    """One page of each story."""
    found: list[Page] = []
    for page in pages:
        if not any(_same_story(page, other) for other in found):
            found.append(page)
    return found


def _same_story(one: Page, other: Page) -> bool:
    """Whether one page's story is a reprint, a correction or a part of the other's."""
    shared = one.prints & other.prints
    common = min(_words_in(one, shared), _words_in(other, shared))
    ours, theirs = ([words for mark, words in page.story if mark not in shared] for page in (one, other))
    own = min(sum(map(len, ours)), sum(map(len, theirs)))
    if own < LITTLE or common >= MOST * (common + own):
        return True
    triples, others = _triples(ours), _triples(theirs)
    return len(triples & others) >= REWRITTEN * max(1, min(len(triples), len(others)))


def _words_in(page: Page, prints: frozenset[int]) -> int:
    return sum(len(words) for mark, words in page.story if mark in prints)


def _triples(paragraphs: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + 3]) for words in paragraphs for i in range(max(1, len(words) - 2))}


def _in_margin(page: Page, fingerprint: int, repeated: frozenset[int]) -> bool:
    """A title above it does not count; a heading of what is the story's own is no margin."""
    at = page.place(page.unit(fingerprint))
    after = page.paragraphs[at + 1 :]
    if page.paragraphs[at].part == "heading" and after and _is_own(page, after[0], repeated):
        return False
    if not any(_is_own(page, unit, repeated) for unit in after):
        return True
    before = page.paragraphs[:at]
    return not any(_is_own(page, unit, repeated) and unit.part != "heading" for unit in before)


def _is_own(page: Page, unit: Unit, repeated: frozenset[int]) -> bool:
    return unit.fingerprint in page.told and unit.fingerprint not in repeated


def _relation(page: Page, fingerprint: int, repeated: frozenset[int]) -> float:
    """How many of its telling words the rest of the story has too, as a share."""
    said = page.unit(fingerprint).span.of(page.text)
    words = {word for word in _plain(said) if len(word) > 3 and word not in FUNCTION_WORDS}
    rest = {word for mark, words in page.story if mark not in repeated for word in words}
    return len(words & rest) / len(words) if words else 0.0


# What is marked


def marked(units: Sequence[Unit], furniture: frozenset[int]) -> tuple[Span, ...]:
    """The stretches of an article that are furniture by repetition, and the headings that head nothing else."""
    paragraphs = [unit for unit in units if unit.part != "sentence"]
    out = [unit.span for unit in units if unit.part != "furniture" and unit.fingerprint in furniture]
    if out:
        out += _headings_of(paragraphs, set(out))
    return tuple(sorted(set(out)))


def _headings_of(paragraphs: Sequence[Unit], taken: set[Span]) -> Iterator[Span]:
    for i, unit in enumerate(paragraphs):
        if unit.part == "heading" and unit.span not in taken:
            headings = [*takewhile(lambda one: one.part == "heading", paragraphs[i:])]
            headed = paragraphs[i + len(headings) : i + len(headings) + 1]
            if headed and headed[0].span in taken:
                yield unit.span


def flags(passage: Passage, stretches: Sequence[Span]) -> bytes:
    """A byte for each sentence of a passage, 1 where it lies in one of the stretches; empty where none does."""
    inside = bytes(any(s.start <= one.start and one.end <= s.end for s in stretches) for one in passage.sentences)
    return inside if any(inside) else b""
