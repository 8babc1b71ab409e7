"""What is known of English words that say the same, turn or weaken what is said, or hardly add to it."""

from index.english import ABBREVIATIONS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _heads(text: str) -> dict[str, str]:
    """Of lines of words that are alike, the first for each."""
    return {word: line.split()[0] for line in text.strip().splitlines() for word in line.split()}


_COUNTED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = {
    **{word: str(value) for value, word in enumerate(_COUNTED.split())},
    **{word: str(value) for value, word in zip(range(20, 100, 10), _TENS.split(), strict=True)},
    **{word: str(value) for value, word in enumerate(_ORDINALS.split())},
    "dozen": "12",
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "billion": "1000000000",
    "trillion": "1000000000000",
}
NEGATIONS = _words("not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely")
# Small words that say when, how surely and of how many.
TELLING = _words(
    """
    may might could would should will can must if unless before after until since during against between only all both
    each every
    """
)
PREPOSITIONS = _words(
    """
    of in on at by for from to with against about over under into onto through between among around near off within
    without toward towards after before until during since as than via
    """
)
# What parts one thing that is said from the next.
PARTING = _words("and but while whereas or though although")
PRONOUNS = _words("he she it they his her its their him them")
# Verbs that say hardly more than that something was so.
LIGHT = _words("hold take place happen occur specif particular")
# What "will" may stand for.
ARRANGED = _words("set schedul upcom forthcom")
# What turns, weakens or makes conditional the words that it goes with, as stems.
TURNS = _words(
    """
    not if unless may might could would should possibl perhap potenti like unlik alleg reportedli suspect deni refus
    reject fail lack unabl consid doubt claim believ expect anticip plan hope urg seek propos schedul
    """
)

# The first of each line stands for all: forms that no stemmer joins, peoples and their countries.
ALIKE = _heads(
    """
    say said says saying state states stated remark remarks remarked affirm affirms affirmed note notes noted
    emphasize emphasizes emphasized emphasise emphasises emphasised stress stresses stressed emphasizing emphasising
    highlight highlights highlighted highlighting underscore underscores underscored
    hope hopes hoped desire desires desired
    meet met meets meeting meetings
    hold held holds holding
    take took taken takes taking
    speak spoke spoken speaks speaking
    tell told tells telling
    go went gone goes going
    come came comes coming
    see saw seen sees seeing
    give gave given gives giving
    make made makes making
    lead led leads leading
    begin began begun begins
    bring brought brings
    think thought thinks
    seek sought seeks
    fight fought fights fighting
    find found finds
    get got gets
    know knew known knows
    leave left leaves
    rise rose risen rises
    fall fell fallen falls
    grow grew grown grows
    sell sold sells selling
    buy bought buys
    send sent sends
    spend spent spends
    win won wins
    lose lost loses
    shoot shot shoots shooting
    fly flew flown flies
    write wrote written writes
    us america american americans usa
    uk britain british
    china chinese
    japan japanese
    taiwan taiwanese
    russia russian russians
    ukraine ukrainian ukrainians
    iran iranian iranians
    israel israeli israelis
    india indian indians
    korea korean koreans
    france french
    germany german germans
    spain spanish
    italy italian italians
    canada canadian canadians
    australia australian australians
    europe european europeans
    asia asian
    palestine palestinian palestinians
    rwanda rwandan
    congo congolese
    mexico mexican
    brazil brazilian
    turkey turkish
    egypt egyptian
    syria syrian
    iraq iraqi
    vietnam vietnamese
    philippines philippine filipino
    defense defence
    program programme
    center centre
    kilometer kilometre kilometers kilometres km
    percent per-cent pct
    """
)


# Left as they are: "South Korean" is like "South Korea" word by word.
_KOREAS = ("ROK", "DPRK")


def _short_forms() -> dict[str, str]:
    """The short form that stands for each long one, and for each other way to write it short."""
    forms = {}
    for line in ABBREVIATIONS.strip().splitlines():
        short, long = line.split(" = ")
        if short in _KOREAS:
            continue
        first = short.split()[0].replace(".", "").lower()
        forms.update({one: first for one in long.split(" | ") if " " in one and one[0].isupper()})
    return forms


SHORT_FORMS = _short_forms()
