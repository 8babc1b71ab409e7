"""What points back: "the one before", "before that", "he", "there", "that trip"."""

import re
from collections.abc import Sequence
from datetime import date

from service.conversation.antecedents import first, meant_by, thing_meant, things_of
from service.conversation.english import AUXILIARIES, PREPOSITIONS, WH
from service.conversation.mentions import WORD, Mention, mentioned, things
from service.conversation.turns import Asked, Turn

# ---- "the one before", "before that"

_ONE = re.compile(
    r"""
    \bthe\s+(?:
        (?P<before> one\ before(?:\ (?:that|it))? | previous\ one | earlier\ one )
      | (?P<after> one\ after(?:\ (?:that|it))? | next\ one | later\ one )
      | (?P<which> first|second|third|other|last|latest )\ one
    )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_THAT_TIME = re.compile(r"\b(?P<way>before|after|since|until|by)\s+(?:that|then|this)\W*$", re.IGNORECASE)


def one_of(asked: Asked, said: Sequence[Turn]) -> str | None:
    """What was spoken of, before the time that it was spoken of with: "the one before"."""
    match = _ONE.search(asked.text)
    if not match or not (thing := thing_meant(said)):
        return None
    when = first("time", said)
    noun = _timeless(thing, asked.as_of)
    bare = re.sub(r"^(?:the|an?|this|that)\s+", "", noun, flags=re.IGNORECASE)
    if match["which"]:
        meant = f"the {match['which'].lower()} {bare}"
    else:
        way, order = ("before", "previous") if match["before"] else ("after", "next")
        meant = f"the {bare} {way} {when}" if when else f"the {order} {bare}"
    return f"{asked.text[: match.start()]}{meant}{asked.text[match.end() :]}"


def then(asked: Asked, said: Sequence[Turn]) -> str | None:
    match = _THAT_TIME.search(asked.text)
    meant = match and (first("time", said) or thing_meant(said))
    if not match or not meant or any(mention.kind == "time" for mention in asked.mentions(said)):
        return None
    return f"{asked.text[: match.start()]}{match['way']} {meant}"


def _timeless(thing: str, as_of: date) -> str:
    for mention in reversed(mentioned(thing, as_of)):
        if mention.kind == "time":
            thing = f"{thing[: mention.begins].rstrip()} {thing[mention.span.end :].lstrip()}"
    return thing.strip()


# ---- "when was he elected?", "who met him there?"

_PRONOUN = "he|she|they|it|this|that|these|those"
_LED_TO = rf"(?:{PREPOSITIONS}\s+)?(?:how\s+(?:many|much|long|often|far|old|big|soon)|{WH})"
_SUBJECT = re.compile(
    rf"^(?P<lead>(?:{_LED_TO}(?:\s+(?!(?:{AUXILIARIES}|{_PRONOUN})\b)[\w’'-]+){{0,3}}?\s+)?{AUXILIARIES}\s+)"
    rf"(?P<pronoun>{_PRONOUN}|his|her|their|its)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_AFTER = rf"down|up|out|off|back|away|over|for|there|then|{PREPOSITIONS}\s+\w+(?:\s+\w+)?"
_OBJECT = re.compile(rf"\b(?P<pronoun>him|her|them|it|this|that)(?P<rest>(?:\s+(?:{_AFTER}))?\W*)$", re.IGNORECASE)
_ASKS = re.compile(rf"^(?:{WH}|{AUXILIARIES}|{PREPOSITIONS})\b", re.IGNORECASE)
# Not "there is" and the like.
_THERE = re.compile(
    r"(?<=\w )(?<!\b(?:is|be|of) )(?<!\b(?:are|was|get|out) )(?<!\b(?:were|been) )(?<!n['’]t )"
    rf"there(?=\W*$|\s+{PREPOSITIONS}\b)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"^\s+(?:true|possible|likely|because|that\b|like\b|take|took|mean|rain|snow|been\b|going\s+to\s+(?:rain|snow)|"
    r"(?:too\s+)?(?:late|early|important|worth|legal|illegal|hard|easy|safe|ok|better|necessary|fair|normal)\b)",
    re.IGNORECASE,
)
_LED = re.compile(rf"\b{AUXILIARIES}\s+$", re.IGNORECASE)
_TIME = re.compile(r"what\s+(?:time|day|date|month|year)\s+(?:is|was)\b", re.IGNORECASE)
LONGEST_OBJECT = 9


def pronouns(asked: Asked, said: Sequence[Turn]) -> str | None:
    text = _subject(asked, said) or _object(asked, said)
    there = _place_there(Asked(text or asked.text, asked.joined, asked.as_of), said)
    return there or text


def _subject(asked: Asked, said: Sequence[Turn]) -> str | None:
    """A pronoun where the subject stands: nothing before it in the question could be what it means."""
    if not (match := _SUBJECT.match(asked.text)):
        return None
    pronoun, rest = match["pronoun"].lower(), match["rest"]
    if pronoun in ("it", "that", "this") and (_EXPLETIVE.match(rest) or _says_much(rest) or _TIME.match(match["lead"])):
        return None
    if pronoun in ("this", "that", "these", "those") and len(WORD.findall(rest)) > 1:
        return _pointed(match, said)
    meant = meant_by(pronoun, said)
    if not meant:
        return None
    return f"{match['lead']}{meant}{'’s' if pronoun in ('his', 'her', 'their', 'its') else ''}{rest}"


def _pointed(match: re.Match[str], said: Sequence[Turn]) -> str | None:
    """The trip that was spoken of: "that trip"."""
    noun, *_ = WORD.findall(match["rest"])
    meant = next((thing for turn in reversed(said) for thing in things_of(turn) if noun in WORD.findall(thing)), None)
    return f"{match['lead']}{meant}{match['rest'].replace(noun, '', 1)}" if meant else None


def _says_much(rest: str) -> bool:
    """What goes on with a clause of its own: "is it right that ...", "how long had it been since ..."."""
    return bool(re.search(r"\b(?:that|since|when|if|whether|who|which|to)\s+\w+\s+\w+", rest, re.IGNORECASE))


def _object(asked: Asked, said: Sequence[Turn]) -> str | None:
    """A pronoun at the end, of a short question that names nothing else it could mean."""
    match = _OBJECT.search(asked.text)
    if not match or len(asked.words) > LONGEST_OBJECT or not _ASKS.match(asked.text):
        return None
    before = asked.text[: match.start()]
    pronoun = match["pronoun"].lower()
    if (
        _LED.search(before)
        or things(before)
        or not all(_is_subject(mention, before) for mention in mentioned(before, asked.as_of))
    ):
        return None
    meant = meant_by(pronoun, said)
    return f"{before}{meant}{match['rest']}" if meant else None


def _is_subject(mention: Mention, text: str) -> bool:
    """Whether it stands where a subject does, which an object after it is not."""
    return bool(re.search(rf"\b{AUXILIARIES}\s+(?:the\s+)?$", text[: mention.span.start], re.IGNORECASE))


def _place_there(asked: Asked, said: Sequence[Turn]) -> str | None:
    match = _THERE.search(asked.text)
    if not match or any(mention.kind == "place" and mention.preposition for mention in asked.mentions(said)):
        return None
    place = first("place", said)
    return f"{asked.text[: match.start()]}in {place}{asked.text[match.end() :]}" if place else None
