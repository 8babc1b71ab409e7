"""Paragraphs as the blocks of an article: what is not the story, what heads what, and where other stories stand."""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from index.cleaning.furniture import ENDED, ends_a_page
from index.cleaning.paragraphs import LONGEST_HEADING, TOP_LINES, Kind, Paragraph, could_head, paragraphs_of, plain
from index.records import Block, Role

STORY: tuple[Kind, ...] = ("plain", "heading", "item", "row", "link")  # what is not furniture

MOST_HEADINGS_IN_A_ROW = 3  # more short lines than that are a list without bullets
SHORTEST_COPY, SHORTEST_COPY_AFAR = 20, 80  # a turn of speech or a table's "Yes" may well stand twice
LONGEST_INTRODUCTION = 200  # a longer paragraph stands by itself, but for a list under it
LONGEST_LABEL = 4  # words

_ANNOUNCES = (":", "\uff1a")
_ASKS = ("?", "\uff1f")
_WORD = re.compile(r"\w+")


def outline(text: str, title: str) -> tuple[Block, ...]:
    """The blocks of a text in order, disjoint, covering every line that is not blank."""
    paragraphs = list(paragraphs_of(text, title))
    paragraphs = _without_what_follows_the_story(paragraphs)
    paragraphs = _without_copies(text, paragraphs)
    paragraphs = _without_labels(text, paragraphs)
    paragraphs = _without_lone_title(paragraphs, title)
    paragraphs = _with_links(paragraphs)
    headings = _headings(paragraphs)
    stories = _stories(paragraphs, headings)
    return tuple(_blocks(text, paragraphs, headings, stories))


# What is not the story


