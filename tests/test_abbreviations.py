import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.abbreviations import GENERAL_ABBREVIATIONS, Abbreviation, Glossary, explained

GENERAL = Glossary()


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("the Asia-Pacific Economic Cooperation (APEC) summit", "APEC", "Asia-Pacific Economic Cooperation"),
        ("the APEC (Asia-Pacific Economic Cooperation) summit", "APEC", "Asia-Pacific Economic Cooperation"),
        ("It is the People's Republic of China, or PRC, that", "PRC", "People's Republic of China"),
        ("Sam Bankman-Fried, known as SBF, said", "SBF", "Sam Bankman-Fried"),
        ("Sam Bankman-Fried (“SBF”) said", "SBF", "Sam Bankman-Fried"),
        ("Sam Bankman-Fried, also known as “SBF”", "SBF", "Sam Bankman-Fried"),
        ("a central bank digital currency (CBDC; a token)", "CBDC", "central bank digital currency"),
        ("many non-governmental organisations (NGOs)", "NGO", "non-governmental organisations"),
        ("Hypertext Markup Language (HTML)", "HTML", "Hypertext Markup Language"),
        ("the Organization of Arab Petroleum Countries (OAPC)", "OAPC", "Organization of Arab Petroleum Countries"),
        ("the Howard Hughes Medical Institute (HHMI)", "HHMI", "Howard Hughes Medical Institute"),
        ("the Animal and Plant Health Service (the “APHS”)", "APHS", "Animal and Plant Health Service"),
    ],
)
def test_a_text_explains_its_abbreviations(text: str, short: str, long: str) -> None:
    assert explained(text) == (Abbreviation(short, long),)


@pytest.mark.parametrize(
    "text",
    [
        "SEOUL, South Korea (AP) - Officials said",
        "Antony Blinken (left) and Park Jin (right)",
        "The minister (LDP) resigned",
        "the US, or UK, decides",
        "They are big. Cats (BC) arrived",
        "a paper clip on (APC) the desk",
        "Everything (EV) is",
        "in 2023 (Q2 2023)",
        "no words before: (ABC)",
        "(ABC)",
        "()",
    ],
)
def test_what_only_looks_like_an_explanation_is_none(text: str) -> None:
    assert explained(text) == ()


def test_explanations_come_once_and_in_the_texts_order() -> None:
    text = "General Relativity (GR), Quantum Dots (QD), known as QD, and General Relativity (GR)"
    assert explained(text) == (Abbreviation("GR", "General Relativity"), Abbreviation("QD", "Quantum Dots"))


@pytest.mark.parametrize(
    ("question", "expansions"),
    [
        ("did the PM resign", ("prime minister",)),
        ("uk budget", ("United Kingdom",)),
        ("UK's budget", ("United Kingdom",)),
        ("which MPs voted", ("members of parliament",)),
        ("the APIs of it", ("application programming interface",)),
        ("US visit", ("United States", "United States of America")),
        ("U.S. visit", ("United States", "United States of America")),
        ("us-china talks", ("United States", "United States of America")),
        ("China-US talks", ("United States", "United States of America")),
        ("what the us said", ("United States", "United States of America")),
        ("us president", ("United States", "United States of America")),
        ("the United States said", ("US", "USA")),
        ("the United Nations Security Council", ("UN", "UNSC")),
        ("was it the united kingdom", ("UK",)),
        ("WHO's chief", ("World Health Organization", "World Health Organisation")),
        ("R&D costs", ("research and development",)),
        ("the World Health Organization", ()),
        ("the UK or United Kingdom", ()),
    ],
)
def test_what_general_english_knows_is_expanded_both_ways(question: str, expansions: tuple[str, ...]) -> None:
    assert GENERAL.expansions(question) == expansions


@pytest.mark.parametrize(
    "question",
    [
        "who told us about it",
        "what is in it for us",
        "the us and them of it",
        "we meet at 5 pm or 6 PM",
        "WHO TOLD US ABOUT IT",
        "is he an or, am, as, at, by",
        "a cat and a dog",
        "",
    ],
)
def test_common_words_are_no_abbreviations(question: str) -> None:
    assert GENERAL.expansions(question) == ()


def test_what_the_archive_explains_comes_first() -> None:
    glossary = Glossary([Abbreviation("PM", "particulate matter"), Abbreviation("SBF", "Sam Bankman-Fried")])
    assert glossary.expansions("pm levels") == ("particulate matter", "prime minister")
    assert glossary.expansions("when was sbf arrested") == ("Sam Bankman-Fried",)
    assert glossary.expansions("when was Sam Bankman-Fried arrested") == ("SBF",)


def test_an_abbreviation_of_the_archive_that_is_a_word_counts_in_capitals() -> None:
    glossary = Glossary([Abbreviation("AREAS", "Asian Rhino and Elephant Action Strategy")])
    assert glossary.expansions("which areas") == ()
    assert glossary.expansions("which AREAS") == ("Asian Rhino and Elephant Action Strategy",)


def test_the_general_table_is_well_formed() -> None:
    assert len({short for short, _ in GENERAL_ABBREVIATIONS}) >= 150
    assert all(short.strip() == short and long.strip() == long and long for short, long in GENERAL_ABBREVIATIONS)


@given(st.text(max_size=300))
def test_any_text_is_borne_and_its_explanations_stand_in_it(text: str) -> None:
    GENERAL.expansions(text)
    assert all(short in text and long in text for short, long in explained(text))


@given(st.lists(st.sampled_from(["AaB", "(AB)", "(ABAB)", "aab", "bab", "a", "of", ", or ABB", "known as AB", ". "])))
def test_what_is_explained_is_a_short_form_beside_words_that_begin_like_it(parts: list[str]) -> None:
    for short, long in explained(" ".join(parts)):
        assert len(long) > len(short)
        assert long[0].lower() == short[0].lower()
