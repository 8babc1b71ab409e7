"""Which ranges of a text are the story, its headings, other stories beside it, or furniture of the page.

A text is never rewritten: what is not the story is marked by range. Patterns know whole lines only and what any news or
documentation page may carry; a sentence of a story that merely mentions Reuters or a newsletter stays.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from index.records import Block, Role, Span

Kind = Literal["plain", "heading", "item", "row", "furniture", "credit", "shelf", "box", "link"]
STORY: tuple[Kind, ...] = ("plain", "heading", "item", "row", "link")  # what is not furniture
Pattern = tuple[str, str]  # the reason, and what a whole line looks like

LONGEST_FURNITURE = 200  # characters; a longer line is prose, whatever it begins with
LONGEST_HEADING = 100
MOST_HEADINGS_IN_A_ROW = 3  # more short lines than that are a list without bullets
NARROWEST_WRAP, WIDEST_WRAP = 45, 132  # columns at which people and programs wrap text
SHORTEST_COPY, SHORTEST_COPY_AFAR = 20, 80  # a turn of speech or a table's "Yes" may well stand twice
LONGEST_INTRODUCTION = 200  # a longer paragraph stands by itself, but for a list under it
LONGEST_LABEL = 4  # words
TOP_LINES = 6  # where a title and a byline may stand

AGENCY = (
    r"(?:AFP|AP(?: Photo| Images)?|EPA|EFE|DPA|dpa|ANSA|TASS|PA Wire|PA Media|Reuters|REUTERS|Getty(?: Images)?|"
    r"GETTY(?: IMAGES)?|(?:The )?Associated Press|Kyodo(?: News)?|Xinhua|Yonhap|Anadolu(?: Agency)?|Bloomberg|"
    r"Shutterstock|iStock(?:photo)?|Alamy(?: Stock Photo)?|ZUMA(?: Press)?|NurPhoto|Sipa(?: USA)?|Unsplash|Pexels|"
    r"Pixabay|Wikimedia Commons)"
)
CAPITAL = r"[A-Z\u00c0-\u00de][\w.'’-]*"
NAMES = rf"(?:{CAPITAL}|for|the)(?: (?:{CAPITAL}|for|the|of|and|&|de|van|von|bin|al)){{0,7}}"
CREDITED = (
    r"(?:(?:Photo(?:graph)?|PHOTO|Image|Picture|Illustration|Graphic|Credit)s?(?: (?:[Cc]redit|[Cc]ourtesy))?|Courtesy)"
)
BETWEEN = r"(?: via | ?/ ?| ?\| ?|, ?| [-–—] )"  # never a bare hyphen: names hold those
DATE = (
    r"(?i:(?=.*\d{4})(?:(?:\d[\w.,:/+-]*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
    r"[a-z]*[.,]*|at|on|of|[ap]\.?m\.?|[a-z]{2,4},?|[|•·@–—-])(?: |$)){1,14})"
)
STORIES = r"(?:stories|articles|posts|news|reading|coverage)"
NETWORK = (
    r"(?:share|tweet|facebook|twitter|x|whatsapp|linkedin|reddit|telegram|pinterest|instagram|bluesky|threads|e-?mail|"
    r"print|copy link|on|via)"
)

# Whatever their case.
FURNITURE: tuple[Pattern, ...] = (
    ("comment form", r"(?:leave|post|write|add) a (?:reply|comment)(?: cancel reply)?|cancel reply|post comment"),
    ("comment form", r"your e-?mail address will not be published\.?(?: required fields are marked ?\*?)?"),
    ("comment form", r"required fields are marked ?\*?|(?:name|e-?mail|website|comment) ?\*|save my name, e-?mail.*"),
    ("comment form", r"this site uses akismet.*|(?:log|sign) in to (?:comment|reply|leave a comment)\W*|\d+ comments?"),
    ("way around the page", r"(?:scroll|back|return|go|jump) to (?:the )?top(?: of (?:the )?page)?"),
    ("way around the page", r"(?:skip|jump) to (?:the )?(?:main )?(?:content|navigation|search|footer)"),
    ("way around the page", r"(?:previous|next) (?:article|post|story|page)(?: ?: .*)?|previous next"),
    ("way around the page", r"(?:read|see|show|load|view|continue) (?:more|all|reading|the full (?:story|article))\W*"),
    ("way to another page", r"(?:read more|read also|also read|related) ?[:|»] .*"),
    ("documentation page", r"edit (?:this page|on github)(?: on github)?|on this page|toggle navigation"),
    ("documentation page", r"was this (?:page|article) helpful\?.*"),
    ("share line", r"share this(?: article| story| post| page| link)?|(?:tweet|pin|e-?mail|print) this|copy link"),
    ("share line", rf"share(?: this(?: \w+)?)? (?:on|via|to|with) {NETWORK}|link copied!?"),
    ("share line", r"follow us(?: on\b.*)?"),
    ("share line", r"share|tweet|click to (?:share|e-?mail|print)\b.*"),
    ("share line: nothing but names of networks", rf"(?:{NETWORK}\b[\s|,/·•]*){{2,}}"),
    ("newsletter", r"(?:sign up|subscribe)(?: (?:now|here|today|free))?\W*|(?:our )?newsletters?"),
    ("newsletter", r"enter your e-?mail\b.*"),
    ("newsletter", r"(?:sign up|subscribe)\b.{0,90}\b(?:newsletters?|inbox|e-?mails?|alerts|updates|briefing)\b.*"),
    ("newsletter", r"(?:get|receive)\b.*\b(?:to|in) your inbox\b.*"),
    ("advertisement", r"advertisements?|sponsored(?: content| by .*)?|promoted content|skip ad(?:vertisement)?"),
    ("advertisement", r"(?:story|article) continues (?:below|after)\b.*|remove ads"),
    ("cookies", r"(?:we|(?:this|our) (?:web)?site) uses? cookies\b.*|by (?:continuing|using)\b.*\bcookies\b.*"),
    ("cookies", r"(?:accept|reject|manage|allow)(?: all)? cookies|cookies? (?:settings|preferences|policy|notice)"),
    ("rights", r"(?:©|\(c\)|copyright)(?: ?(?:©|\(c\)))? ?\d{4}\b.*|(?:©|copyright\b).*all rights reserved.*"),
    ("rights", r"all rights reserved\.?"),
    ("labels of the page", r"(?:tags?|filed under|posted in|categories) ?: ?[^.]*"),
    ("labels of the page", r"\d+[- ]min(?:ute)?s? read|reading time:? .*|listen to this (?:article|story)\b.*"),
    ("time stamp", rf"(?:first |last )?(?:published|updated|posted|modified)(?: on| at)?:? ?{DATE}"),
)

# Their capitals count.
CREDITS: tuple[Pattern, ...] = (
    (
        "photo credit that names an agency",
        rf"(?:{CREDITED}(?:[:/] ?| by | of ))?(?:{NAMES}{BETWEEN})*{AGENCY}(?:{BETWEEN}(?:{AGENCY}|{NAMES}))*\.?",
    ),
    ("photo credit that says so", rf"{CREDITED}(?:: ?| by | of )@?{NAMES}(?:{BETWEEN}{NAMES})*\.?"),
)

# At the very top only, and their capitals count too.
BYLINES: tuple[Pattern, ...] = (
    ("byline with a date", rf"(?:By|BY)\b(?: {NAMES})? ?[|,•·–—-] ?{DATE}"),
    ("byline", rf"(?:(?:[Ww]ritten )?[Bb]y|BY):? {CAPITAL}(?: {NAMES})?(?: ?[|,/] ?{NAMES})*"),
)

# Headings behind which other stories stand. A shelf holds all that follows; a box in the first half of a page holds
# only the bare lines under it, for the story goes on after it.
SHELVES: tuple[Pattern, ...] = (
    ("the publisher's other stories", r"more from \S.{0,60}|more (?:stories|articles|headlines)(?: .{1,40})?"),
)
BOXES: tuple[Pattern, ...] = (
    ("related stories", rf"(?:related|recommended|trending|popular|latest|other) {STORIES}"),
    ("related stories", r"you (?:may|might) also (?:like|enjoy|be interested in)|recommended for you|related"),
    ("related stories", r"(?:what to )?read next|most (?:read|popular|viewed)"),
)

# What ends a page: nothing of the story stands behind a form for comments.
LAST: tuple[Pattern, ...] = (("comment form", r"(?:leave|post|write|add) a (?:reply|comment)(?: cancel reply)?"),)


def _any(patterns: Sequence[Pattern], flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for _, pattern in patterns), flags)


_FURNITURE = _any(FURNITURE, re.IGNORECASE)
_CREDITS = _any(CREDITS)
_BYLINES = _any(BYLINES)
_SHELVES = _any(SHELVES, re.IGNORECASE)
_BOXES = _any(BOXES, re.IGNORECASE)
_LAST = _any(LAST, re.IGNORECASE)

_DECORATION = " *_•|»→↑▲✕[]()"
_RULE = re.compile(r"([-*_=~—–•·])(?:\s*\1){2,}")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_MARKED = re.compile(r"#{1,6}\s+\S.*|(?P<wiki>(?:=\s?){1,6})\s*[^=\s](?:.*\S)?\s*(?P=wiki)")
_ITEM = re.compile(r"(?:[-*+•◦▪‣·–]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
_COLUMNS = ("\t", "   ", " | ")
_FENCES = ("```", "~~~")
_ENDED = re.compile(r"[.,;:!?…\u3002\uff01\uff1f][\"'”’)\]»]*$")
_QUOTES = "“‘\"'«¿¡"
_ANNOUNCES = (":", "\uff1a")
_ASKS = ("?", "\uff1f")
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
    paragraphs = _with_links(paragraphs)
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
            fence = said.startswith(_FENCES)
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
    return "row" if said.count("|") > 1 or any(column in said for column in _COLUMNS) else "plain"


def _furniture(said: str, *, at_top: bool) -> Kind | None:
    whole = " ".join(said.split())
    line = whole.lstrip("#").strip(_DECORATION)
    if _SHELVES.fullmatch(line.rstrip(":")) and not _ENDED.search(line.rstrip(":")):
        return "shelf"
    if _BOXES.fullmatch(line.rstrip(":")):
        return "box"
    if _CREDITS.fullmatch(line):
        return "credit"
    byline = at_top and _BYLINES.fullmatch(line)
    known = _FURNITURE.fullmatch(line) or _FURNITURE.fullmatch(whole)
    return "furniture" if byline or known or _RULE.fullmatch(whole) else None


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
    full = [_is_full(line, following, width) for line, following in pairwise(run)]
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
        i for i, p in enumerate(paragraphs) if p.span.start >= half and _LAST.fullmatch(p.said.strip(_DECORATION + "#"))
    )
    end = next(ends, len(paragraphs))
    return paragraphs[:end] + [p._replace(kind="furniture") for p in paragraphs[end:]]


def _without_copies(text: str, paragraphs: list[_Paragraph]) -> list[_Paragraph]:
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
    return i + 1 == len(paragraphs) or paragraphs[i + 1].kind not in STORY


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
    if here.gap or here.kind != "plain" or not _heads(here) or len(here.said.split()) > LONGEST_LABEL:
        return False
    below_prose = before.kind in ("plain", "item") and not _heads(before)
    return below_prose and (i + 1 == len(paragraphs) or (paragraphs[i + 1].gap and _heads(paragraphs[i + 1])))


# Headings


def _could_head(said: str, kind: Kind) -> bool:
    if kind == "heading":
        return True
    short = kind == "plain" and 1 < len(said) <= LONGEST_HEADING
    first = said.lstrip(_QUOTES)[:1]
    begins = short and first.isalnum() and not first.islower()
    return begins and any(map(str.isalpha, said)) and not _ENDED.search(said)


def _heads(paragraph: _Paragraph) -> bool:
    return _could_head(paragraph.said, paragraph.kind)


def _headings(paragraphs: list[_Paragraph]) -> list[bool]:
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


def _goes_on(before: _Paragraph, here: _Paragraph) -> bool:
    """A line right under one that ends without a stop goes on with its sentence."""
    unended = before.kind == "plain" and before.said and not _heads(before) and not _ENDED.search(before.said)
    return bool(unended) and here.kind == "plain" and not here.gap


# Stories


def _stories(paragraphs: list[_Paragraph], headings: list[bool]) -> list[int]:
    """The number of each paragraph's story: 0 is the article's own, side stories count up from 1."""
    out, latest, i = [], 0, 0
    while i < len(paragraphs):
        end = _shelf_end(paragraphs, i)
        numbers = _side_stories(paragraphs[i + 1 : end], headings[i + 1 : end], latest)
        out += [0, *numbers]
        latest = max(numbers, default=latest)
        i = end
    return out


def _with_links(paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """Bare lines under a box amid the story are links to other stories, but for the last: it heads what follows."""
    out = list(paragraphs)
    for at, box in enumerate(paragraphs):
        if box.kind == "box" and _in_first_half(paragraphs, box):
            for i in range(at + 1, _last_bare(paragraphs, at)):
                out[i] = paragraphs[i]._replace(kind="link")
    return out


def _last_bare(paragraphs: list[_Paragraph], at: int) -> int:
    behind = next((i for i in range(at + 1, len(paragraphs)) if not _heads(paragraphs[i])), len(paragraphs))
    return behind - 1


def _in_first_half(paragraphs: list[_Paragraph], paragraph: _Paragraph) -> bool:
    return 2 * paragraph.span.start < paragraphs[-1].span.end


def _shelf_end(paragraphs: list[_Paragraph], at: int) -> int:
    """Behind the last of the other stories that the paragraph at ``at`` opens: right behind itself if it opens none."""
    kind, rest = paragraphs[at].kind, range(at + 1, len(paragraphs))
    if kind == "box" and _in_first_half(paragraphs, paragraphs[at]):
        return next((i for i in rest if paragraphs[i].kind != "link"), len(paragraphs))
    if kind in ("shelf", "box"):
        return next((i for i in rest if paragraphs[i].kind in ("shelf", "box")), len(paragraphs))
    return at + 1


def _side_stories(shelf: list[_Paragraph], headings: list[bool], latest: int) -> list[int]:
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


def _blocks(text: str, paragraphs: list[_Paragraph], headings: list[bool], stories: list[int]) -> Iterator[Block]:
    before: _Paragraph | None = None
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


def _announces(text: str, before: _Paragraph, paragraph: _Paragraph) -> bool:
    if before.kind == paragraph.kind and paragraph.kind in ("item", "row"):
        return True
    asks = len(before.said) <= LONGEST_HEADING and before.said.endswith(_ASKS)
    announces = text[before.span.end - 1] in _ANNOUNCES
    return asks or (announces and (len(before.said) <= LONGEST_INTRODUCTION or paragraph.kind in ("item", "row")))
