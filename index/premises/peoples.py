"""Names of one country: itself, its people, its capital, which texts use for one another. One country a line."""

from functools import cache

COUNTRIES = """
    afghanistan afghan afghans kabul
    algeria algerian algerians algiers
    argentina argentine argentines argentinian buenos
    armenia armenian armenians yerevan
    australia australian australians canberra
    austria austrian austrians vienna
    azerbaijan azerbaijani azerbaijanis baku
    bangladesh bangladeshi bangladeshis dhaka
    belarus belarusian belarusians minsk
    belgium belgian belgians brussels
    brazil brazilian brazilians brasilia
    britain british uk england english london briton britons
    bulgaria bulgarian bulgarians sofia
    cambodia cambodian cambodians phnom
    canada canadian canadians ottawa
    chile chilean chileans santiago
    china chinese beijing prc
    colombia colombian colombians bogota
    congo congolese drc kinshasa
    croatia croatian croatians zagreb
    cuba cuban cubans havana
    czech czechs czechia prague
    denmark danish danes copenhagen
    egypt egyptian egyptians cairo
    estonia estonian estonians tallinn
    ethiopia ethiopian ethiopians addis
    finland finnish finns helsinki
    france french paris
    georgia georgian georgians tbilisi
    germany german germans berlin
    ghana ghanaian ghanaians accra
    greece greek greeks athens
    hungary hungarian hungarians budapest
    iceland icelandic reykjavik
    india indian indians delhi
    indonesia indonesian indonesians jakarta
    iran iranian iranians tehran
    iraq iraqi iraqis baghdad
    ireland irish dublin
    israel israeli israelis jerusalem
    italy italian italians rome
    japan japanese tokyo
    jordan jordanian jordanians amman
    kazakhstan kazakh kazakhs astana
    kenya kenyan kenyans nairobi
    kuwait kuwaiti kuwaitis
    latvia latvian latvians riga
    lebanon lebanese beirut
    libya libyan libyans tripoli
    lithuania lithuanian lithuanians vilnius
    malaysia malaysian malaysians kuala
    mexico mexican mexicans
    mongolia mongolian mongolians mongol mongols
    morocco moroccan moroccans rabat
    myanmar burma burmese
    nepal nepalese nepali kathmandu
    netherlands dutch holland hague
    nigeria nigerian nigerians abuja
    norway norwegian norwegians oslo
    pakistan pakistani pakistanis islamabad
    palestine palestinian palestinians
    peru peruvian peruvians lima
    philippines philippine filipino filipinos manila
    poland polish poles warsaw
    portugal portuguese lisbon
    qatar qatari qataris doha
    romania romanian romanians bucharest
    russia russian russians moscow kremlin
    rwanda rwandan rwandans kigali
    saudi saudis riyadh ksa
    scotland scottish scots edinburgh
    serbia serbian serbians serbs belgrade
    singapore singaporean singaporeans
    slovakia slovak slovaks bratislava
    spain spanish spaniards madrid
    sudan sudanese khartoum
    sweden swedish swedes stockholm
    switzerland swiss bern geneva
    syria syrian syrians damascus
    taiwan taiwanese taipei
    thailand thai thais bangkok
    tunisia tunisian tunisians tunis
    turkey turkish turks ankara turkiye
    uganda ugandan ugandans kampala
    ukraine ukrainian ukrainians kyiv kiev
    us usa america american americans washington
    venezuela venezuelan venezuelans caracas
    vietnam vietnamese hanoi
    wales welsh cardiff
    yemen yemeni yemenis sanaa
    zimbabwe zimbabwean zimbabweans harare
"""


def is_of_a_country(word: str) -> bool:
    """Whether a word, in lower case, names a country, its people or its capital."""
    return word in _countries()


def of_one_country(one: str, other: str) -> bool:
    return is_of_a_country(one) and _countries()[one] == _countries().get(other)


@cache
def _countries() -> dict[str, int]:
    return {word: line for line, words in enumerate(COUNTRIES.splitlines()) for word in words.split()}
