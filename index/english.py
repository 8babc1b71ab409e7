"""What Footnote knows of English apart from dates: a table, so that another language can be another."""


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of closed classes, which say how other words belong together and little by themselves.
FUNCTION_WORDS = word_set(
    """
    a an the and or but nor so yet if then than that this these those there here not no
    as at by for from in into of off on onto out over to up upon with within without about
    after before between during through under above below against among around
    is am are was were be been being do does did doing done has have had having
    will would shall should can could may might must s t re ve ll d m
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
    who whom whose which what when where why how
    also just only very such own same both each any some all more most other another
    """
)

# What points back to somebody, to something, and with a noun or alone to what was just said.
PERSONS = word_set("he she his her him hers himself herself")
THINGS = word_set("it its they their them theirs itself themselves both neither")
POINTING = word_set("this that these those such")

# "The trip was" points back; "the trip to Beijing" says itself which.
AUXILIARIES = word_set("is are was were has have had does do did will would can could may might must should")

# What a question that asks for yes or no begins with.
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)"
WHETHER = rf"(?:{_AUXILIARY}(?:n['’]t)?|won['’]t|can['’]t)"

# What tells how many, how much, how old or how long, in letters.
NUMBER_WORDS = word_set(
    """
    a an free no none nobody nothing
    half quarter third both all few several many most dozen dozens hundred hundreds thousand
    thousands million millions billion billions trillion trillions zero one two three four five six seven eight nine ten
    eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy
    eighty ninety first second once twice thrice single couple pair double triple twofold threefold
    second seconds minute minutes hour hours day days week weeks weekend month months year years decade decades century
    centuries millennium millennia generation generations lifetime indefinitely forever overnight permanently
    """
)

# What tells when, in letters.
TIME_WORDS = word_set(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays today yesterday tomorrow tonight now ago morning afternoon evening night nights noon
    midnight dawn dusk sunrise sunset second seconds minute minutes hour hours day days daily week weeks weekly weekend
    weekends month months monthly year years yearly annually decade decades century centuries millennium millennia
    spring summer autumn fall winter season seasons christmas easter ramadan birthday anniversary last next early
    earlier earliest late later latest before after during since until till while when whenever once recently soon
    immediately already ancient medieval modern prehistoric antiquity age ages era eras epoch period periods time times
    reign war renaissance independence shortly always never
    """
)

# What a sentence needs one of to say why.
CAUSES = word_set(
    """
    because over after following since due as to for amid so reason reasons why therefore hence thus owing thanks cause
    caused causes causing led leads leading despite given citing cited order when while if against concern concerns fear
    fears response result results aimed aims aim sought seeks seeking hoping hopes
    """
)

# What a sentence may open with before it speaks of anything.
OPENING = word_set(
    """
    after also although and as at because before but by despite during finally first for from furthermore hence however
    if in indeed initially instead later like meanwhile moreover nevertheless next nor now on or overall recently since
    so still then there therefore though thus to under until upon when while with within yet
    """
)

# Words that a question needs to speak of articles rather than of what stands in them.
ABOUT_ARTICLES = word_set(
    """
    according article articles report reports reported reporting published publish publication story news piece
    discussed discuss mentioned mention featured suggest suggests suggesting indicate indicates claim claims
    claimed portrayed portrayal described describes says said detailed
    """
)

# In lower case these are words of their own; in capitals, or with dots, they may be abbreviations.
COMMON_WORDS = FUNCTION_WORDS | word_set(
    """
    ace act add age ago ah aid aide aids aim air alps ant ape app apt arc area arm art ask ate bad bag ban bar bat bay
    bed bee beg best bet bid big bin bit boat bob bog bow box boy bus buy cab cad call cap car care case cat chip chips
    clap club cob cod cop core cost cot cow cry cub cup cut dad dam dare dart day den die dig dim dip doe dog don dot
    dry due dug ear eat ego end era ex eye face fact fair fan far fast fat fed fee few fig fin fire fit fix flag flu fly
    fog fun gap gas gem get go god got gun gut ham hat help hem hen hi hid hip hit home hop hot hug ice icy ill ink jam
    jar jaw jet job joy key kid kind kit la lab lad land lap law lay lead leaf leap led leg let lid lie lift like line
    link lip list live lot low ma mad made man map march mas mass mat men met mid mint mix mob moss mud nap near neat
    net new nice nod now nut oak odd oh oil ok old once one open owl pa pal pan par park past pat path pay peace pen per
    pet pick pie pig pin pit plan play pod pop port post pot power pro pub put race rag ram ran rap rat raw ray real red
    rep rest rib rice rich rid rim rip ripe rise road rob rod rope rose row rub rug rule run sad safe sail salt sap sat
    save saw say scan scope sea seal see seed set ship shop shot show sin sip sir sit six skin sky smart snap soap sob
    son sop spa span spin spot spy star start stem step stop sum sun swat swift tag tan tap tar task tax tea team tell
    ten test tie time tin tip toe tom ton too top toy trace trap trip try tub two use van vast vet via wan war wasp wave
    way web wet wig win wing wise wit wolf won yard yes zip
    """
)

# What a country has: before one of these "us" means the United States.
OF_A_COUNTRY = word_set(
    """
    administration agencies agency aid air allies ally ambassador army authorities bank banks border budget capitol
    citizen citizens coast companies congress congressman consulate consumer consumers court courts debt defence defense
    delegation department diplomat diplomats dollar dollars economy election elections embassy envoy export exports fed
    federal firm firms forces foreign gdp general government governor house imports inflation intelligence investors
    jobs judge justice law lawmaker lawmakers marine marines market markets military mint navy negotiator official
    officials open policy politics population president presidential prosecutors regulators sanctions sec secretary
    senate senator senators soil soldier soldiers spy state states stocks supreme tariff tariffs tax trade treasury
    troops vice visa war
    """
)

# One line each: the ways to write it short = the ways to write it in full.
ABBREVIATIONS = """
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
