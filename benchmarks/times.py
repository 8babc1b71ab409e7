"""Does a question get the right one of two events that differ in nothing but their time?

``python benchmarks/times.py`` makes an archive in which every event has twins: the same kind of thing, with the same
names, in nearly the same words, in another year, month or week, told at once or months later, by articles dated to the
day, to the month or not at all. Then it asks for one of them by its time. Beside them stands a series: one article a
month over years, all alike. At last it asks by bare months, some of which fit several years. Everything
follows from ``--seed``; names are made up.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from index import dates
from index.embedding import open_encoder
from index.folder import Index
from index.prepare import prepare
from index.rebuild import open_index
from index.records import Article, Filters, Period
from index.search import Found, Question, search

MONTHS = dates.ENGLISH.months
WEEKDAYS = dates.ENGLISH.weekdays
SERIES_FROM, SERIES_YEARS = 2014, 10
REMINDS = 0.2
BATCH = 64


class Kind(NamedTuple):
    """A kind of event: how articles tell it, how one asks for it, and what can set two of them apart."""

    title: str
    tells: tuple[str, ...]
    asks: tuple[str, ...]
    named: tuple[str, ...]
    keywords: str
    details: tuple[str, ...]
    reminder: str


KINDS = {
    "trip": Kind(
        "{who} calls off trip to {place}",
        (
            "{who} called off a trip to {place} {when} because of {detail}.",
            "A trip by {who} to {place} was called off {when} because of {detail}.",
        ),
        ("why did {who} call off the trip to {place} {time}?", "Why was {who}'s trip to {place} cancelled {time}?"),
        ("why was the {time} trip to {place} cancelled?",),
        "{place} trip called off reason {time}",
        (
            "a storm over the coast", "a strike of the pilots", "a leaked letter", "an illness in the family",
            "a row over fishing rights", "a bomb threat", "the death of the king", "a broken engine",
        ),
        "a trip there was last called off in {twin}",
    ),
    "recall": Kind(
        "{who} recalls products",
        (
            "{who} recalled {detail} {when} after complaints from customers.",
            "After complaints, {who} recalled {detail} {when}.",
        ),
        ("what did {who} recall {time}?", "Which products did {who} take back {time}?"),
        ("what was part of the {time} recall by {who}?",),
        "{who} recall {time}",
        (
            "40,000 kettles", "its electric blankets", "a batch of baby food", "12,000 bicycles",
            "all its smoke alarms",
            "two kinds of frozen peas", "garden chairs", "its newest phone chargers",
        ),
        "the firm had recalled goods in {twin} too",
    ),
    "walkout": Kind(
        "Walkout at {who}",
        (
            "Workers at {who} in {place} walked out {when} over {detail}.",
            "Over {detail}, workers at {who} in {place} walked out {when}.",
        ),
        ("why did workers at {who} walk out {time}?", "What was the walkout at {who} in {place} about {time}?"),
        ("what was the {time} walkout at {who} about?",),
        "{who} workers walkout {time}",
        (
            "unpaid overtime", "the closing of the canteen", "new shift plans", "cuts to their pensions",
            "a dismissed steward", "the heat in the halls", "cameras in the changing rooms",
            "a broken promise of a rise",
        ),
        "the last walkout there was in {twin}",
    ),
    "appointment": Kind(
        "{who} names new head",
        ("{who} appointed {detail} as its head {when}.", "{detail} was appointed {when} to head {who}."),
        ("who was appointed to head {who} {time}?", "Whom did {who} appoint as its head {time}?"),
        ("who was named in the {time} appointment at {who}?",),
        "{who} new head appointed {time}",
        (
            "Marta Lindqvist", "Tom Okafor", "Helen Brandt", "Yusuf Demirel", "Carla Ruiz", "Peter Novak", "Aiko Mori",
            "Samuel Grant",
        ),
        "it had last changed its head in {twin}",
    ),
    "fire": Kind(
        "Fire at {who} in {place}",
        (
            "A fire at the works of {who} in {place} {when} was caused by {detail}, investigators found.",
            "Investigators found that {detail} caused the fire at the {place} works of {who} {when}.",
        ),
        ("what caused the fire at {who} in {place} {time}?", "How did the fire at the {place} works start {time}?"),
        ("what caused the {time} fire at {who}?",),
        "fire {who} {place} cause {time}",
        (
            "a dropped cigarette", "a faulty heater", "an overheated conveyor", "a lightning strike",
            "welding on the roof",
            "a leaking gas pipe", "spilled solvent", "arson by a former guard",
        ),
        "there had been a fire in {twin} as well",
    ),
    "flood": Kind(
        "River floods {place}",
        (
            "The river flooded {place} {when}, and {detail} had to be given up for days.",
            "In {place}, {detail} had to be given up for days when the river rose {when}.",
        ),
        (
            "what had to be given up in the flood at {place} {time}?",
            "What did the river put under water in {place} {time}?",
        ),
        ("what was given up in the {time} flood in {place}?",),
        "{place} river flood given up {time}",
        (
            "the old hospital", "three schools", "ninety homes by the mill", "the railway station", "the fire station",
            "a shopping centre", "the library", "the whole harbour quarter",
        ),
        "the river had last come so high in {twin}",
    ),
    "vote": Kind(
        "{place} council votes",
        (
            "The council of {place} voted {when} to {detail}, by a narrow majority.",
            "By a narrow majority the council of {place} decided {when} to {detail}.",
        ),
        ("what did the council of {place} decide {time}?", "What did {place} council vote for {time}?"),
        ("what came out of the {time} vote of {place} council?",),
        "{place} council vote {time}",
        (
            "close the swimming pool", "ban cars from the market square", "sell the town hall", "raise the tax on dogs",
            "build a second bridge", "rename the high street", "buy back the waterworks", "double parking fees",
        ),
        "its last vote of that kind was in {twin}",
    ),
    "prize": Kind(
        "{who} prize awarded",
        (
            "The prize of {who} went to {detail} {when}, at a dinner in {place}.",
            "At a dinner in {place}, {detail} received the prize of {who} {when}.",
        ),
        ("who received the prize of {who} {time}?", "Who won the {who} prize {time}?"),
        ("who won the {time} {who} prize?",),
        "{who} prize winner {time}",
        (
            "the poet Ines Falk", "the chemist Rahul Sen", "a school choir", "the baker Olga Petrov",
            "the cellist Jun Park",
            "the nurse Dele Ade", "a team of divers", "the architect Nora Weiss",
        ),
        "the prize before that was given in {twin}",
    ),
    "outage": Kind(
        "Systems of {who} fail",
        (
            "The systems of {who} failed for hours {when}; {detail} was to blame, the company said.",
            "{who} said that {detail} was to blame when its systems failed for hours {when}.",
        ),
        ("what was to blame when the systems of {who} failed {time}?", "Why were the systems of {who} down {time}?"),
        ("what was to blame for the {time} outage at {who}?",),
        "{who} outage reason {time}",
        (
            "a cut cable", "an expired certificate", "a flooded cellar", "a wrong command by a trainee",
            "an attack from abroad",
            "a full disk", "a burnt transformer", "a botched update",
        ),
        "its systems had last failed in {twin}",
    ),
    "launch": Kind(
        "{who} announces plans",
        (
            "{who} announced {detail} {when} before reporters in {place}.",
            "In {place}, {who} announced {detail} {when}.",
        ),
        ("what did {who} announce {time}?", "What plans did {who} make public {time}?"),
        ("what was the {time} announcement of {who} about?",),
        "{who} announcement {time}",
        (
            "a ferry line to the islands", "the end of its paper catalogue", "two new warehouses",
            "a merger with a rival",
            "a four-day week for all", "a loan of 90 million", "the sale of its football club", "a plant for batteries",
        ),
        "it had last spoken to reporters in {twin}",
    ),
}  # fmt: skip
FIRMS = (
    "Norda Steel", "Halvorsen Foods", "Brightwater Rail", "Castello Motors", "Pinewood Press", "Orlan Telecom",
    "Sable Bank",
    "Quillon Paper", "Tessera Glass", "Marlow Ferries", "Fenwick Dairies", "Kestrel Air", "Dunmore Power",
    "Lyra Software",
    "Ostrander Mills", "Verity Insurance", "Gallant Toys", "Hexham Chemicals", "Juniper Clinics", "Corvid Security",
    "Ashgrove Homes", "Solano Shipping", "Umber Coffee", "Wexley Tools",
)  # fmt: skip
PEOPLE = (
    "Minister Adeyemi", "Chancellor Roth", "President Valdes", "Senator Whitlock", "Governor Tanaka", "Ambassador Lund",
    "Mayor Castellan", "Commissioner Haas",
)  # fmt: skip
PLACES = (
    "Oslo", "Porto", "Lagos", "Tartu", "Cusco", "Leiden", "Hobart", "Tampere", "Galway", "Trieste", "Bergen", "Kumasi",
    "Malmo", "Nantes", "Gdansk", "Recife", "Windhoek", "Salta", "Izmir", "Penang", "Varna", "Aarhus", "Mersin", "Cork",
)  # fmt: skip
SOURCES = ("Harbour Herald", "The Daily Lantern", "Northern Post", "Civic Wire", None)
SPEAKERS = (
    "A spokesman", "The union", "The opposition", "A neighbour", "The bishop", "An expert from the university",
    "The local paper", "A former director", "The chamber of trade", "A petition with thousands of names",
    "The works doctor", "A taxi driver", "The regional government", "One of the lawyers", "A group of parents",
    "The oldest member of the board", "A reader in a letter", "The tourist office",
)  # fmt: skip
REMARKS = (
    "asked for patience", "spoke of a turning point", "called for an inquiry", "had seen it coming",
    "wants talks behind closed doors", "fears for the good name of the region", "could not be reached",
    "put the cost at several millions", "sees no reason to worry", "compared it with a bad play",
    "expects that others will follow", "found strong words", "promised to help where help is needed",
    "doubts that the whole story is known", "thanked all who had stayed calm", "has hired a consultant",
    "recalled better times", "was not surprised at all",
)  # fmt: skip
DATED_FILLERS = (
    "The house was built in {old}.", "A report is expected next year.", "A meeting was set for Thursday.",
    "The rules go back to {old}.", "More will be known in six months.",
    "The region has lost a tenth of its people since {old}.",
)  # fmt: skip
CHAIRS = ("Anna Kowal", "Ben Achterberg", "Chidi Eze", "Dana Whitmore", "Elif Aydin", "Farid Haddad")


@dataclass
class Event:
    """Something that happened on a day, and the articles that tell it, known at least as exactly as ``grain`` days."""

    kind: str
    who: str
    place: str
    day: date
    detail: str
    grain: int = 1
    told_by: list[Article] = field(default_factory=list)


class Bare(NamedTuple):
    """A question by a month without a year, and the years in which there was such an event in that month."""

    text: str
    years: frozenset[int]


@dataclass(frozen=True)
class Asked:
    """A question with what a right passage holds, and what kind of a question it is."""

    kind: str
    text: str
    detail: str
    articles: frozenset[str]
    as_of: date
    filters: Filters = Filters()  # noqa: RUF009


class Told(NamedTuple):
    """How an article gives the time of an event: in which words, on which date of its own, and how exactly (days)."""

    when: str
    published_at: str | None
    grain: int


# --- How articles give a time ---------------------------------------------------------------------------------------


def _spelled(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _month_of(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _later(day: date, days: int) -> date:
    return day + timedelta(days)


def _at_once(day: date, chance: random.Random) -> Told:
    return Told(chance.choice(("", "today")), _later(day, 0).isoformat(), 1)


def _weekday(day: date, chance: random.Random) -> Told:
    published = _later(day, chance.randint(1, 4)).isoformat()
    return Told(f"on {WEEKDAYS[day.weekday()]}", chance.choice((published, published + "T08:30:00Z")), 1)


def _yesterday(day: date, _: random.Random) -> Told:
    return Told("yesterday", _later(day, 1).isoformat(), 1)


def _last_week(day: date, chance: random.Random) -> Told:
    monday = _later(day, 7 - day.weekday())
    return Told("last week", _later(monday, chance.randint(0, 4)).isoformat(), 7)


def _full_day(day: date, chance: random.Random) -> Told:
    published = _later(day, chance.randint(2, 300))
    date_of = chance.choice((published.isoformat(), published.isoformat()[:7], published.isoformat()[:4], None))
    when = chance.choice((f"on {_spelled(day)}", f"on {MONTHS[day.month - 1]} {day.day}, {day.year}"))
    return Told(when, date_of, 1)


def _full_month(day: date, chance: random.Random) -> Told:
    published = _later(day, chance.randint(40, 300)).isoformat()
    return Told(f"in {_month_of(day)}", chance.choice((published, published[:7], None, None)), 31)


def _this_month(day: date, _: random.Random) -> Told:
    return Told("earlier this month", day.replace(day=28).isoformat(), 31)


def _month_named(day: date, chance: random.Random) -> Told:
    published = _later(day.replace(day=1), chance.randint(70, 250)).isoformat()
    return Told(f"in {MONTHS[day.month - 1]}", chance.choice((published, published[:7])), 31)


def _last_month(day: date, chance: random.Random) -> Told:
    published = _later(day.replace(day=28), chance.randint(6, 20)).isoformat()
    return Told("last month", chance.choice((published, published[:7])), 31)


def _last_year(day: date, chance: random.Random) -> Told:
    published = date(day.year + 1, chance.randint(3, 11), 5).isoformat()
    return Told(f"in {MONTHS[day.month - 1]} last year", chance.choice((published, published[:7])), 31)


TELLINGS: tuple[Callable[[date, random.Random], Told], ...] = (
    _at_once, _weekday, _yesterday, _last_week, _full_day, _full_month, _this_month, _month_named, _last_month,
    _last_year,
)  # fmt: skip
EXACT = (_at_once, _weekday, _yesterday, _last_week, _full_day)


# --- The archive ----------------------------------------------------------------------------------------------------


def families(count: int, chance: random.Random) -> Iterator[tuple[str, list[Event]]]:
    """Events that differ in their time alone, with what that is: "year", "month" or "week"."""
    firms, people, places = (list(names) for names in (FIRMS, PEOPLE, PLACES))
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        apart = ("year", "month", "week")[number // len(KINDS) % 3]
        who = (people if kind == "trip" else firms)[number // len(KINDS) * 7 % (8 if kind == "trip" else 24)]
        place = places[(number * 5 + number // len(KINDS)) % len(places)]
        size = 3 if apart == "year" and number % 2 else 2
        details = chance.sample(KINDS[kind].details, size)
        days = _days_apart(apart, size, chance)
        yield apart, [Event(kind, who, place, day, detail) for day, detail in zip(days, details, strict=True)]


def _days_apart(apart: str, size: int, chance: random.Random) -> list[date]:
    """In the middle of months and weeks, so that nothing that is told of them is in doubt."""
    year, month = chance.randint(2017, 2022), chance.randint(1, 12)
    if apart == "year":
        return [date(year + shift, month, chance.randint(5, 20)) for shift in range(size)]
    if apart == "month":
        months = chance.sample([m for m in range(1, 13) if abs(m - month) > 1], size - 1)
        return [date(year, m, chance.randint(5, 20)) for m in [month, *months]]
    first = date(year, month, 3)
    monday = _later(first, -first.weekday() % 7)
    return [_later(monday, 14 * week + weekday) for week, weekday in enumerate(chance.sample(range(5), size))]


def tell(events: Sequence[Event], apart: str, chance: random.Random) -> None:
    """Write what tells each event: an article, often a second one later."""
    for event in events:
        tellings = EXACT if apart == "week" else TELLINGS
        chosen = chance.sample(tellings, 2 if chance.random() < 0.3 else 1)
        earlier = next((other for other in events if other.day < event.day), None)
        twin = earlier if chance.random() < REMINDS else None
        told = [way(event.day, chance) for way in chosen]
        event.grain = min(one.grain for one in told)
        event.told_by = [_article(event, twin, one, chance) for one in told]


def _article(event: Event, twin: Event | None, told: Told, chance: random.Random) -> Article:
    kind, names = KINDS[event.kind], {"who": event.who, "place": event.place, "detail": event.detail}
    lead = chance.choice(kind.tells).format(**names, when=told.when).replace(" ,", ",").replace("  ", " ")
    said = [_sentence(lead.replace(" .", ".").replace(" ;", ";"))]
    if twin:
        said.append(_sentence(kind.reminder.format(twin=_month_of(twin.day)) + "."))
    said += _remarks(chance, chance.randint(3, 6))
    said += [line.format(old=chance.randint(1950, 1999)) for line in chance.sample(DATED_FILLERS, chance.randint(0, 1))]
    if chance.random() < 0.3:
        said = [*said[-2:], *said[:-2]]
    middle = len(said) // 2
    text = " ".join(said[:middle]) + "\n\n" + " ".join(said[middle:])
    title = kind.title.format(**names)
    name = f"{event.kind}-{event.who}-{event.place}-{event.day}-{told.when or 'now'}".lower().replace(" ", "-")
    source = chance.choice(SOURCES)
    return Article(
        name,
        title,
        text,
        source=source,
        published_at=told.published_at,
        date_basis="given" if told.published_at else None,
    )


def _remarks(chance: random.Random, count: int) -> list[str]:
    """What surrounds the news, so mixed that no two articles look like reprints for it."""
    both = zip(chance.sample(SPEAKERS, count), chance.sample(REMARKS, count), strict=True)
    return [f"{speaker} {remark}." for speaker, remark in both]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


# --- What is asked --------------------------------------------------------------------------------------------------


def questions(apart: str, events: Sequence[Event], chance: random.Random) -> Iterator[Asked]:
    """By what sets the events apart; two or three questions a family."""
    event = chance.choice(events)
    ways = {"year": _by_year, "month": _by_month, "week": _by_week}[apart](event, events, chance)
    for kind, time, as_of in chance.sample(ways, min(3, len(ways))):
        yield Asked(kind, _worded(kind, event, time, chance), *_right(event), as_of)
    filtered = _filtered(event, events)
    if filtered is not None:
        plain = chance.choice(KINDS[event.kind].asks).replace(" {time}", "")
        text = plain.format(who=event.who, place=event.place)
        yield Asked("filter", text, *_right(event), date(2030, 1, 1), filtered)


Way = tuple[str, str, date]
FAR = date(2026, 5, 20)


def _by_year(event: Event, events: Sequence[Event], chance: random.Random) -> list[Way]:
    day, month = event.day, MONTHS[event.day.month - 1]
    ways: list[Way] = [
        ("month and year", f"in {_month_of(day)}", FAR),
        ("month and year, named", _month_of(day), FAR),
        ("year", f"in {day.year}", FAR),
        ("keywords", f"{month[:3] if chance.random() < 0.3 else month} {day.year}".lower(), FAR),
        ("last year", "last year", date(day.year + 1, chance.randint(1, 12), 10)),
        ("last month", f"last {month}", _later(day.replace(day=1), 100)),
        ("part of a year", f"in {('early', 'mid', 'late')[(day.month - 1) // 4]} {day.year}", FAR),
    ]
    if event is events[-1]:
        ways.append(("since", f"since January {day.year}", FAR))
    if event is events[0]:
        ways.append(("before", f"before {day.year + 1}", FAR))
    return ways


def _by_month(event: Event, events: Sequence[Event], chance: random.Random) -> list[Way]:
    day, month = event.day, MONTHS[event.day.month - 1]
    others = [other.day.month for other in events if other is not event]
    ways: list[Way] = [
        ("bare month", f"in {month}", chance.choice((FAR, _later(day, 40)))),
        ("bare month", f"back in {month}", FAR),
        (
            "bare month, named",
            month if chance.random() < 0.5 else month.lower(),
            chance.choice((FAR, _later(day, 300))),
        ),
        ("month and year", f"in {_month_of(day)}", FAR),
        ("keywords", f"{month} {day.year}".lower(), FAR),
        ("last month", "last month", _later(day.replace(day=28), 12)),
        ("months ago", f"{('two', 'three')[(gap := chance.randint(2, 3)) - 2]} months ago", _shifted(day, gap)),
    ]
    if 1 < day.month < 12 and not any(abs(other - day.month) <= 1 for other in others):
        between = f"between {MONTHS[day.month - 2]} and {MONTHS[day.month]} {day.year}"
        ways.append(("between", between, FAR))
    if (day.month - 1) // 3 not in [(other - 1) // 3 for other in others]:
        ways.append(
            (
                "quarter",
                f"in the {('first', 'second', 'third', 'fourth')[(day.month - 1) // 3]} quarter of {day.year}",
                FAR,
            )
        )
    return ways


def _by_week(event: Event, events: Sequence[Event], chance: random.Random) -> list[Way]:
    day = event.day
    monday = _later(day, 7 - day.weekday())
    ways: list[Way] = [
        ("last week", "last week", _later(monday, chance.randint(0, 6))),
        ("this week", "this week", _later(day, chance.randint(0, 6 - day.weekday()))),
    ]
    if all(one.grain == 1 for one in events):
        ways += [
            ("day", f"on {_spelled(day)}", FAR),
            ("day", f"on {day.day} {MONTHS[day.month - 1]}", FAR),
            ("weekday", f"on {WEEKDAYS[day.weekday()]}", _later(day, chance.randint(1, 5))),
            ("yesterday", "yesterday", _later(day, 1)),
            ("keywords", f"{MONTHS[day.month - 1]} {day.day} {day.year}".lower(), FAR),
        ]
    return ways


def _shifted(day: date, months: int) -> date:
    months += day.year * 12 + day.month - 1
    return date(months // 12, months % 12 + 1, 10)


def _worded(kind: str, event: Event, time: str, chance: random.Random) -> str:
    said = KINDS[event.kind]
    template = (
        said.keywords if kind == "keywords" else chance.choice(said.named if kind.endswith("named") else said.asks)
    )
    text = template.format(who=event.who, place=event.place, time=time)
    return text.lower() if kind == "keywords" else text


def _right(event: Event) -> tuple[str, frozenset[str]]:
    return event.detail, frozenset(article.id for article in event.told_by)


def _filtered(event: Event, events: Sequence[Event]) -> Filters | None:
    """A stretch in which articles of the event may have been published, and none of its twins'."""
    mine = [dates.parse(article.published_at) for article in event.told_by if article.published_at]
    others = [dates.parse(a.published_at) for e in events if e is not event for a in e.told_by if a.published_at]
    ends = ((date.min, mine[0].last), (mine[0].first, date.max), mine[0]) if mine else ()
    stretches = (Period(*two) for two in ends)
    only = next((one for one in stretches if not any(one.overlaps(other) for other in others)), None)
    return Filters(published=only) if only else None


