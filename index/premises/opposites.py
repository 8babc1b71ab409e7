"""Words for and against, of beginning and ending, more and less: a table of English, so that another can be another.

Each block names an axis; before the slash stand the words of its positive side, after it those of its negative side.
``~`` stands for the endings of a regular verb, ``*`` for any letters, ``_`` for a space. What is in brackets has too
many other senses to be held against a question: it only ever speaks for one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from index.premises.texts import set_of

AXES = """
    doing:
        start~ begin* began begun launch* create~ creation* establish* introduc* resume~ resumption continu* go_ahead
        goes_ahead going_ahead went_ahead proceed~ sign~ restor* deploy* expand* expansion renew* reaffirm* adopt~
        adoption extend* implement* reopen* appoint* hire~ promis* pledg* commit~ commitment* agree~ agreement* grant~
        reinstat* complete~ completion accept* approv* allow* permit* embark* arriv* visit~ keep~ kept maintain* give~
        gave support* join~ attend~ attendance hold~ held build* built set_up invest~ investment* increas* step~_up
        host~ add~ strengthen* uphold* upheld send~ sent welcom* ratif* open~
      / cancel* scrap~ call~_off axe~ abandon* withdraw* withdrew pull~_out pull~_back walk~_out storm~_out back~_out
        drop~_out halt* stop~ ceas* suspend* suspension postpon* delay~ block~ prevent~ prevention forbid* forbade
        ban~ revoke~ revocation retract* take~_back took_back taken_back renounc* rescind* repeal* abolish* abolition
        dismantl* dismiss* boycott* break~_off broke_off broken_off turn~_down veto~ freeze~ froze frozen disband*
        dissolv* dissolution resign* refus* reject* deny~ denies denied discontinu* expel* expuls* evict* oust*
        prohibit* sack~ lay~_off laid_off give~_up gave_up given_up quit~ ditch~ phase~_out shut~_down scupper*
        recall~ repudiat* disavow* abrogat* skip~ snub~ shelv* nix~ overturn* annul* demolish* destroy* destruction
        [ not never no without less little lack* fail* declin* terminat* end~ clos* leave~ left leaving lost lose~
        cut~ drop~ remov* break~ broke broken exit* depart~ departure avoid* ignor* neglect* despite miss~ reluctan*
        unwilling* hesitan* fire~ exclu* death die~ died bar~ disappear* vanish* collaps* interrupt* disrupt*
        relinquish* surrender* reduc* ruin* obstruct* restrict* limit* discharg* releas* kill* extinct* relegat*
        replac* ]
    siding:
        support* back~ endors* favour* favor* approv* welcom* prais* applaud* defend~ agree~ agreement* embrac*
        advocat* encourag* accept* admire~ admiration honour* honor* love~ like~ help~ aid~ trust* celebrat* urge~
        promot* commend* hail~ highlight* stress~ emphasi* want~ desir* wish~ hope~ ally~ allies allied join~ sympath*
        recogni*
      / oppose~ opposition object~_to objected objecting objection* condemn* criticis* criticiz* denounc* reject*
        resist~ resistance disagree* disapprov* dislik* hate~ refus* protest~ warn~_against advise~_against veto~
        disput* rebuk* reprimand* deplor* scorn* despis* resent* distrust* mistrust* betray* undermin* sabotag*
        discourag* disown* repudiat* snub~ mock~ deny~ denies denied attack*
        [ not never no less little lack* against anti* without contrary hostil* enem* fight* fought rival* unlike
        skeptic* sceptic* despite concern* doubt* challeng* question* contest* blam* fear* worr* ]
    size:
        increas* rise~ rose risen grow~ grew grown growth expand* expansion surg* soar* climb~ doubl* tripl* boost*
        widen* swell* escalat* intensif* accelerat* step~_up raise~ strengthen* improv* extend* gain~ multipl*
      / decreas* fall~ fell fallen declin* shrink* shrank shrunk reduc* slump* plung* plummet* dwindl* lowers lowered
        lowering halve~ slows slowed slowing lessen* diminish* weaken* scale~_back cut~ slash* halt* stop~ curb*
        curtail* de-escalat* worsen*
        [ not never no without less fewer drop* lost lose~ loss* down lower slow smaller deteriorat* end* ceas* eas* ]
    worth:
        strong* strength* important importance significan* success* vital valuabl* essential cornerstone* effective
        reliab* safe legal useful helpful good improv* beneficial popular famous height*
      / weak* unimportant insignifican* unsuccessful fail~ failure* useless worthless pointless outdated obsolet*
        ineffective unreliab* unsafe illegal harmful bad worse worst disaster* disastrous irrelevan* unpopular
        unnecessar* embarrass* regret* ashamed
        [ not never no without poor* difficult* problem* despite less little lack* ]
"""
# Of the positive words, those that a question takes for granted when it has them: others are often nouns.
ASSERTING = """
    support~ back~ endorse~ approve~ accept~ agree~ allow~ permit~ favour~ favor~ praise~ welcome~ defend~ increase~
    rise~ rose grow~ grew raise~ expand~ sign~ keep~ kept love~ help~ trust~ like~
