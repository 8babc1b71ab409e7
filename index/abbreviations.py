"""Abbreviations and what they stand for: those that a text explains, and those that general English knows.

What a text explains is found after Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (2003), made stricter: every content word of the long form must give at least its first letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

SHORTEST, LONGEST = 2, 10
MOST_WORDS = 10
MOST_EXPANSIONS = 12
# How far back from a parenthesis its long form may begin.
REACH = 200

WORD = re.compile(r"[^\W_]+")
# "R&D" and "U.S." are one token each; a possessive is none of it.
TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?|[^\W_]+(?:&[^\W_]+)*")
IN_PARENTHESES = re.compile(r"\(([^()\n]{2,120})\)")
# "the People's Republic of China, or PRC"; "Sam Bankman-Fried, known as SBF".
NAMED = re.compile(
    r"(?:, (?:or|a\.?k\.?a\.?)"
    r"|(?:,? (?:also|better|widely|commonly))? (?:known|abbreviated|referred to)(?: simply)? (?:as|to|by))"
    r" (?:the )?[\"“'‘]?([A-Z][A-Za-z&.]{1,9})\b(?!-)"
)
QUOTES = "\"'“”‘’ "
LEADING = re.compile(
    r"^(?:or|the|also|known as|abbreviated as|aka|a\.k\.a\.|hereafter|hereinafter|formerly|e\.g\.|i\.e\.)\s+"
)
# Where a long form cannot go on: at a sentence's end, a line's end or a parenthesis.
BREAK = re.compile(r"[.!?;:][\s\"”’]|[()\n]")
SMALL_WORDS = frozenset(
    WORD.findall(
        """a an and at by de del der des di do du el et for from in la las le les of on or s the to und v van von
        with y"""
    )
)

# In lower case these are words of their own; in capitals, or with dots, they may be abbreviations.
COMMON_WORDS = frozenset(
    WORD.findall(
        """a ace act add age ago ah aid aide aids aim air all alps am an and ant any ape app apt arc are area arm art
        as ask at ate bad bag ban bar bat bay be bed bee beg best bet bid big bin bit boat bob bog bow box boy bus but
        buy by cab cad call can cap car care case cat chip chips clap club cob cod cop core cost cot cow cry cub cup
        cut dad dam dare dart day den did die dig dim dip do doe dog don dot dry due dug ear eat ego end era ex eye
        face fact fair fan far fast fat fed fee few fig fin fire fit fix flag flu fly fog for fun gap gas gem get go
        god got gun gut had ham has hat he help hem hen her hi hid him hip his hit home hop hot how hug i ice icy if
        ill in ink is it its jam jar jaw jet job joy key kid kind kit la lab lad land lap law lay lead leaf leap led
        leg let lid lie lift like line link lip list live lot low ma mad made man map march mas mass mat may me men
        met mid mine mint mix mob moss most mud my nap near neat net new nice no nod nor not now nut oak odd of off oh
        oil ok old on once one open or our out owl own pa pal pan par park past pat path pay peace pen per pet pick
        pie pig pin pit plan play pod pop port post pot power pro pub put race rag ram ran rap rat raw ray real red
        rep rest rib rice rich rid rim rip ripe rise road rob rod rope rose row rub rug rule run sad safe sail salt
        same sap sat save saw say scan scope sea seal see seed set she ship shop shot show sin sip sir sit six skin
        sky smart snap so soap sob son sop spa span spin spot spy star start stem step stop sum sun swat swift tag tan
        tap tar task tax tea team tell ten test the them then tie time tin tip to toe tom ton too top toy trace trap
        trip try tub two up us use van vast vet via wan war was wasp wave way we web wet who why wig will win wing
        wise wit wolf won yard yes yet you zip"""
    )
)
# "us" means the country after "the" (but not "the us and them") and before what a country has.
OF_A_COUNTRY = frozenset(
    WORD.findall(
        """administration agencies agency aid air ally allies ambassador army authorities bank banks border budget
        capitol citizen citizens coast companies congress congressman consulate consumer consumers court courts debt
        defence defense delegation department diplomat diplomats dollar dollars economy election elections embassy
        envoy export exports federal firm firms forces foreign fed general government governor gdp house imports
        inflation intelligence investors jobs judge justice law lawmaker lawmakers marine marines market markets
        military mint navy negotiator official officials open policy politics population president presidential
        prosecutors regulators sanctions sec secretary senate senator senators soldier soldiers soil spy state states
        stocks supreme tariff tariffs tax trade treasury troops vice visa war"""
    )
)

# One line each: the ways to write it short = the ways to write it in full.
GENERAL = """
US U.S. USA U.S.A. = United States | United States of America
UK U.K. = United Kingdom
EU = European Union
UN = United Nations
UAE = United Arab Emirates
USSR = Soviet Union
PRC = People's Republic of China
DPRK = North Korea | Democratic People's Republic of Korea
ROK = South Korea | Republic of Korea
DRC = Democratic Republic of the Congo | Democratic Republic of Congo
KSA = Saudi Arabia
NYC = New York City
LA = Los Angeles
DC = District of Columbia
NATO = North Atlantic Treaty Organization | North Atlantic Treaty Organisation
ASEAN = Association of Southeast Asian Nations
APEC = Asia-Pacific Economic Cooperation
OPEC = Organization of the Petroleum Exporting Countries
OECD = Organisation for Economic Co-operation and Development | Organization for Economic Cooperation and Development
OSCE = Organization for Security and Co-operation in Europe
WHO = World Health Organization | World Health Organisation
WTO = World Trade Organization | World Trade Organisation
WEF = World Economic Forum
IMF = International Monetary Fund
ECB = European Central Bank
BOE = Bank of England
IAEA = International Atomic Energy Agency
ICC = International Criminal Court
ICJ = International Court of Justice
ILO = International Labour Organization
IPCC = Intergovernmental Panel on Climate Change
UNESCO = United Nations Educational, Scientific and Cultural Organization
UNICEF = United Nations Children's Fund
UNHCR = United Nations High Commissioner for Refugees
UNSC = United Nations Security Council
UNGA = United Nations General Assembly
IOC = International Olympic Committee
IDF = Israel Defense Forces | Israel Defence Forces
IRA = Irish Republican Army
PLO = Palestine Liberation Organization
ANC = African National Congress
AU = African Union
EEC = European Economic Community
CCP = Chinese Communist Party
CPC = Communist Party of China
PLA = People's Liberation Army
BJP = Bharatiya Janata Party
GOP = Republican Party
SNP = Scottish National Party
POTUS = president of the United States
FLOTUS = First Lady of the United States
SCOTUS = Supreme Court of the United States
VP = vice president
PM = prime minister
MP = member of parliament
MPs = members of parliament
MEP = member of the European Parliament
FM = foreign minister
AG = attorney general
DA = district attorney
FBI = Federal Bureau of Investigation
CIA = Central Intelligence Agency
NSA = National Security Agency
NSC = National Security Council
DHS = Department of Homeland Security
DOJ = Department of Justice
DOD = Department of Defense
DOE = Department of Energy
IRS = Internal Revenue Service
SEC = Securities and Exchange Commission
FTC = Federal Trade Commission
FCC = Federal Communications Commission
CFTC = Commodity Futures Trading Commission
FDIC = Federal Deposit Insurance Corporation
FDA = Food and Drug Administration
FAA = Federal Aviation Administration
EPA = Environmental Protection Agency
CDC = Centers for Disease Control and Prevention | Centers for Disease Control
NIH = National Institutes of Health
NHS = National Health Service
FEMA = Federal Emergency Management Agency
TSA = Transportation Security Administration
DEA = Drug Enforcement Administration
ATF = Bureau of Alcohol, Tobacco, Firearms and Explosives
ICE = Immigration and Customs Enforcement
NTSB = National Transportation Safety Board
NASA = National Aeronautics and Space Administration
NOAA = National Oceanic and Atmospheric Administration
ESA = European Space Agency
ISS = International Space Station
GAO = Government Accountability Office
CBO = Congressional Budget Office
USPS = United States Postal Service
NYPD = New York Police Department | New York City Police Department
LAPD = Los Angeles Police Department
ACLU = American Civil Liberties Union
NAACP = National Association for the Advancement of Colored People
NRA = National Rifle Association
KGB = Committee for State Security
MIT = Massachusetts Institute of Technology
UCLA = University of California, Los Angeles
NYSE = New York Stock Exchange
NYT = New York Times
WSJ = Wall Street Journal
WaPo = Washington Post
SCMP = South China Morning Post
BBC = British Broadcasting Corporation
AFP = Agence France-Presse
AP = Associated Press
CNN = Cable News Network
NFL = National Football League
NBA = National Basketball Association
NHL = National Hockey League
MLB = Major League Baseball
UFC = Ultimate Fighting Championship
FIFA = Fédération Internationale de Football Association
UEFA = Union of European Football Associations
EPL = Premier League | English Premier League
VAR = video assistant referee
CEO = chief executive officer | chief executive
CFO = chief financial officer
COO = chief operating officer
CTO = chief technology officer
CIO = chief information officer
HR = human resources
PR = public relations
R&D = research and development
IPO = initial public offering
M&A = mergers and acquisitions
ETF = exchange-traded fund
VC = venture capital
GDP = gross domestic product
GNP = gross national product
CPI = consumer price index
VAT = value-added tax
FDI = foreign direct investment
QE = quantitative easing
ESG = environmental, social and governance
NGO = non-governmental organization | nongovernmental organization | non-governmental organisation
FTA = free trade agreement
NAFTA = North American Free Trade Agreement
USMCA = United States-Mexico-Canada Agreement
GDPR = General Data Protection Regulation
CBDC = central bank digital currency
NFT = non-fungible token
AI = artificial intelligence
AGI = artificial general intelligence
ML = machine learning
LLM = large language model
AR = augmented reality
VR = virtual reality
IT = information technology
IoT = Internet of Things
OS = operating system
CPU = central processing unit
GPU = graphics processing unit
API = application programming interface
VPN = virtual private network
ISP = internet service provider
GPS = Global Positioning System
EV = electric vehicle
EVs = electric vehicles
SUV = sport utility vehicle
UAV = unmanned aerial vehicle
UFO = unidentified flying object
ICBM = intercontinental ballistic missile
WMD = weapons of mass destruction
POW = prisoner of war
WWI WW1 = World War I | First World War
WWII WW2 = World War II | Second World War
DNA = deoxyribonucleic acid
RNA = ribonucleic acid
HIV = human immunodeficiency virus
AIDS = acquired immunodeficiency syndrome
COVID = coronavirus disease
SARS = severe acute respiratory syndrome
PTSD = post-traumatic stress disorder
ADHD = attention deficit hyperactivity disorder
IVF = in vitro fertilisation | in vitro fertilization
ICU = intensive care unit
ER = emergency room
BMI = body mass index
CO2 = carbon dioxide
GHG = greenhouse gas
LNG = liquefied natural gas
LGBT = lesbian, gay, bisexual and transgender
DUI = driving under the influence
"""


class Abbreviation(NamedTuple):
    """``short`` stands for ``long``, both as written."""

    short: str
    long: str


class Glossary:
    """Which abbreviation stands for what, and the other way round: general English's and an archive's own."""

    def __init__(self, explained: Iterable[Abbreviation] = ()) -> None:
        """Take in what an archive explains; its senses come before those of general English."""
        self._longs: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._shorts: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        for short, long in (*explained, *GENERAL_ABBREVIATIONS):
            self._longs[_plain(short)].setdefault(long)
            self._shorts[_words(long)].setdefault(short)
        self._most_words = max(map(len, self._shorts))

    def expansions(self, question: str) -> tuple[str, ...]:
        """The long forms of a question's abbreviations and the abbreviations of its long forms.

        What the question has itself is left out. Abbreviations that are common words are looked for only in capitals,
        with dots or, as for "us", where a country is meant; and none such is given for a long form but "US".
        """
        found = dict.fromkeys((*self._of_shorts(question), *self._of_longs(question)))
        asked = f" {' '.join(_words(question))} "
        return tuple(other for other in found if f" {' '.join(_words(other))} " not in asked)[:MOST_EXPANSIONS]

    def _of_shorts(self, question: str) -> Iterator[str]:
        shouted = question.isupper()
        for match in TOKEN.finditer(question):
            plain = _plain(match.group())
            for short in (plain, plain.removesuffix("s")):
                if short in self._longs and _is_meant(short, match, question, shouted):
                    yield from self._longs[short]
                    break

    def _of_longs(self, question: str) -> Iterator[str]:
        words = _words(question)
        for first in range(len(words)):
            for last in range(first + 1, min(first + self._most_words, len(words)) + 1):
                shorts = self._shorts.get(words[first:last], {})
                yield from (short for short in shorts if short == "US" or not ("." in short or _is_word(_plain(short))))


def explained(text: str) -> tuple[Abbreviation, ...]:
    """The abbreviations that a text explains, each once, in order."""
    found = [*_in_parentheses(text), *_named(text)]
    return tuple(dict.fromkeys(pair for _, pair in sorted(found, key=lambda item: item[0])))


def _general() -> Iterator[Abbreviation]:
    for line in GENERAL.strip().splitlines():
        shorts, longs = line.split(" = ")
        yield from (Abbreviation(short, long) for short in shorts.split() for long in longs.split(" | "))


def _is_word(short: str) -> bool:
    return short in COMMON_WORDS or short.removesuffix("s") in COMMON_WORDS


def _plain(short: str) -> str:
    return short.replace(".", "").lower()


def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text.lower()))


GENERAL_ABBREVIATIONS = tuple(_general())


def _is_meant(short: str, match: re.Match[str], question: str, shouted: bool) -> bool:
    """Whether an abbreviation is meant where its letters stand."""
    before, after = question[: match.start()].rstrip(), question[match.end() :]
    if short in {"am", "pm"} and before[-1:].isdigit():
        return False
    if not _is_word(short) or "." in match.group():
        return True
    if match.group().rstrip("s").isupper() and not shouted:
        return True
    return short == "us" and _is_country(before.lower(), after.lower())


def _is_country(before: str, after: str) -> bool:
    following = WORD.match(after.lstrip(" '’"))
    if re.match(r"-[^\W\d_]", after) or re.search(r"[^\W\d_]-$", before):
        return True
    if following is not None and following.group() in OF_A_COUNTRY:
        return True
    return re.search(r"\bthe$", before) is not None and not re.match(r" (?:and|vs|versus) them\b", after)


def _in_parentheses(text: str) -> Iterator[tuple[int, Abbreviation]]:
    for match in IN_PARENTHESES.finditer(text):
        inside = LEADING.sub("", re.split(r"[;,]", match.group(1))[0].strip(QUOTES)).strip(QUOTES)
        before = text[max(match.start() - REACH, 0) : match.start()].rstrip(QUOTES)
        if _is_short(inside):
            long = _long_before(inside, before)
            if long is not None:
                yield match.start(), Abbreviation(_singular(inside), long)
        else:
            short = before.rsplit(maxsplit=1)[-1].strip(QUOTES) if before else ""
            if _is_short(short) and _spells(_letters(short), _words_in(inside)):
                yield match.start(), Abbreviation(_singular(short), inside)


def _named(text: str) -> Iterator[tuple[int, Abbreviation]]:
    for match in NAMED.finditer(text):
        short = match.group(1).rstrip(".") if "." not in match.group(1)[:-1] else match.group(1)
        long = _long_before(short, text[max(match.start() - REACH, 0) : match.start()]) if _is_short(short) else None
        if long is not None:
            yield match.start(), Abbreviation(_singular(short), long)


def _is_short(text: str) -> bool:
    """Two to ten letters and digits without a space, two of them capitals at least."""
    letters = text.replace(".", "").replace("&", "")
    capitals = sum(letter.isupper() for letter in letters)
    return SHORTEST <= len(letters) <= LONGEST and letters.isalnum() and letters[0].isalpha() and capitals >= 2


def _singular(short: str) -> str:
    return short[:-1] if len(short) > SHORTEST and short[-1] == "s" and short[:-1].isupper() else short


def _letters(short: str) -> str:
    return re.sub(r"[.&]", "", _singular(short)).lower()


def _words_in(text: str) -> list[re.Match[str]]:
    return list(WORD.finditer(text))


def _long_before(short: str, before: str) -> str | None:
    """The shortest run of words at the end of a text that spells an abbreviation and keeps to one sentence.

    One that does so by first letters alone goes before one that takes others too.
    """
    letters, words = _letters(short), _words_in(before)
    for most in (1, LONGEST):
        for first in range(len(words) - 1, max(len(words) - MOST_WORDS, 0) - 1, -1):
            long = before[words[first].start() :]
            if BREAK.search(long) or short in long:
                break
            if words[first].group().lower() not in SMALL_WORDS and _spells(letters, words[first:], most):
                return long.rstrip(" ,")
    return None


def _spells(letters: str, words: Sequence[re.Match[str]], most: int = LONGEST) -> bool:
    """Whether each content word gives its first letter, and up to ``most`` in order, so that all are spelt.

    There are two words at least, and the first gives some.
    """
    texts = [word.group().lower() for word in words]
    if not 2 <= len(texts) <= MOST_WORDS:
        return False
    spelt = {0}
    for i, text in enumerate(texts):
        after = {end for start in spelt for end in islice(_taken(letters, start, text), most)}
        spelt = after | (spelt if i and text in SMALL_WORDS else set())
    return len(letters) in spelt


def _taken(letters: str, start: int, word: str) -> Iterator[int]:
    """How far a word can take the spelling: by its first letter, then by further ones in its order."""
    at = 0 if letters[start : start + 1] == word[0] else -1
    while at >= 0:
        start += 1
        yield start
        at = word.find(letters[start], at + 1) if start < len(letters) else -1
