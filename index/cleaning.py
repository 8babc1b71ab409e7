"""Which ranges of a text are the story, its headings, other stories beside it, or furniture of the page.

A text is never rewritten: what is not the story is marked by range. Patterns know whole lines only and what any news or
documentation page may carry; a sentence of a story that merely mentions Reuters or a newsletter stays.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from index.records import Block, Role, Span

Kind = Literal["plain", "heading", "item", "row", "furniture", "credit", "shelf", "box"]

LONGEST_FURNITURE = 200  # characters; a longer line is prose, whatever it begins with
LONGEST_HEADING = 100
MOST_HEADINGS_IN_A_ROW = 3  # more short lines than that are a list without bullets
WIDEST_WRAP, NARROWEST_WRAP = 132, 45  # columns at which people and programs wrap text
SHORTEST_COPY = 40  # a refrain or a table's "Yes" may well stand twice
TOP_LINES = 6  # where a byline may stand

AGENCY = (
    r"(?:AFP|AP|EPA|EFE|DPA|dpa|ANSA|TASS|PA Wire|PA Media|Reuters|REUTERS|(?:The )?Associated Press|Getty(?: Images)?|"
    r"GETTY(?: IMAGES)?|Kyodo(?: News)?|Xinhua|Yonhap|Anadolu(?: Agency)?|Bloomberg|Shutterstock|iStock(?:photo)?|"
    r"Alamy(?: Stock Photo)?|ZUMA(?: Press)?|NurPhoto|Sipa(?: USA)?|Unsplash|Pexels|Pixabay|Wikimedia Commons)"
)
NAME = r"(?:[A-Z\u00c0-\u00de][\w.'’-]*|for|the|of|and|de|van|von|bin|al)"
NAMES = rf"{NAME}(?: {NAME}){{0,7}}"
DATE = r"(?:[\w.,:/|•·+-]+ ){0,8}\d{4}\b(?:[ ,:|•·@-]+[\w.,:+-]+){0,5}"

# Whole lines, as (reason, pattern), whatever their case.
FURNITURE = (
    ("comment form", r"(?:leave|post|write|add) a (?:reply|comment)(?: cancel reply)?|cancel reply|post comment"),
    ("comment form", r"your e-?mail address will not be published\.?(?: required fields are marked ?\*?)?"),
    ("comment form", r"required fields are marked ?\*?|(?:name|e-?mail|website|comment) ?\*|save my name, e-?mail.*"),
    ("comment form", r"this site uses akismet.*|(?:log|sign) in to (?:comment|reply|leave a comment).*"),
    ("way around the page", r"(?:scroll|back|return|go|jump) to (?:the )?top(?: of (?:the )?page)?"),
    ("way around the page", r"(?:skip|jump) to (?:the )?(?:main )?(?:content|navigation|search|footer)"),
    (
        "way around the page",
        r"(?:previous|next) (?:article|post|story|page)(?::? .*[^.!?])?|previous next|toggle navigation",
    ),
    (
        "way around the page",
        r"(?:read|see|show|load|view|continue) (?:more|all|reading|the full story|full article)\W*",
    ),
    ("way around the page", r"(?:read more|read also|also read|related|recommended) ?[:|»] ?.*"),
    (
        "documentation page",
        r"edit (?:this page|on github)(?: on github)?|on this page|was this (?:page|article) helpful\?.*",
    ),
    (
        "share line",
        r"share|tweet|share (?:this|on|via|to|with)\b[^.]{0,60}|(?:tweet|pin|email|print|copy) (?:this|it|link)",
    ),
    ("share line", r"click to (?:share|email|print)\b.*|(?:copy link|link copied)!?|follow us(?: on\b.*)?"),
    (
        "share line: names of networks and nothing else",
        r"(?:(?:share|tweet|facebook|twitter|x|whatsapp|linkedin|reddit|telegram|pinterest|instagram|bluesky|threads|"
        r"e-?mail|print|copy link|on|via)\b[\s|,/·•]*){2,}",
    ),
    ("newsletter", r"(?:sign up|subscribe|register)(?:$| (?:for|to|now|here|today|and)\b.*)"),
    ("newsletter", r"(?:get|receive|have)\b.*\b(?:to|in) your inbox\b.*|enter your e-?mail\b.*|(?:our )?newsletters?"),
    (
        "advertisement",
        r"advertisements?|advertising|ad|sponsored(?: content| by .*)?|promoted content|skip ad(?:vertisement)?",
    ),
    ("advertisement", r"(?:story|article) continues (?:below|after)\b.*|remove ads"),
    (
        "cookies",
        r"(?:we|this (?:web)?site|our (?:web)?site) uses? cookies\b.*|by (?:continuing|using)\b.*\bcookies\b.*",
    ),
    ("cookies", r"(?:accept|reject|manage|allow)(?: all)? cookies|cookies? (?:settings|preferences|policy|notice)"),
    ("rights", r"(?:©|\(c\)|copyright\b).*(?:\d{4}|all rights reserved).*|all rights reserved\.?"),
    ("labels of the page", r"(?:tags?|filed under|posted in|categories) ?: ?[^.]*"),
    (
        "labels of the page",
        r"\d+[- ]min(?:ute)?s? read|reading time:? .*|listen to this (?:article|story)\b.*|\d+ comments?",
    ),
    ("time stamp", rf"(?:first |last )?(?:published|updated|posted|modified)(?: on| at)?:? ?{DATE}"),
)

# Whole lines whose capitals count.
CREDITS = (
    (
        "photo credit that names an agency",
        rf"(?:(?:Photo|Image|Picture|PHOTO|Credit)s?(?: (?:by|credit|courtesy of|via))?[:/ ] ?)?(?:{NAMES} ?(?:via|/|\||,|-|–|—) ?)?"
        rf"{AGENCY}(?: ?(?:via|/|\||,|-|–|—) ?(?:{AGENCY}|{NAMES}))*\.?",
    ),
    (
        "photo credit that says so",
        rf"(?:Photo(?:graph)?s?|PHOTO|Image|Picture|Illustration|Graphic)(?: (?:[Cc]redit|[Cc]ourtesy))?"
        rf"(?:: ?| by | of )@?{NAMES}(?: ?(?:via|/|\||,) ?{NAMES})*\.?",
    ),
    (
        "photo credit that says so",
        rf"(?:Photo )?(?:[Cc]redit|[Cc]ourtesy)(?:: ?| of ){NAMES}(?: ?(?:via|/|\||,) ?{NAMES})*\.?",
    ),
)

# Lines at the very top, whose capitals count too.
BYLINES = (
    ("byline with a date", rf"(?:By|BY)\b(?: {NAMES})? ?[|,•·–—-] ?{DATE}"),
    ("byline", rf"(?:[Ww]ritten )?(?:By|BY|by):? {NAMES}(?: ?[|,/] ?{NAMES})*"),
)

# Headings behind which other stories stand. A shelf holds all that follows; in the first half of a page a box holds only
# the bare lines under it, for the story goes on after it.
SHELVES = (("the publisher's other stories", r"more from \S.{0,60}|more (?:stories|articles|headlines)(?: .{1,40})?"),)
BOXES = (
    (
        "related stories",
        r"(?:related|recommended|trending|popular|latest|other) (?:stories|articles|posts|news|reading|coverage)",
    ),
    (
        "related stories",
        r"you (?:may|might) also (?:like|enjoy|be interested in)|recommended for you|related|read next",
    ),
    ("related stories", r"what to read next|most (?:read|popular|viewed)"),
)

# What ends a page: a form for comments has nothing of the story after it.
LAST = re.compile(r"(?:leave|post|write|add) a (?:reply|comment)(?: cancel reply)?", re.IGNORECASE)


def _any(patterns: Sequence[tuple[str, str]], flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for _, pattern in patterns), flags)


_FURNITURE = _any(FURNITURE, re.IGNORECASE)
_CREDITS = _any(CREDITS)
_BYLINES = _any(BYLINES)
_SHELVES = _any(SHELVES, re.IGNORECASE)
_BOXES = _any(BOXES, re.IGNORECASE)
_DECORATION = " \t*_•|›»→↑▲✕[]()"

_RULE = re.compile(r"([-*_=~—–•·])(?:\s*\1){2,}")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_MARKED = re.compile(r"#{1,6}\s+\S.*|(?P<wiki>(?:=\s?){1,6})\s*[^=\s](?:.*\S)?\s*(?P=wiki)")
_ITEM = re.compile(r"(?:[-*+•◦▪‣·–]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
_ROW = re.compile(r".*\S(?:\t+| {3,}|.*\|.*\|)\s*\S|[^|]*\S \| \S[^|]*")
_FENCE = re.compile(r"```|~~~")
_ENDED = re.compile(r"[.,;:!?…。！？][\"'”’)\]»]*$")
_WORD = re.compile(r"\w+")


class _Line(NamedTuple):
    """A line without the white space at its ends. ``gap``: a blank line stands before it."""

    span: Span
    said: str
    indent: int
    gap: bool
    kind: Kind


class _Paragraph(NamedTuple):
    """Lines that belong together. ``said`` is their text where it is one line, else empty."""

    span: Span
    said: str
    gap: bool
    kind: Kind


def outline(text: str, title: str) -> tuple[Block, ...]:
    """The blocks of a text in order, disjoint, covering every line that is not blank."""
    paragraphs = list(_paragraphs(text, title))
    paragraphs = _without_what_follows_the_story(paragraphs)
    paragraphs = _without_copies(text, paragraphs)
    paragraphs = _without_labels(text, paragraphs)
    paragraphs = _without_lone_title(paragraphs, title)
    headings = _headings(paragraphs)
    stories = _stories(paragraphs, headings)
    return tuple(_blocks(text, paragraphs, headings, stories))


# Lines


def _lines(text: str) -> Iterator[_Line]:
    at, gap, fenced, count = 0, False, False, 0
    for raw in text.splitlines(keepends=True):
        said = raw.strip()
        if said:
            start = at + len(raw) - len(raw.lstrip())
            fence = _FENCE.match(said) is not None
            kind: Kind = "row" if fenced or fence else _kind(said, at_top=count < TOP_LINES)
            yield _Line(Span(start, start + len(said)), said, start - at, gap, kind)
            fenced, count = fenced != fence, count + 1
        gap = not said
        at += len(raw)


def _kind(said: str, *, at_top: bool) -> Kind:
    if len(said) <= LONGEST_FURNITURE and (kind := _furniture(said, at_top=at_top)):
        return kind
    if len(said) <= LONGEST_HEADING and _MARKED.fullmatch(said):
        return "heading"
    if _ITEM.match(said):
        return "item"
    return "row" if _ROW.match(said) else "plain"


def _furniture(said: str, *, at_top: bool) -> Kind | None:
    line = " ".join(said.lstrip("#").strip(_DECORATION).split())
    if _SHELVES.fullmatch(line.rstrip(":")) and not _ENDED.search(line.rstrip(":")):
        return "shelf"
    if _BOXES.fullmatch(line.rstrip(":")):
        return "box"
    if _CREDITS.fullmatch(line):
        return "credit"
    byline = at_top and _BYLINES.fullmatch(line)
    return "furniture" if byline or _RULE.fullmatch(said) or _FURNITURE.fullmatch(line) else None


# Paragraphs


def _paragraphs(text: str, title: str) -> Iterator[_Paragraph]:
    name = _plain(title)
    for number, run in enumerate(_runs(_lines(text))):
        for lines in _wrapped(run):
            paragraph = _joined(lines)
            is_title = number < TOP_LINES and paragraph.said and _plain(paragraph.said) == name
            yield paragraph._replace(kind="heading") if is_title else paragraph


def _runs(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Lines that may be one paragraph: no blank line between them, and none with a meaning of its own."""
    run: list[_Line] = []
    for line in lines:
        if run and not _continues(run, line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _continues(run: list[_Line], line: _Line) -> bool:
    if len(run) == 1 and _underlined(run[0], line):
        return True
    return line.kind == "plain" and not line.gap and run[0].kind in ("plain", "item") and not _underlines(run)


def _underlined(above: _Line, line: _Line) -> bool:
    return not line.gap and _could_head(above.said, above.kind) and _UNDERLINE.fullmatch(line.said) is not None


def _underlines(run: list[_Line]) -> bool:
    return run[-1].kind == "furniture"


def _wrapped(run: list[_Line]) -> Iterator[list[_Line]]:
    """A run cut where a line ends although the next word would still have fitted into it."""
    if len(run) == 1 or _underlines(run):
        yield run
        return
    width = max(len(line.said) for line in run)
    full = [_is_full(line, following, width) for line, following in zip(run, run[1:], strict=False)]
    hard = NARROWEST_WRAP <= width <= WIDEST_WRAP and _looks_wrapped(run, full)
    start = 0
    for i, line_is_full in enumerate(full):
        hanging = run[start].kind == "item" and run[i + 1].indent > run[start].indent
        if not (hanging or (hard and line_is_full)):
            yield run[start : i + 1]
            start = i + 1
    yield run[start:]


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    return len(line.said) + 1 + len(following.said.split(maxsplit=1)[0]) > width


def _looks_wrapped(run: list[_Line], full: list[bool]) -> bool:
    within = any(f and not _ENDED.search(line.said) for f, line in zip(full, run, strict=False))
    return within and 2 * sum(full) >= len(full)


def _joined(lines: list[_Line]) -> _Paragraph:
    first, last = lines[0], lines[-1]
    underlined = len(lines) > 1 and _underlines(lines)
    kind: Kind = "heading" if underlined else first.kind
    return _Paragraph(Span(first.span.start, last.span.end), first.said if len(lines) == 1 else "", first.gap, kind)


def _plain(said: str) -> str:
    return " ".join(said.lstrip("#").casefold().split())


# What is not the story


def _without_what_follows_the_story(paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """A form for comments ends the page, unless it is a mere link at the top of it."""
    half = paragraphs[-1].span.end / 2 if paragraphs else 0
    ends = (
        i for i, p in enumerate(paragraphs) if p.span.start >= half and LAST.fullmatch(p.said.strip(_DECORATION + "#"))
    )
    end = next(ends, len(paragraphs))
    return paragraphs[:end] + [p._replace(kind="furniture") for p in paragraphs[end:]]


def _without_copies(text: str, paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """A caption often stands twice, once for the picture and once for who can't see it."""
    seen: set[str] = set()
    out = []
    for paragraph in paragraphs:
        said = paragraph.span.of(text) if paragraph.kind in ("plain", "heading") else ""
        copy = len(said) >= SHORTEST_COPY and said in seen
        seen.add(said)
        out.append(paragraph._replace(kind="furniture") if copy else paragraph)
    return out


def _without_lone_title(paragraphs: list[_Paragraph], title: str) -> list[_Paragraph]:
    """A title that a byline parts from the text heads nothing, and is searched with every passage anyway."""
    told = any(p.kind in ("plain", "item", "row") for p in paragraphs)
    name = _plain(title)
    return [
        p._replace(kind="furniture") if told and _is_title(p, name) and _stands_alone(paragraphs, i) else p
        for i, p in enumerate(paragraphs[:TOP_LINES])
    ] + paragraphs[TOP_LINES:]


def _is_title(paragraph: _Paragraph, name: str) -> bool:
    return paragraph.kind == "heading" and _plain(paragraph.said) == name


def _stands_alone(paragraphs: list[_Paragraph], i: int) -> bool:
    return i + 1 == len(paragraphs) or paragraphs[i + 1].kind not in ("plain", "item", "row", "heading")


def _without_labels(text: str, paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """A picture's name under a paragraph: some words of the story, right below it, heading nothing."""
    words: set[str] | None = None
    out = list(paragraphs)
    for i in range(1, len(paragraphs)):
        if _could_label(paragraphs, i):
            words = words or {
                w for p in paragraphs if not p.said or _ENDED.search(p.said) for w in _WORD.findall(p.span.of(text))
            }
            if words.issuperset(_WORD.findall(paragraphs[i].said)):
                out[i] = paragraphs[i]._replace(kind="furniture")
    return out


def _could_label(paragraphs: list[_Paragraph], i: int) -> bool:
    before, here = paragraphs[i - 1], paragraphs[i]
    if here.gap or here.kind != "plain" or not _heads(here) or len(here.said.split()) > 4:
        return False
    below_prose = before.kind in ("plain", "item") and not _heads(before)
    return below_prose and (i + 1 == len(paragraphs) or (paragraphs[i + 1].gap and _heads(paragraphs[i + 1])))


# Headings


def _could_head(said: str, kind: Kind) -> bool:
    if kind == "heading":
        return True
    short = kind == "plain" and 1 < len(said) <= LONGEST_HEADING
    begins = short and (said[0].isalnum() or said[0] in "“‘\"'«¿¡") and not said.lstrip("“‘\"'«¿¡")[:1].islower()
    return begins and any(map(str.isalpha, said)) and not _ENDED.search(said)


def _heads(paragraph: _Paragraph) -> bool:
    return _could_head(paragraph.said, paragraph.kind)


def _headings(paragraphs: list[_Paragraph]) -> list[bool]:
    """Which paragraphs head what follows: short lines right before a text, marked ones and few in a row."""
    out: list[bool] = []
    runs = [(heads, list(run)) for heads, run in groupby(paragraphs, _heads)]
    for n, (heads, run) in enumerate(runs):
        followed = n + 1 < len(runs) and runs[n + 1][1][0].kind in ("plain", "item", "row")
        if not (heads and followed):
            out += [False] * len(run)
        elif len(run) <= MOST_HEADINGS_IN_A_ROW:
            out += [True] * len(run)
        else:
            out += [p.kind == "heading" for p in run[:-1]] + [run[-1].kind == "heading" or run[-1].gap]
    return out


# Stories


def _stories(paragraphs: list[_Paragraph], headings: list[bool]) -> list[int]:
    """The number of each paragraph's story: 0 is the article's own, side stories count up from 1."""
    out, latest, i = [], 0, 0
    while i < len(paragraphs):
        end = _shelf_end(paragraphs, headings, i)
        numbers = _side_stories(paragraphs[i + 1 : end], headings[i + 1 : end], latest)
        out += [0, *numbers]
        latest = max(numbers, default=latest)
        i = end
    return out


def _shelf_end(paragraphs: list[_Paragraph], headings: list[bool], at: int) -> int:
    """Behind the last of the other stories that the paragraph at ``at`` opens: right behind itself if it opens none."""
    kind, length = paragraphs[at].kind, len(paragraphs)
    in_second_half = 2 * paragraphs[at].span.start >= paragraphs[-1].span.end
    if kind == "shelf" or (kind == "box" and in_second_half):
        return next((i for i in range(at + 1, length) if paragraphs[i].kind in ("shelf", "box")), length)
    if kind == "box":
        return next((i for i in range(at + 1, length) if headings[i] or not _heads(paragraphs[i])), length)
    return at + 1


def _side_stories(shelf: list[_Paragraph], headings: list[bool], latest: int) -> list[int]:
    by_heading = bool(headings) and headings[0]
    spaced = any(p.gap for p in shelf[1:])
    out = []
    begun, held = False, False
    for paragraph, heading in zip(shelf, headings, strict=True):
        if paragraph.kind in ("plain", "item", "row", "heading"):
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


def _blocks(text: str, paragraphs: list[_Paragraph], headings: list[bool], stories: list[int]) -> Iterator[Block]:
    before: _Paragraph | None = None
    for i, (paragraph, heading, story) in enumerate(zip(paragraphs, headings, stories, strict=True)):
        role: Role = (
            "heading" if heading else "text" if paragraph.kind in ("plain", "item", "row", "heading") else "furniture"
        )
        tied = (
            role == "text"
            and i > 0
            and stories[i - 1] == story
            and before is not None
            and _announces(text, before, paragraph)
        )
        yield Block(paragraph.span, role, story, tied)
        before = paragraph if role == "text" else None


def _announces(text: str, before: _Paragraph, paragraph: _Paragraph) -> bool:
    if before.kind == paragraph.kind and paragraph.kind in ("item", "row"):
        return True
    return text[before.span.end - 1] in ":：" or (0 < len(before.said) <= LONGEST_HEADING and before.said[-1] in "?？")