def series() -> tuple[list[Article], list[Asked]]:
    """A statement a month over years, in the same words: more alike than any search keeps as candidates."""
    chance = random.Random(5)
    articles, asked = [], []
    for year in range(SERIES_FROM, SERIES_FROM + SERIES_YEARS):
        for month in range(1, 13):
            rate = f"{chance.randint(100, 899) / 100:.2f}"
            day = date(year, month, 12)
            when = ("", "last week", "on Tuesday", "earlier this month")[month % 4]
            published = _later(day, (0, 7, 3, 9)[month % 4])
            text = (
                f"The Bank of Norda set its rate at {rate} per cent {when}.".replace(" .", ".")
                + " The board was of one mind. Prices have been steady, and the board sees no reason for worry."
            )
            id = f"rate-{year}-{month:02}"
            articles.append(
                Article(id, "Bank of Norda sets rate", text, source="Civic Wire", published_at=published.isoformat())
            )
            for time, as_of in (
                (f"in {_month_of(day)}", FAR),
                ("last month", _shifted(day, 1)),
                (f"last {MONTHS[month - 1]}", _shifted(day, 5)),
                ("two months ago", _shifted(day, 2)),
                *_at_ends(year, month),
            ):
                text_asked = f"at what rate did the Bank of Norda set its rate {time}?"
                asked.append(Asked("series", text_asked, rate, frozenset({id}), as_of))
    ends = [one for one in asked if "before" in one.text or "since" in one.text]
    return articles, [*chance.sample(asked, 40), *ends]