"""
DENYING = set_of("not never no without cannot neither nor nobody nothing none hardly")
DENYING_VERB = re.compile(
    r"(?:is|are|was|were|do|does|did|could|would|should|has|have|had|must|need)n['’]?t|(?:ca|wo)n['’]t|cant|wont"
)
# Phrases that stand open: "pull its troops out".
PARTED = {
    "out": ("pull", "pulls", "pulled", "pulling", "phase", "phased"),
    "back": ("pull", "pulled", "pulling", "take", "takes", "took", "taken", "taking", "scale", "scaled"),
    "off": ("call", "calls", "called", "calling", "lay", "laid", "laying", "break", "broke"),
    "down": ("turn", "turns", "turned", "turning", "shut", "shuts"),
    "up": ("give", "gives", "gave", "giving"),
}
FURTHEST, LONGEST_PHRASE = 4, 2
# After these "back" is no verb ("bring back", "the back"), nor before those ("back to").
NO_VERB_AFTER = set_of(
    """the a an his her its their my our your hit bring brought get got go went come came give gave hold held fight
    push look turn call way dating date"""
)
NO_VERB_BEFORE = set_of("to at in into from on with for by and of when after out up home down then")
# A negation reaches so many words on.
REACH = 3


class Sense(NamedTuple):
    """A side of an axis that a word stands for; ``sure`` if it can be held against a question."""

    axis: str
    positive: bool
    sure: bool


ENDED, AGAINST = Sense("doing", False, True), Sense("siding", False, True)


class Sign(NamedTuple):
    """Words from ``first`` to before ``last`` that stand for a side; ``positive`` and ``denied`` as the text has it."""

    first: int
    last: int
    sense: Sense
    denied: bool

    @property
    def positive(self) -> bool:
        return self.sense.positive != self.denied


def signs(words: Sequence[str]) -> Iterator[Sign]:
    """What stands for a side of an axis among words in lower case, marks between them being words too."""
    at = 0
    while at < len(words):
        length, senses = _longest(words, at)
        denied = bool(senses) and is_denied(words, at)
        yield from (Sign(at, at + length, sense, denied) for sense in senses)
        at += length
    yield from (Sign(first, last + 1, ENDED, False) for first, last in parted(words))


def parted(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a phrase of ending stands open: the places of its first and last word."""
    for at, word in enumerate(words):
        verbs = PARTED.get(word, ())
        for back in range(2, FURTHEST + 2):
            if back <= at and words[at - back] in verbs and all(map(str.isalnum, words[at - back : at])):
                yield at - back, at


def is_denying(word: str) -> bool:
    return word in DENYING or bool(DENYING_VERB.fullmatch(word))


def is_denied(words: Sequence[str], at: int) -> bool:
    """Whether a word has a negation before it, or has two and is not."""
    denied = False
    for word in reversed(words[max(0, at - REACH) : at]):
        if not word[0].isalnum():
            break
        denied ^= is_denying(word)
    return denied


def is_asserting(words: str) -> bool:
    return words in _asserting()


def _longest(words: Sequence[str], at: int) -> tuple[int, tuple[Sense, ...]]:
    exact, _ = _table()
    for length in range(LONGEST_PHRASE, 1, -1):
        if at + length <= len(words) and (senses := exact.get(" ".join(words[at : at + length]))):
            return length, tuple(senses)
    return 1, () if _is_no_verb(words, at) else senses_of(words[at])


def _is_no_verb(words: Sequence[str], at: int) -> bool:
    before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else "to"
    return words[at] in ("back", "backs") and (before in NO_VERB_AFTER or after in NO_VERB_BEFORE)


@lru_cache(maxsize=65536)
def senses_of(word: str) -> tuple[Sense, ...]:
    """What a word by itself stands for, in lower case."""
    exact, beginnings = _table()
    found = list(exact.get(word, ()))
    for end in range(2, len(word) + 1):
        found += beginnings.get(word[:end], ())
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, list[Sense]], dict[str, list[Sense]]]:
    """The senses of each word or phrase, and of each beginning."""
    exact: dict[str, list[Sense]] = defaultdict(list)
    beginnings: dict[str, list[Sense]] = defaultdict(list)
    axis, positive, sure = "", True, True
    for entry in AXES.split():
        if entry.endswith(":"):
            axis, positive, sure = entry[:-1], True, True
        elif entry in "/[]":
            positive, sure = False, entry != "["
        elif entry.endswith("*"):
            beginnings[entry[:-1]].append(Sense(axis, positive, sure))
        else:
            for form in _forms(entry):
                exact[form].append(Sense(axis, positive, sure))
    return dict(exact), dict(beginnings)


@lru_cache(maxsize=1)
def _asserting() -> frozenset[str]:
    return frozenset(form for entry in ASSERTING.split() for form in _forms(entry))


def _forms(entry: str) -> list[str]:
    verb, regular, rest = entry.replace("_", " ").partition("~")
    stem = verb.removesuffix("e")
    if not regular:
        return [verb + rest]
    endings = ("", "s", "es", "ed", "ing", verb[-1] + "ed", verb[-1] + "ing")
    forms = dict.fromkeys(base + ending for ending in endings for base in (verb, stem))
    return [form + rest for form in forms if form != stem or stem == verb]