def _without_what_follows_the_story(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """A form for comments ends the page, unless it is a mere link at the top of it."""
    half = paragraphs[-1].span.end / 2 if paragraphs else 0
    ends = (i for i, p in enumerate(paragraphs) if p.span.start >= half and ends_a_page(p.said))
    end = next(ends, len(paragraphs))
    return paragraphs[:end] + [p._replace(kind="furniture") for p in paragraphs[end:]]


def _without_copies(text: str, paragraphs: list[Paragraph]) -> list[Paragraph]:
    """A caption often stands twice, once for the picture and once for who can't see it."""
    seen: set[str] = set()
    out, before = [], ""
    for paragraph in paragraphs:
        said = paragraph.span.of(text) if paragraph.kind in ("plain", "heading") else ""
        copy = said in seen and len(said) >= (SHORTEST_COPY if said == before else SHORTEST_COPY_AFAR)
        seen.add(said)
        before = said
        out.append(paragraph._replace(kind="furniture") if copy else paragraph)
    return out


def _without_lone_title(paragraphs: list[Paragraph], title: str) -> list[Paragraph]:
    """A title that a byline parts from the text heads nothing, and is searched with every passage anyway."""
    told = any(p.kind in ("plain", "item", "row") for p in paragraphs)
    name = plain(title)
    return [
        p._replace(kind="furniture") if told and _is_title(p, name) and _stands_alone(paragraphs, i) else p
        for i, p in enumerate(paragraphs[:TOP_LINES])
    ] + paragraphs[TOP_LINES:]


def _is_title(paragraph: Paragraph, name: str) -> bool:
    return paragraph.kind == "heading" and plain(paragraph.said) == name


def _stands_alone(paragraphs: list[Paragraph], i: int) -> bool:
    return i + 1 == len(paragraphs) or paragraphs[i + 1].kind not in STORY


def _without_labels(text: str, paragraphs: list[Paragraph]) -> list[Paragraph]:
    """A picture's name under a paragraph: some words of the story, right below it, heading nothing."""
    words: set[str] | None = None
    out = list(paragraphs)
    for i in range(1, len(paragraphs)):
        if _could_label(paragraphs, i):
            words = words or {
                w for p in paragraphs if not p.said or ENDED.search(p.said) for w in _WORD.findall(p.span.of(text))
            }
            if words.issuperset(_WORD.findall(paragraphs[i].said)):
                out[i] = paragraphs[i]._replace(kind="furniture")
    return out


def _could_label(paragraphs: list[Paragraph], i: int) -> bool:
    before, here = paragraphs[i - 1], paragraphs[i]
    if here.gap or here.kind != "plain" or not _heads(here) or len(here.said.split()) > LONGEST_LABEL:
        return False
    below_prose = before.kind in ("plain", "item") and not _heads(before)
    return below_prose and (i + 1 == len(paragraphs) or (paragraphs[i + 1].gap and _heads(paragraphs[i + 1])))


# Headings


def _heads(paragraph: Paragraph) -> bool:
    return could_head(paragraph.said, paragraph.kind)


def _headings(paragraphs: list[Paragraph]) -> list[bool]:
    """Which paragraphs head what follows: short lines right before a text, marked ones and few in a row."""
    out: list[bool] = []
    broken = {i for i, (before, here) in enumerate(pairwise(paragraphs), 1) if _goes_on(before, here)}
    numbered = groupby(enumerate(paragraphs), lambda p: p[0] not in broken and _heads(p[1]))
    runs = [(heads, [paragraph for _, paragraph in run]) for heads, run in numbered]
    for n, (heads, run) in enumerate(runs):
        followed = n + 1 < len(runs) and runs[n + 1][1][0].kind in ("plain", "item", "row")
        if not (heads and followed):
            out += [False] * len(run)
        elif len(run) <= MOST_HEADINGS_IN_A_ROW:
            out += [True] * len(run)
        else:
            out += [p.kind == "heading" for p in run[:-1]] + [run[-1].kind == "heading" or run[-1].gap]
    return out


def _goes_on(before: Paragraph, here: Paragraph) -> bool:
    """A line right under one that ends without a stop goes on with its sentence."""
    unended = before.kind == "plain" and before.said and not _heads(before) and not ENDED.search(before.said)
    return bool(unended) and here.kind == "plain" and not here.gap


# Stories


def _stories(paragraphs: list[Paragraph], headings: list[bool]) -> list[int]:
    """The number of each paragraph's story: 0 is the article's own, side stories count up from 1."""
    out, latest, i = [], 0, 0
    while i < len(paragraphs):
        end = _shelf_end(paragraphs, i)
        numbers = _side_stories(paragraphs[i + 1 : end], headings[i + 1 : end], latest)
        out += [0, *numbers]
        latest = max(numbers, default=latest)
        i = end
    return out


def _with_links(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Bare lines under a box amid the story are links to other stories, but for the last: it heads what follows."""
    out = list(paragraphs)
    for at, box in enumerate(paragraphs):
        if box.kind == "box" and _in_first_half(paragraphs, box):
            for i in range(at + 1, _last_bare(paragraphs, at)):
                out[i] = paragraphs[i]._replace(kind="link")
    return out


def _last_bare(paragraphs: list[Paragraph], at: int) -> int:
    behind = next((i for i in range(at + 1, len(paragraphs)) if not _heads(paragraphs[i])), len(paragraphs))
    return behind - 1


def _in_first_half(paragraphs: list[Paragraph], paragraph: Paragraph) -> bool:
    return 2 * paragraph.span.start < paragraphs[-1].span.end


def _shelf_end(paragraphs: list[Paragraph], at: int) -> int:
    """Behind the last of the other stories that the paragraph at ``at`` opens: right behind itself if it opens none."""
    kind, rest = paragraphs[at].kind, range(at + 1, len(paragraphs))
    if kind == "box" and _in_first_half(paragraphs, paragraphs[at]):
        return next((i for i in rest if paragraphs[i].kind != "link"), len(paragraphs))
    if kind in ("shelf", "box"):
        return next((i for i in rest if paragraphs[i].kind in ("shelf", "box")), len(paragraphs))
    return at + 1


def _side_stories(shelf: list[Paragraph], headings: list[bool], latest: int) -> list[int]:
    by_heading = bool(headings) and headings[0]
    spaced = any(p.gap for p in shelf[1:])
    out = []
    begun, held = False, False
    for paragraph, heading in zip(shelf, headings, strict=True):
        if paragraph.kind in STORY:
            goes_on = (
                held
                or (by_heading and not heading)
                or (spaced and not paragraph.gap)
                or paragraph.kind in ("item", "row")
            )
            latest += not (begun and goes_on)
            begun, held = True, heading
        else:
            held = held or (paragraph.kind == "credit" and not paragraph.gap)
        out.append(max(latest, 1))
    return out


# Blocks


def _blocks(text: str, paragraphs: list[Paragraph], headings: list[bool], stories: list[int]) -> Iterator[Block]:
    before: Paragraph | None = None
    for i, (paragraph, heading, story) in enumerate(zip(paragraphs, headings, stories, strict=True)):
        role: Role = "heading" if heading else "text" if paragraph.kind in STORY else "furniture"
        tied = (
            role == "text"
            and i > 0
            and stories[i - 1] == story
            and before is not None
            and _announces(text, before, paragraph)
        )
        yield Block(paragraph.span, role, story, tied)
        before = paragraph if role == "text" else None


def _announces(text: str, before: Paragraph, paragraph: Paragraph) -> bool:
    if before.kind == paragraph.kind and paragraph.kind in ("item", "row"):
        return True
    asks = len(before.said) <= LONGEST_HEADING and before.said.endswith(_ASKS)
    announces = text[before.span.end - 1] in _ANNOUNCES
    return asks or (announces and (len(before.said) <= LONGEST_INTRODUCTION or paragraph.kind in ("item", "row")))