def _at_ends(year: int, month: int) -> list[tuple[str, date]]:
    """Of the first and last of a series one can ask without saying their month, which no word search will find."""
    if (year, month) == (SERIES_FROM, 1):
        return [(f"before February {year}", FAR)]
    return [(f"since December {year}", FAR)] if (year, month) == (SERIES_FROM + SERIES_YEARS - 1, 12) else []


def steady(chance: random.Random) -> tuple[list[Article], list[Asked]]:
    """What is asked about today and was written long ago, beside what was published today about something else."""
    articles, asked = [], []
    for number, chair in enumerate(CHAIRS):
        firm, day = FIRMS[number * 3], date(2026, 3, 2 + number)
        text = f"{chair} chairs the board of {firm}. The board meets in {PLACES[number]} twice a year."
        articles.append(Article(f"chair-{number}", f"The board of {firm}", text, published_at="2024-05-02"))
        news = f"{firm} opened a canteen. The board was there with the mayor. {_remarks(chance, 1)[0]}"
        articles.append(Article(f"canteen-{number}", f"{firm} opens canteen", news, published_at=day.isoformat()))
        for time in ("today", "now", "these days"):
            text_asked = f"who chairs the board of {firm} {time}?"
            asked.append(Asked("today, loosely", text_asked, chair, frozenset({f"chair-{number}"}), day))
    return articles, asked


