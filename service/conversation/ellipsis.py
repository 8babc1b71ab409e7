"""What is left out: "who else?", "why?", "what about France?", "and in 2022?"."""

import re
from collections.abc import Sequence
from datetime import date

from service.conversation.english import AUXILIARIES, PREPOSITIONS, WH
from service.conversation.mentions import Mention, mentioned
from service.conversation.turns import ENDING, Asked, Turn

LONGEST_FRAGMENT = 6  # words

# ---- "tell me more", "who else?"

_MORE = re.compile(
    r"^(?:please\s+)?(?:tell me more|more(?: details?)?|go on|continue|anything else)\b[^?]{0,20}\W*$", re.IGNORECASE
)
_ELSE = re.compile(rf"^(?P<wh>{WH})\s+else\W*$", re.IGNORECASE)
_HOW_FAR = r"how\s+(?:many|much|long|often|far|old|big|soon)\b"
_QUESTION = re.compile(
    rf"^(?P<wh>(?:{PREPOSITIONS}\s+)?(?:{_HOW_FAR}|{WH}\b)(?:\s+(?!{AUXILIARIES}\b)[\w’'-]+){{0,3}}?)"
    rf"\s+(?P<rest>(?P<aux>{AUXILIARIES})\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_YES_OR_NO = re.compile(rf"^{AUXILIARIES}\b", re.IGNORECASE)


def more_asked(asked: Asked, said: Sequence[Turn]) -> str | None:
    return said[-1].question if _MORE.match(asked.text) else None


def another_asked(asked: Asked, said: Sequence[Turn]) -> str | None:
    if not (match := _ELSE.match(asked.text)):
        return None
    before, wh = _stem(said[-1].question), match["wh"]
    if before.lower().startswith(f"{wh.lower()} "):
        rest = before[len(wh) + 1 :]
        return f"{wh} {rest}" if rest.lower().startswith("else ") else f"{wh} else {rest}"
    return f"{before}, and {wh} else"


# ---- "why?", "and when exactly?", "since when?"

_BARE_WH = rf"(?:{_HOW_FAR}|how\s+(?:come|so)|what\s+for|why\s+not|{WH}(?:\s+exactly)?)"
_BARE = re.compile(
    rf"^(?P<wh>(?:(?:since|until|by|to|for|from|with|at|in)\s+)?{_BARE_WH})"
    r"(?:\s+(?:then|though|exactly|was\s+(?:that|it|this)|is\s+(?:that|it|this)))?"
    rf"(?P<further>\s+{PREPOSITIONS}\s+[^?]{{1,40}})?\W*$",
    re.IGNORECASE,
)
_SWAPPED = ("why", "when", "where", "how", "since when", "how long", "how often", "how soon")
_MEANS = {"how come": "why", "how so": "why", "what for": "why", "why not": "why"}


def _asks_itself(match: re.Match[str]) -> bool:
    """Whether what goes on is the question, and no place or time of another: "how much of it did they take"."""
    return match["wh"].lower().startswith(("how ", "what")) or bool(_UNFINISHED.search(match["further"]))


def bare_asked(asked: Asked, said: Sequence[Turn]) -> str | None:
    """Another question word about the same: in its place where both ask for a circumstance, else beside it."""
    match = _BARE.match(asked.text)
    if not match or (match["further"] and _asks_itself(match)):
        return None
    wh = " ".join(match["wh"].lower().removesuffix("exactly").split())
    wh, before = _MEANS.get(wh, wh), _stem(said[-1].question)
    if further := match["further"]:
        before = _replaced(further.strip(), before, asked.as_of, said[-1])
    whole = _QUESTION.match(before)
    if wh in _SWAPPED and _YES_OR_NO.match(before):
        return f"{wh} {_lowered(before)}"
    if wh in _SWAPPED and whole and " ".join(whole["wh"].lower().split()) in _SWAPPED:
        return f"{wh} {whole['rest']}"
    return f"{before}, and {wh}"


# ---- "what about France?", "and in 2022?", "did Japan?"

_ABOUT = re.compile(r"^(?:what|how)\s+about\s+(?P<x>[^?]+?)\W*$", re.IGNORECASE)
_FRAGMENT = re.compile(rf"^(?P<x>(?:(?:{PREPOSITIONS})\s+)?[^?,;]+?)\W*$", re.IGNORECASE)
_DID = re.compile(rf"^{AUXILIARIES}\s+(?P<x>[^?]+?)(?:\s+(?:too|as\s+well|either))?\W*$", re.IGNORECASE)
_UNFINISHED = re.compile(
    rf"\b(?:{WH}|{AUXILIARIES}|that|it|he|she|they|him|her|them|this|those|these|i|you|we)\b", re.IGNORECASE
)
_LED = re.compile(rf"^(?P<preposition>{PREPOSITIONS})\s+(?P<x>.+)$", re.IGNORECASE)


def about(asked: Asked, said: Sequence[Turn]) -> str | None:
    """One thing of the question before in the place of another of its kind."""
    if match := _ABOUT.match(asked.text):
        x = match["x"]
        return None if _UNFINISHED.search(x) else _replaced(x, _stem(said[-1].question), asked.as_of, said[-1])
    if _is_fragment(asked, said):
        return _replaced(asked.text.rstrip(ENDING), _stem(said[-1].question), asked.as_of, said[-1])
    if (match := _DID.match(asked.text)) and _is_only(match["x"], asked, said):
        return _replaced(match["x"], _stem(said[-1].question), asked.as_of, said[-1], subject=True)
    return None


def _is_fragment(asked: Asked, said: Sequence[Turn]) -> bool:
    """A few words that ask nothing by themselves: after "and", or with a question mark and but a name or a time."""
    if len(asked.words) > LONGEST_FRAGMENT or not asked.words or _UNFINISHED.search(asked.text):
        return False
    if not _FRAGMENT.match(asked.text):
        return False
    return asked.joined or (asked.text.endswith("?") and _is_only(asked.text.rstrip(ENDING), asked, said))


def _is_only(x: str, asked: Asked, said: Sequence[Turn]) -> bool:
    """Whether there is nothing in ``x`` but what is named, with a preposition or "the"."""
    known = [m.text for turn in said for m in (*turn.asked, *turn.answered) if m.kind == "name"]
    rest = x
    found = mentioned(x, asked.as_of, known)
    for mention in reversed(found):
        rest = rest[: mention.span.start] + rest[mention.span.end :]
    return bool(found) and not re.sub(rf"\b(?:{PREPOSITIONS}|the|and|or)\b|\W", "", rest, flags=re.IGNORECASE)


def _replaced(x: str, before: str, as_of: date, last: Turn, *, subject: bool = False) -> str:
    """``before`` with ``x`` in the place of what it can stand for; beside it where there is none."""
    led = _LED.match(x)
    preposition, thing = (led["preposition"].lower(), led["x"].strip()) if led else ("", x.strip())
    known = [m.text for m in (*last.asked, *last.answered) if m.kind == "name"]
    named = mentioned(x, as_of, known)
    kind = named[0].kind if named else None
    target = _target(kind, preposition, mentioned(before, as_of, known), subject)
    if target is None:
        return _beside(before, preposition, thing, kind)
    put, start = (x, target.begins) if preposition and target.preposition else (thing, target.span.start)
    led_to = before[:start]
    if led_to.lower().endswith("the ") and (put.lower().startswith("the ") or named[0].is_person):
        led_to = led_to[: -len("the ")]
    return f"{led_to}{put}{before[target.span.end :]}"


def _beside(before: str, preposition: str, thing: str, kind: str | None) -> str:
    """What replaces nothing goes on, or stands for what the question is about."""
    if kind == "time" or (kind == "place" and preposition):
        return f"{before} {preposition or 'in'} {thing}"
    if preposition in ("about", "on") and (tail := re.search(rf"\b{preposition}\s+.*$", before)):
        return f"{before[: tail.start()]}{preposition} {thing}"
    return f"{before}, and what about {thing}"


def _target(kind: str | None, preposition: str, there: Sequence[Mention], subject: bool) -> Mention | None:
    alike = [mention for mention in there if mention.kind == kind]
    led = [mention for mention in alike if preposition and mention.preposition == preposition]
    if led or alike:
        # A country is asked about as one that does something; a person as one to whom it is done.
        return (led or alike)[-1 if kind in ("time", "name") and not subject else 0]
    others = [mention for mention in there if mention.kind in ("place", "name") and kind in ("place", "name")]
    return others[0] if len(others) == 1 and not preposition else None


def _stem(question: str) -> str:
    return question.strip().rstrip(ENDING)


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]
