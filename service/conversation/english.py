"""The English of conversation: what leaves a question unfinished, and what names places."""

from index.english import FUNCTION_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
AUXILIARIES = (
    r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|might|may|"
    r"didn['’]?t|doesn['’]?t|don['’]?t|isn['’]?t|aren['’]?t|wasn['’]?t|weren['’]?t)"
)
PREPOSITIONS = (
    r"(?:in|on|at|to|from|with|about|for|by|of|over|during|between|against|before|after|since|until|into|near)"
)
ASKING = _words("who whom whose what which when where why how")
# What a noun does not end in or go on with, in the questions and sentences of news.
PARTICIPLES = _words(
    """
    shot held made seen found sent taken given met built brought set said told left lost won put cut hit sold bought
    come came go went begin began happen happens take took say says tell mean meant signed sign start end follow
    """
)
NO_NOUNS = FUNCTION_WORDS | PARTICIPLES
SMALL_TALK = _words("hi hello hey thanks thank you ok okay yes no cool great nice good bye please sorry")

TITLES = _words(
    """
    president prime minister secretary foreign defence defense state treasury chancellor king queen prince princess pope
    senator congressman congresswoman governor mayor general admiral colonel captain judge justice director chief head
    ceo chairman chairwoman spokesman spokeswoman spokesperson ambassador envoy adviser analyst professor doctor dr mr
    mrs ms sir lord lady commerce vice deputy former
    """
)
# The last word of a name that is no person's.
NO_PERSONS = _words(
    """
    department ministry agency group university party council committee house court bank corporation inc ltd news times
    sea strait war summit island islands river gardens street church school museum bridge tower act law treaty accord
    report games cup league club union league nations organization organisation company press office service service
    army navy force forces parliament congress senate commission association society institute college theatre stadium
    """
)
MONTHS = _words(
    """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    """
)

PLACES = _names(
    """
    afghanistan, albania, algeria, angola, argentina, armenia, australia, austria, azerbaijan, bahrain, bangladesh,
    belarus, belgium, bolivia, bosnia, botswana, brazil, britain, bulgaria, burkina faso, burundi, cambodia, cameroon,
    canada, chad, chile, china, colombia, congo, costa rica, croatia, cuba, cyprus, czechia, denmark, ecuador, egypt,
    england, eritrea, estonia, ethiopia, finland, france, gabon, gambia, georgia, germany, ghana, greece, guatemala,
    guinea, haiti, honduras, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, jamaica, japan,
    jordan, kazakhstan, kenya, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon, lesotho, liberia, libya, lithuania,
    luxembourg, madagascar, malawi, malaysia, mali, malta, mauritania, mexico, moldova, mongolia, montenegro, morocco,
    mozambique, myanmar, namibia, nepal, netherlands, new zealand, nicaragua, niger, nigeria, north korea,
    north macedonia, northern ireland, norway, oman, pakistan, palestine, panama, papua new guinea, paraguay, peru,
    philippines, poland, portugal, puerto rico, qatar, romania, russia, rwanda, saudi arabia, scotland, senegal, serbia,
    sierra leone, singapore, slovakia, slovenia, somalia, south africa, south korea, south sudan, spain, sri lanka,
    sudan, sweden, switzerland, syria, taiwan, tajikistan, tanzania, thailand, tibet, tunisia, turkey, turkmenistan,
    uganda, ukraine, united arab emirates, united kingdom, united states, uruguay, uzbekistan, venezuela, vietnam,
    wales, yemen, zambia, zimbabwe, us, u.s, usa, uk, u.k, eu, uae, drc, dprk, prc, africa, asia, europe, america,
    latin america, middle east, gaza, west bank, hong kong, crimea, california, texas, florida, new york, washington,
    los angeles, chicago, san francisco, boston, london, paris, berlin, rome, madrid, vienna, brussels, geneva, athens,
    moscow, kyiv, kiev, warsaw, prague, budapest, istanbul, ankara, tehran, baghdad, damascus, beirut, jerusalem,
    tel aviv, cairo, riyadh, dubai, doha, delhi, new delhi, mumbai, islamabad, karachi, kabul, dhaka, bangkok, hanoi,
    jakarta, bali, manila, kuala lumpur, tokyo, osaka, kyoto, seoul, pyongyang, beijing, shanghai, taipei, sydney,
    melbourne, canberra, nairobi, lagos, johannesburg, cape town, toronto, ottawa, mexico city, havana, bogota, lima
    """
)
# In lower case they are words of their own.
PLACES_IN_CAPITALS = frozenset({"us", "eu", "chad", "turkey", "jordan", "niger", "mali", "guinea", "georgia", "lima"})
NATIONALITIES = _words(
    """
    american british french german italian spanish portuguese dutch belgian swiss austrian polish czech hungarian greek
    turkish russian ukrainian chinese japanese korean taiwanese indian pakistani afghan iranian iraqi israeli
    palestinian syrian lebanese egyptian saudi african nigerian kenyan ethiopian canadian mexican brazilian argentine
    australian indonesian philippine filipino vietnamese thai singaporean european asian cuban swedish norwegian danish
    finnish irish scottish welsh
    """
)
# What begins sentences, and is no name there.
BEGINNERS = _words(
    """
    according despite amid amidst through throughout earlier last later more furthermore moreover however while both
    prior recent recently another new now today yesterday although though because since meanwhile still even once first
    second third two three many much several few most other others like unlike instead next tell give show list name
    find explain summarise summarize describe compare please
    """
)