# --- Measuring ------------------------------------------------------------------------------------------------------


def first_is_right(asked: Asked, found: Found) -> bool:
    if not found.hits:
        return False
    hit = found.hits[0]
    return hit.article.id in asked.articles and asked.detail in hit.passage.span.of(hit.article.text)


def keeps_filter(asked: Asked, found: Found) -> bool:
    """Nothing comes that can't have been published in the days of the filter, undated or not."""
    wanted = asked.filters.published
    return wanted is None or all(
        hit.article.published_at is not None and dates.parse(hit.article.published_at).overlaps(wanted)
        for hit in found.hits
    )


def archive(seed: int, count: int) -> tuple[list[Article], list[Asked], list[Bare]]:
    chance = random.Random(seed)
    articles, asked = series()
    more, loosely = steady(chance)
    articles += more
    asked += loosely
    bare: list[Bare] = []
    for apart, events in families(count, chance):
        tell(events, apart, chance)
        articles += [article for event in events for article in event.told_by]
        asked += questions(apart, events, chance)
        bare += _bare(events) if apart != "week" else ()
    return articles, asked, bare


def _bare(events: Sequence[Event]) -> Iterator[Bare]:
    """Events of one kind and month are of several years or, if they differ in their month, of one."""
    event = events[0]
    kind, month = KINDS[event.kind], MONTHS[event.day.month - 1]
    years = frozenset(other.day.year for other in events if other.day.month == event.day.month)
    for template, time in ((kind.named[0], month), (kind.asks[0], f"in {month}"), (kind.keywords, month.lower())):
        yield Bare(template.format(who=event.who, place=event.place, time=time), years)


