"""The words of English dates."""

from index.dates.language import Language


def _numbered(words: str, first: int = 0) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


def _alike(words: str, value: int = 0) -> dict[str, int]:
    return dict.fromkeys(words.split(), value)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = Language(
    words={
        "month": _numbered("january february", 1) | {"july": 7} | _numbered("september october november december", 9),
        "doubtful": {"march": 3, "april": 4, "june": 6, "august": 8, "sept": 9}
        | _numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1),
        "weekday": _numbered("monday tuesday wednesday thursday friday saturday sunday")
        | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
        "weekday_abbreviated": _numbered("mon tue wed thu fri sat sun"),
        "season": {"spring": 3, "summer": 6, "autumn": 9, "winter": 12},
        "fall": {"fall": 9},
        "nth_word": _numbered(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
            1,
        ),
        "number": _numbered("two three four five six seven eight nine ten eleven twelve", 2) | {"couple": 2},
        "one": _alike("a an one", 1),
        "few": {"few": 4, "several": 6},
        "halves": _alike("half"),
        "a_day": _alike("day days"),
        "a_week": _alike("week weeks"),
        "a_weekend": _alike("weekend weekends"),
        "a_month": _alike("month months"),
        "a_quarter": _alike("quarter quarters"),
        "a_year": _alike("year years"),
        "a_decade": _alike("decade decades"),
        "a_century": _alike("century centuries"),
        "daypart": _alike("morning afternoon evening night"),
        "dayword": {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1},
        "part": {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2},
        "last": _alike("last", -1),
        "past": _alike("past", -1),
        "this": _alike("this current"),
        "next": _alike("next", 1),
        "coming": _alike("coming upcoming", 1),
        "earlier": _alike("earlier"),
        "later": _alike("later"),
        "ago": _alike("ago"),
        "the": _alike("the"),
        "its": _alike("its his her their our my your both another that"),
        "every": _alike("each every"),
        "of": _alike("of"),
        "in": _alike("in"),
        "on": _alike("on"),
        "during": _alike("during over throughout within circa"),
        "and": _alike("and &"),
        "or": _alike("or"),
        "to": _alike("to through thru"),
        "since": _alike("since"),
        "before": _alike("before prior"),
        "after": _alike("after"),
        "until": _alike("until till"),
        "by": _alike("by"),
        "from": _alike("from"),
        "between": _alike("between"),
        "onwards": _alike("onward onwards"),
        "fiscal": _alike("fiscal financial"),
        "era": _alike("bc bce"),
    },
    months=_listed("January February March April May June July August September October November December"),
    weekdays=_listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    verbs=frozenset({"may", "march", "mar", "sat", "sun", "wed", "dec", "jan"}),
    after_the=frozenset({"may"}),
    marches=_names("on to for from through of"),
    counted=_names(
        "people persons men women children others soldiers troops workers jobs homes deaths cases votes seats "
        "points goals runs yards games wins percent per times miles metres meters kilometres kilometers km feet "
        "tons tonnes dollars euros pounds yen yuan cents million billion trillion thousand hundred dozen minutes "
        "hours days weeks months years decades pages words items units members students"
    ),
    titles=_names("mr mrs ms dr prof st gen sen rep gov"),
    feasts=_names("black good super cyber ash bloody palm fat giving shrove maundy freaky"),
    modals=_names("will shall may might must would"),
    ahead=_names(
        "forthcoming plans plan planning hopes hoping aims aiming intends intend expects expecting invited "
        "invitation tentatively begins starts opens ahead"
    ),
    due=_names("scheduled slated planned expected due set supposed anticipated poised"),
    was=_names("was were had been"),
    be=frozenset({"be"}),
    past=_names(
        "said told met made won held saw came went took began became gave got had led left lost put ran set sent "
        "sold spoke stood struck thought wrote was were did fell found fought flew rose shot showed shut hit cut "
        "let paid read brought bought built caught chose drew drove hurt kept knew laid meant quit rode swore "
        "threw wore"
    ),
    past_ending="ed",
    predicates=_names("is was has had will brings marks sees"),
    to="to",
    since="since",
    until="until",
)
