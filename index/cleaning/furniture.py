"""Furniture of the page: what a line is that belongs to no story.

Patterns know whole lines only and what any news or documentation page may carry; a sentence of a story that merely
mentions Reuters or a newsletter stays.
"""

import re
from collections.abc import Sequence
from typing import Literal

Furniture = Literal["furniture", "credit", "shelf", "box"]
Pattern = tuple[str, str]  # the reason, and what a whole line looks like

LONGEST_FURNITURE = 200  # characters; a longer line is prose, whatever it begins with

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
_RULE = re.compile(r"([-*_=~—–•·])(?:\s*\1){2,}")
_DECORATION = " *_•|»→↑▲✕[]()"
# How a sentence ends.
ENDED = re.compile(r"[.,;:!?…\u3002\uff01\uff1f][\"'”’)\]»]*$")


def furniture(said: str, *, at_top: bool) -> Furniture | None:
    """What a line is, or nothing where it may be a story's; a byline is known at the top of a page only."""
    if len(said) > LONGEST_FURNITURE:
        return None
    whole = " ".join(said.split())
    line = whole.lstrip("#").strip(_DECORATION)
    if _SHELVES.fullmatch(line.rstrip(":")) and not ENDED.search(line.rstrip(":")):
        return "shelf"
    if _BOXES.fullmatch(line.rstrip(":")):
        return "box"
    if _CREDITS.fullmatch(line):
        return "credit"
    byline = at_top and _BYLINES.fullmatch(line)
    known = _FURNITURE.fullmatch(line) or _FURNITURE.fullmatch(whole)
    return "furniture" if byline or known or _RULE.fullmatch(whole) else None


def ends_a_page(said: str) -> bool:
    return _LAST.fullmatch(said.strip(_DECORATION + "#")) is not None