def main() -> None:
    arguments = _arguments()
    articles, asked, bare = archive(arguments.seed, arguments.families)
    index = open_index(arguments.keep or Path(tempfile.mkdtemp()), open_encoder())
    for start in range(0, len(articles), BATCH):
        new = [article for article in articles[start : start + BATCH] if not index.is_current(article)]
        index.put(prepare(new, index.encoder))
    report(index, asked, show_misses=arguments.misses)
    report_readings(index, bare)
    index.close()


def report(index: Index, asked: Sequence[Asked], *, show_misses: bool) -> None:
    right: Counter[str] = Counter()
    missed: list[tuple[Asked, Found]] = []
    broken, took = 0, []
    for one in asked:
        began = perf_counter()
        found = search(index, Question(one.text, top_k=10, filters=one.filters, as_of=one.as_of))
        took.append(perf_counter() - began)
        broken += not keeps_filter(one, found)
        right[one.kind] += first_is_right(one, found)
        if not first_is_right(one, found):
            missed.append((one, found))
    counts = Counter(one.kind for one in asked)
    for kind in sorted(counts):
        print(f"{kind:24}{counts[kind]:5}{right[kind] / counts[kind]:8.3f}")
    print(
        f"{'all':24}{len(asked):5}{right.total() / len(asked):8.3f}   filters broken {broken}, "
        f"median {1e3 * sorted(took)[len(took) // 2]:.1f} ms"
    )
    for one, found in missed if show_misses else ():
        print(f"\n{one.kind}: {one.text} (as of {one.as_of})  wanted: {one.detail} {sorted(one.articles)}")
        for hit in found.hits[:3]:
            times = "; ".join(f"{dates.spell(t.period)} @{t.sentence}" for t in hit.passage.times)
            print(f"   {hit.score:.3f} {hit.article.id} ({hit.article.published_at}) [{times}]")


def report_readings(index: Index, bare: Sequence[Bare]) -> None:
    """How often a question is said to have several readings, and those that it has, by whether it has any."""
    for several in (True, False):
        of = [one for one in bare if (len(one.years) > 1) is several]
        found = [
            frozenset(reading.period.first.year for reading in search(index, Question(one.text)).readings) for one in of
        ]
        said, exact = sum(map(bool, found)), sum(years == one.years for years, one in zip(found, of, strict=True))
        name = "bare, several years" if several else "bare, one year"
        print(f"{name:24}{len(of):5}   said to be ambiguous {said}, with exactly its years {exact}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--families", type=int, default=60, help="how many groups of twin events")
    parser.add_argument("--misses", action="store_true", help="print what came first instead")
    parser.add_argument("--keep", type=Path, help="where to leave the data folder")
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
